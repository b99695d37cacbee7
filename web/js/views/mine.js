// The student's locker, and the way to give it back.

import { attr, byId, show, text } from "../dom.js";
import { t } from "../i18n.js";

export function drawMine({ locker, act, signedIn }) {
  show(byId("mine"), signedIn && locker !== null);
  if (!locker) return;
  text(byId("mine-number"), t("locker.name", { id: locker.locker_id }));
  text(byId("mine-place"), locker.location_id);
  const releasing = act?.kind === "release";
  text(byId("release"), t(releasing ? "mine.releasing" : "mine.release"));
  attr(byId("release"), "aria-disabled", releasing ? "true" : null);
}
