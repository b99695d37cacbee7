// The sheet at the foot of the screen, within the thumb's reach: the running minute, confirm and cancel; or why it
// was lost and what is free nearby.

import { attr, byId, h, show, text } from "../dom.js";
import { t } from "../i18n.js";
import { nearestFree } from "../lockers.js";

// The second tap of a double tap must not confirm what the first one held.
const CALM_MS = 450;
const LAST_SECONDS = 10;

export function wireSheet(desk) {
  byId("confirm").addEventListener("click", () => "ready" in byId("sheet").dataset && desk.confirm());
  byId("cancel").addEventListener("click", () => desk.cancel());
  byId("sheet-close").addEventListener("click", () => desk.dismiss());
  byId("near").addEventListener("click", (event) => {
    const chip = event.target.closest("button[data-id]");
    if (chip) desk.hold(Number(chip.dataset.id));
  });
}

export function drawSheet(state) {
  const { hold, act, loss } = state;
  const waiting = act?.kind === "hold" ? act : null;
  const mode = hold ? "hold" : waiting ? "wait" : loss ? "loss" : "none";
  const sheet = byId("sheet");
  if (mode === "hold" && sheet.dataset.mode !== "hold") calmDown(sheet);
  sheet.dataset.mode = mode;
  show(sheet, mode !== "none");
  document.documentElement.dataset.sheet = mode;
  if (mode === "none") return;
  show(byId("sheet-what"), mode !== "loss");
  show(byId("sheet-left"), mode === "hold");
  show(byId("sheet-actions"), mode === "hold");
  show(byId("sheet-loss"), mode === "loss");
  const id = hold?.locker.locker_id ?? waiting?.id ?? loss.id;
  text(byId("sheet-number"), t("locker.name", { id }));
  text(byId("sheet-place"), placeOf(state, id));
  text(byId("sheet-note"), act?.retrying ? t("sheet.retrying") : "");
  show(byId("sheet-note"), Boolean(act?.retrying));
  if (mode === "hold") drawButtons(act);
  if (mode === "wait") text(byId("sheet-place"), t("sheet.holding", { id }));
  if (mode === "loss") drawLoss(state, loss);
}

function calmDown(sheet) {
  delete sheet.dataset.ready;
  setTimeout(() => {
    sheet.dataset.ready = "";
  }, CALM_MS);
}

function placeOf({ list, hold }, id) {
  return hold?.locker.location_id ?? list?.lockers.find((each) => each.locker_id === id)?.location_id ?? "";
}

function drawButtons(act) {
  const confirming = act?.kind === "confirm";
  const cancelling = act?.kind === "cancel";
  text(byId("confirm"), t(confirming ? "sheet.confirming" : "sheet.confirm"));
  text(byId("cancel"), t(cancelling ? "sheet.cancelling" : "sheet.cancel"));
  // aria-disabled and not disabled: a disabled button would drop the focus.
  attr(byId("confirm"), "aria-disabled", act ? "true" : null);
  attr(byId("cancel"), "aria-disabled", act ? "true" : null);
}

function drawLoss({ list, phase }, { id, reason }) {
  text(byId("loss-title"), t(`sheet.${reason}`));
  text(byId("loss-text"), t(`sheet.${reason}.text`, { id }));
  const free = list ? nearestFree(list.lockers, id) : [];
  const again = reason === "expired" ? list?.lockers.find((each) => each.locker_id === id) : null;
  const offers = phase === "open" ? free.map((each) => offer(each.locker_id, t("locker.name", { id: each.locker_id }))) : [];
  if (phase === "open" && again?.state === "available") offers.unshift(offer(id, t("sheet.again", { id })));
  const key = offers.map((each) => each.dataset.id + each.textContent).join();
  text(byId("near-title"), t(offers.length > 0 ? "sheet.near" : "sheet.none"));
  // The same offers are left as they are: a chip must not vanish under the finger.
  if (byId("near").dataset.key === key) return;
  byId("near").dataset.key = key;
  byId("near").replaceChildren(...offers);
}

function offer(id, label) {
  return h("button", { class: "chip chip-strong", type: "button", "data-id": id }, label);
}

/** Called several times a second: the minute that runs. Gives the whole seconds that are left, or null. */
export function tickSheet({ hold }, now, total) {
  if (!hold) return null;
  const left = Math.max(0, hold.deadline - now);
  const seconds = Math.ceil(left / 1000);
  text(byId("sheet-seconds"), t("sheet.seconds", { seconds }));
  byId("sheet-bar").style.setProperty("--left", Math.min(1, left / (total * 1000)).toFixed(4));
  byId("sheet").dataset.last = seconds <= LAST_SECONDS;
  return seconds;
}
