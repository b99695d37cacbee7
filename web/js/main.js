// Builds everything and wires it together; nothing else knows more than its own part.

import { Api, send } from "./api.js";
import { ServerClock } from "./clock.js";
import { Desk } from "./desk.js";
import { attr, byId, show, text } from "./dom.js";
import { Facts } from "./facts.js";
import { currentLanguage, instant, otherLanguage, t, translate } from "./i18n.js";
import { icon } from "./icons.js";
import { Moments } from "./moments.js";
import { Poll } from "./poll.js";
import { Session } from "./session.js";
import { notice } from "./speak.js";
import { Store } from "./store.js";
import { tell, watchElsewhere } from "./tell.js";
import { ask } from "./views/ask.js";
import { drawAttempts, wireAttempts } from "./views/attempts.js";
import { drawLink } from "./views/link.js";
import { drawMap, wireMap } from "./views/map.js";
import { drawMine } from "./views/mine.js";
import { drawOverview } from "./views/overview.js";
import { drawPeriod } from "./views/period.js";
import { drawSessions, wireSessions } from "./views/sessions.js";
import { drawSheet, wireSheet } from "./views/sheet.js";
import { explainSignIn, wireSignIn } from "./views/sign-in.js";

const session = new Session();
const clock = new ServerClock();
const store = new Store({
  signedIn: session.signedIn, link: "ok", phase: "unknown", period: null, board: null, freshAt: null,
  list: null, locker: null, hold: null, me: null, attempts: null, sessions: null, act: null, loss: null, mineKnown: false,
});
const api = new Api(session, (link) => store.state.link !== link && store.set({ link }));
const facts = new Facts({ api, store, clock });
const desk = new Desk({ api, store, clock, facts, tell });

// How often, in milliseconds: often while lockers go, seldom while nothing can change.
const map = new Poll(
  async () => {
    if (!session.signedIn) return facts.board();
    await facts.list();
    if (!store.state.me) await facts.me();
    if (!store.state.attempts) await facts.attempts();
  },
  () => {
    const { signedIn, phase, locker } = store.state;
    if (!signedIn || locker) return 15_000;
    return { open: 3000, upcoming: 15_000 }[phase] ?? 60_000;
  },
);
// Each answer is a measurement of the clock too: more of them before the opening.
const period = new Poll(
  async () => {
    await facts.period();
    await session.renewEarly(clock.now(), store.state);
  },
  () => (store.state.phase === "upcoming" && store.state.period.opensAt - clock.now() < 60_000 ? 4000
    : clock.uncertainty > 300 ? 1500 : 45_000),
);
const moments = new Moments({ store, clock, facts, poll: map });

desk.onChange = () => {
  map.kick();
  facts.attempts().catch(() => {});
};
session.onEnd = () => leave(t("signIn.ended"));

wireSignIn((tokens) => {
  session.take(tokens);
  store.set({ signedIn: true });
  map.kick();
  // The map appears with the next drawing.
  requestAnimationFrame(() => {
    byId("map-title").focus({ preventScroll: true });
    scrollTo({ top: 0 });
  });
});
for (const mark of document.querySelectorAll(".legend-mark")) mark.append(icon(mark.dataset.look));
wireMap(tap);
wireSheet(desk);
wireAttempts(() => store.set({}));
wireSessions({
  list: () => facts.sessions(),
  end: (id) => api.delete(`/auth/sessions/${id}`),
  endAll: async () => {
    await api.post("/auth/logout-all");
    forgetSession();
  },
});
byId("release").addEventListener("click", release);
byId("sign-out").addEventListener("click", signOut);
byId("language").addEventListener("click", () => {
  otherLanguage();
  drawWords();
});

for (const view of [drawFrame, drawPeriod, drawOverview, drawMine, drawMap, drawSheet, drawAttempts, drawSessions, drawLink]) {
  store.subscribe(view);
}
store.subscribe(watchElsewhere(store.state, clock, desk));
drawWords();
moments.start();
period.start();
map.start();

function drawWords() {
  translate(document);
  attr(byId("language"), "lang", currentLanguage() === "ko" ? "en" : "ko");
  store.set({});
}

function drawFrame({ signedIn, me }) {
  document.documentElement.dataset.signedIn = signedIn;
  show(byId("sign-in"), !signedIn);
  show(byId("sign-out"), signedIn);
  text(byId("who"), me ? t("app.who", { name: me.name }) : "");
}

// A tap on a cell: holds at once what is free, and says why where nothing can be held.
async function tap(id, look, event) {
  const { phase, period: when, hold, locker, act } = store.state;
  const byKeyboard = event.detail === 0;
  if (act) return;
  if (look === "mine-held") return byId("confirm").focus();
  if (look !== "free") return notice(t(`tap.${look}`));
  if (locker) return notice(t("tap.assigned"));
  if (phase === "upcoming") return notice(t("map.closed", { time: instant(when.opensAt) }));
  if (phase !== "open") return notice(t("map.over"));
  if (hold) {
    const [from, to] = [hold.locker.locker_id, id];
    const answer = await ask({
      title: t("switch.title", { to }), body: t("switch.text", { from, to }), yes: t("switch.yes"), no: t("switch.no"),
    });
    if (!answer) return;
    await desk.change(id);
  } else {
    await desk.hold(id);
  }
  if (byKeyboard) (store.state.hold ? byId("confirm") : byId("near").querySelector("button"))?.focus();
}

async function release() {
  const { locker, act } = store.state;
  if (!locker || act) return;
  const id = locker.locker_id;
  const words = { title: t("mine.ask", { id }), body: t("mine.ask.text"), yes: t("mine.ask.yes"), no: t("mine.ask.no") };
  if (await ask(words)) await desk.release();
}

// The token is presented once more, so that it is worth nothing to whoever finds it.
function signOut() {
  const token = session.accessToken;
  forgetSession();
  send("POST", "/auth/logout", { token }).catch(() => {});
}

function forgetSession() {
  session.onEnd = () => {};
  session.end();
  session.onEnd = () => leave(t("signIn.ended"));
  leave(null);
  notice(t("signIn.out"));
}

function leave(reason) {
  facts.forget();
  store.set({ signedIn: false });
  if (reason) explainSignIn(reason);
  requestAnimationFrame(() => byId("sign-in-title").focus({ preventScroll: true }));
  map.kick();
}
