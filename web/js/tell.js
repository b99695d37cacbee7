// What a person hears and sees of an act, and of what changed without one.

import { byId } from "./dom.js";
import { explain, t } from "./i18n.js";
import { hush, notice, sayNow } from "./speak.js";

// The end of a hold and the news of it do not arrive in the same instant.
const CLOSE_TO_END_MS = 1500;

/** Says what became of an act of the desk, and puts the focus where the next act is. */
export function tell(event, { id, seconds, error }) {
  switch (event) {
    case "held":
    case "found":
      hush();
      sayNow(t(`sheet.${event}`, { id, seconds }));
      // The sheet that rises must not cover the locker it is about.
      requestAnimationFrame(() => cell(id)?.scrollIntoView({ block: "nearest", inline: "nearest" }));
      return;
    case "lost":
    case "expired":
      hush();
      sayNow(`${t(`sheet.${event}`)}. ${t(`sheet.${event}.text`, { id })}`);
      return;
    case "confirmed":
      notice(t("mine.confirmed", { id }));
      // The card appears with the next drawing.
      requestAnimationFrame(() => {
        byId("mine").scrollIntoView({ block: "nearest" });
        byId("mine-title").focus({ preventScroll: true });
      });
      return;
    case "cancelled":
      notice(t("sheet.cancelled", { id }));
      focusCell(id);
      return;
    case "released":
      notice(t("mine.released", { id }));
      focusCell(id);
      return;
    case "unanswered":
      notice(t("sheet.unanswered"));
      return;
    default:
      notice(explain(error));
  }
}

// The button that had the focus is gone: back to the locker, unless the focus is elsewhere already.
function focusCell(id) {
  const active = document.activeElement;
  if (active && active !== document.body && !active.closest("#sheet, #mine, dialog")) return;
  cell(id)?.focus({ preventScroll: true });
}

function cell(id) {
  return document.querySelector(`.cell[data-id="${id}"]`);
}

/**
 * A view that finds a hold or a locker that came or went without an act on this page: by the end of its time, or on
 * another device.
 */
export function watchElsewhere(first, clock, desk) {
  let before = first;
  return (state) => {
    const was = before;
    before = state;
    if (state.act || was.act || !state.signedIn) return;
    if (!was.hold && state.hold) {
      tell("found", { id: state.hold.locker.locker_id, seconds: state.hold.seconds });
    } else if (was.hold && !state.hold && !state.loss) {
      const over = clock.now() >= was.hold.deadline - CLOSE_TO_END_MS;
      if (over && !state.locker) desk.expired(was.hold.locker.locker_id);
      else notice(t("mine.elsewhere"));
    } else if (was.mineKnown && Boolean(was.locker) !== Boolean(state.locker)) {
      notice(t("mine.elsewhere"));
    }
  };
}
