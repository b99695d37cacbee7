// Whether the server is in reach. What is shown stays, and says how old it is.

import { byId, show, text } from "../dom.js";
import { t } from "../i18n.js";

const OLD_SECONDS = 10;

export function drawLink({ link }) {
  show(byId("link"), link !== "ok");
  if (link !== "ok") text(byId("link-text"), t(`link.${link}`));
  document.documentElement.dataset.link = link;
}

export function tickLink({ link, freshAt, signedIn, list }) {
  const age = freshAt ? Math.floor((Date.now() - freshAt) / 1000) : 0;
  const stale = link !== "ok" && signedIn && list && age > OLD_SECONDS;
  text(byId("link-age"), stale ? t("map.stale", { seconds: age }) : "");
}
