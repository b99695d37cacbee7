// The board for the hall: how many are free where, and how long until it opens. Public and read-only; it knows nobody.

import { Api } from "../js/api.js";
import { ServerClock } from "../js/clock.js";
import { attr, byId, h, show, text } from "../js/dom.js";
import { currentLanguage, instant, otherLanguage, t, translate } from "../js/i18n.js";
import { Poll } from "../js/poll.js";
import { countdown, phaseAt } from "../js/views/period.js";

const POLL_MS = 2000;
const TICK_MS = 200;

const clock = new ServerClock();
let board = null;
let link = "ok";

const api = new Api({ accessToken: null }, (now) => {
  link = now;
  show(byId("link"), link !== "ok");
  if (link !== "ok") text(byId("link"), t(`link.${link}`));
});

const poll = new Poll(async () => {
  const answer = await api.open("/board");
  clock.sample(answer.body.server_time, answer.sentAt, answer.receivedAt);
  board = answer.body;
  drawLocations();
  tick();
}, () => POLL_MS);

byId("language").addEventListener("click", () => {
  otherLanguage();
  drawWords();
});
drawWords();
poll.start();
setInterval(tick, TICK_MS);

function drawWords() {
  translate(document);
  attr(byId("language"), "lang", currentLanguage() === "ko" ? "en" : "ko");
  document.title = t("board.title");
  if (board) drawLocations();
  tick();
}

// The clock, the state and the countdown: by the server's time, several times a second.
function tick() {
  const now = clock.now();
  text(byId("clock"), new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Seoul" }).format(now));
  if (!board) return;
  const instants = { opensAt: parse(board.opens_at), closesAt: parse(board.closes_at) };
  const phase = phaseAt(instants, now);
  document.body.dataset.phase = phase;
  text(byId("state"), t(phase === "open" ? "board.free" : `period.${phase}`));
  text(byId("when"), when(phase, instants));
  show(byId("countdown"), phase === "upcoming");
  show(byId("free"), phase !== "upcoming");
  if (phase !== "upcoming") return;
  const left = countdown(instants.opensAt - now);
  text(byId("countdown"), `${left.days > 0 ? `${t("period.days", { days: left.days })} ` : ""}${left.clock}`);
}

function when(phase, { opensAt, closesAt }) {
  if (phase === "upcoming") return t("period.opensAt", { time: instant(opensAt) });
  if (phase === "open" && closesAt) return t("period.closesAt", { time: instant(closesAt) });
  if (phase === "closed") return t("period.closedAt", { time: instant(closesAt) });
  return "";
}

function drawLocations() {
  text(byId("free-count"), String(board.available_count));
  text(byId("total-count"), t("board.total", { total: board.total_count }));
  byId("locations").replaceChildren(...board.locations.map(tile));
  byId("locations").style.setProperty("--columns", columnsFor(board.locations.length));
  byId("locations").dataset.dense = board.locations.length > 8;
}

// As many columns as let all rows fit on one screen that is wider than high.
function columnsFor(count) {
  if (count <= 3) return Math.max(1, count);
  if (count <= 8) return Math.ceil(count / 2);
  return Math.min(8, Math.ceil(count / 3));
}

function tile({ name, available_count, total_count }) {
  const meter = h("span", { class: "meter", "aria-hidden": "true" });
  meter.style.setProperty("--share", total_count > 0 ? available_count / total_count : 0);
  const count = available_count > 0
    ? h("p", { class: "count" }, h("b", {}, String(available_count)), ` / ${total_count}`)
    : h("p", { class: "count" }, h("b", {}, t("board.full")));
  return h("li", { "data-full": available_count === 0 }, h("h3", {}, name), count, meter);
}

function parse(instantText) {
  return instantText ? Date.parse(instantText) : null;
}
