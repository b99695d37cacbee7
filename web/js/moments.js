// What happens by itself as time passes: the opening, the end of a hold, the words a screen reader hears meanwhile.

import { t } from "./i18n.js";
import { say, sayNow } from "./speak.js";
import { tickLink } from "./views/link.js";
import { phaseAt, tickPeriod } from "./views/period.js";
import { tickSheet } from "./views/sheet.js";

const TICK_MS = 200;
// An answer that was on its way when the hold ended has this long to arrive before the page says it is over.
const SETTLE_MS = 200;
const OPENING_WORDS = [300, 60, 30, 10];
const HOLD_WORDS = [30, 10, 5];
// Two thousand phones that see the same second begin must not all ask in it.
const OPENING_SPREAD_MS = 800;

export class Moments {
  #store;
  #clock;
  #facts;
  #poll;
  #lastOpening = Infinity;
  #lastHold = Infinity;
  #total = 60;
  #holdId = null;
  #checkedAt = 0;

  constructor({ store, clock, facts, poll }) {
    this.#store = store;
    this.#clock = clock;
    this.#facts = facts;
    this.#poll = poll;
  }

  start() {
    const tick = () => this.tick();
    setInterval(tick, TICK_MS);
    // A tab that was hidden or asleep is right again before it is seen.
    document.addEventListener("visibilitychange", tick);
    addEventListener("pageshow", tick);
    // What has just appeared shows its number at once, and not at the next tick.
    this.#store.subscribe(tick);
  }

  tick() {
    const now = this.#clock.now();
    this.#phase(now);
    this.#hold(now);
    tickPeriod(this.#store.state, now);
    tickLink(this.#store.state);
  }

  #phase(now) {
    const { period, phase: was } = this.#store.state;
    const phase = phaseAt(period, now);
    if (phase !== was) {
      this.#store.set({ phase });
      if (was === "upcoming" && phase === "open") {
        sayNow(t("period.now"));
        this.#poll.kick(Math.random() * OPENING_SPREAD_MS);
      }
    }
    if (phase !== "upcoming") return;
    const seconds = Math.ceil((period.opensAt - now) / 1000);
    const word = OPENING_WORDS.find((mark) => seconds <= mark && this.#lastOpening > mark && seconds > mark - 2);
    if (word) say(t("period.soon", { seconds }));
    this.#lastOpening = seconds;
  }

  #hold(now) {
    const { hold, act } = this.#store.state;
    if (hold && this.#holdId !== hold.locker.locker_id) {
      this.#holdId = hold.locker.locker_id;
      // The bar is full for a hold of a minute; a longer one that is configured sets its own measure.
      this.#total = Math.max(60, hold.seconds);
      if (hold.seconds < 60 && hold.fresh) this.#total = hold.seconds;
      this.#lastHold = Infinity;
    }
    const seconds = tickSheet(this.#store.state, now, this.#total);
    document.title = seconds === null ? t("app.title") : `${t("sheet.seconds", { seconds })} · ${t("app.title")}`;
    if (!hold) {
      this.#holdId = null;
      return;
    }
    const word = HOLD_WORDS.find((mark) => seconds <= mark && this.#lastHold > mark && seconds > mark - 2);
    if (word && this.#lastHold !== Infinity) sayNow(t("sheet.seconds.left", { seconds }));
    this.#lastHold = seconds;
    if (now < hold.deadline + SETTLE_MS || act || performance.now() - this.#checkedAt < 1000) return;
    // Not taken for granted: the server says whether it is over.
    this.#checkedAt = performance.now();
    this.#facts.mine().then(() => this.#poll.kick(), () => {});
  }
}
