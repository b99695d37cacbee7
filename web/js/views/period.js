// Is it open, and if not: how long until, by the server's clock.

import { byId, show, text } from "../dom.js";
import { instant, t } from "../i18n.js";

/** upcoming, open, closed; none when no period was ever set, unknown before the first answer. */
export function phaseAt(period, now) {
  if (!period) return "unknown";
  if (period.opensAt === null) return "none";
  if (now < period.opensAt) return "upcoming";
  return period.closesAt === null || now < period.closesAt ? "open" : "closed";
}

/** {days, clock} of what is left, rounded up, so that it ends as the second 00:00 begins. */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  return {
    days: Math.floor(seconds / 86_400),
    clock: [Math.floor((seconds % 86_400) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60].map(two).join(":"),
  };
}

export function drawPeriod({ period, phase }) {
  const root = byId("period");
  root.dataset.phase = phase;
  text(byId("period-state"), t(`period.${phase}`));
  text(byId("period-when"), when(period, phase));
  show(byId("countdown"), phase === "upcoming");
  show(byId("period-note"), phase === "upcoming");
}

function when(period, phase) {
  if (phase === "upcoming") return t("period.opensAt", { time: instant(period.opensAt) });
  if (phase === "open" && period.closesAt) return t("period.closesAt", { time: instant(period.closesAt) });
  if (phase === "closed") return t("period.closedAt", { time: instant(period.closesAt) });
  return "";
}

/** Called several times a second while the opening is ahead. */
export function tickPeriod({ period, phase }, now) {
  if (phase !== "upcoming") return;
  const { days, clock } = countdown(period.opensAt - now);
  text(byId("countdown-days"), days > 0 ? t("period.days", { days }) : "");
  text(byId("countdown-clock"), clock);
}
