// Before the sign-in: how many are free where.

import { byId, h, show, text } from "../dom.js";
import { t } from "../i18n.js";

export function drawOverview({ board, signedIn }) {
  show(byId("overview"), !signedIn && Boolean(board) && board.locations.length > 0);
  if (signedIn || !board) return;
  text(byId("overview-free"), t("map.count", { free: board.available_count }));
  text(byId("overview-total"), t("map.of", { total: board.total_count }));
  byId("overview-list").replaceChildren(...board.locations.map(row));
}

function row({ name, available_count, total_count }) {
  const meter = h("span", { class: "meter", "aria-hidden": "true" });
  meter.style.setProperty("--share", total_count > 0 ? available_count / total_count : 0);
  return h(
    "li",
    { class: "overview-row", "data-full": available_count === 0 },
    h("span", { class: "overview-name" }, name),
    h("span", { class: "overview-count" }, h("b", {}, String(available_count)), ` / ${total_count}`),
    meter,
  );
}
