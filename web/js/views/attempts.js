// The student's own record, where the server offers it: what was pressed, when, what came of it, and by how much
// a lost one was late.

import { byId, h, show, text } from "../dom.js";
import { exact, t } from "../i18n.js";

// The latest are what one looks for; the rest is one press away.
const FEW = 5;
const WON = new Set(["held", "confirmed", "released", "cancelled"]);

let all = false;

/** `redraw` is called when the student asks for all of them. */
export function wireAttempts(redraw) {
  byId("attempts-all").addEventListener("click", () => {
    all = true;
    redraw();
    byId("attempts-title").focus({ preventScroll: true });
  });
}

export function drawAttempts({ attempts, signedIn }) {
  const known = signedIn && Array.isArray(attempts);
  show(byId("attempts"), known);
  if (!signedIn) all = false;
  if (!known) return;
  const shown = all ? attempts : attempts.slice(0, FEW);
  const rows = shown.length > 0 ? shown.map(row) : [h("li", { class: "quiet" }, t("attempts.none"))];
  byId("attempts-list").replaceChildren(...rows);
  show(byId("attempts-all"), shown.length < attempts.length);
  text(byId("attempts-all"), t("attempts.all", { n: attempts.length }));
}

function row(attempt) {
  const won = WON.has(attempt.outcome);
  return h(
    "li",
    { class: "attempt", "data-won": won },
    h("time", { datetime: attempt.decided_at }, exact(Date.parse(attempt.decided_at))),
    h("span", { class: "attempt-what" }, `${t("locker.name", { id: attempt.locker_id })} ${known("act", attempt.act)}`),
    h("span", { class: "attempt-outcome" }, won ? t("outcome.won") : known("outcome", attempt.outcome)),
    attempt.lost_by_ms > 0 ? h("span", { class: "attempt-late" }, late(attempt.lost_by_ms)) : null,
  );
}

// A word that a later server invents is not shown as a code.
function known(kind, code) {
  const key = `${kind}.${code}`;
  const word = t(key);
  return word === key ? t("outcome.other") : word;
}

function late(milliseconds) {
  const time = milliseconds < 1000
    ? t("attempts.ms", { n: milliseconds })
    : t("attempts.s", { n: (milliseconds / 1000).toFixed(1) });
  return t("attempts.lostBy", { time });
}
