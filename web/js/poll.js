// Asking again and again, politely: with jitter, so that two thousand phones do not ask in the same instant; slower
// when nobody looks at the tab; longer after each failure; and never before the instant the server asked for.

import { pause } from "./persist.js";

const HIDDEN_FACTOR = 6;

export class Poll {
  #task;
  #interval;
  #timer = null;
  #running = false;
  #again = false;
  #failures = 0;
  #notBefore = 0;

  /** `task` asks once and throws ApiError; `interval()` gives the milliseconds to the next, for a tab in view. */
  constructor(task, interval) {
    this.#task = task;
    this.#interval = interval;
    document.addEventListener("visibilitychange", () => document.hidden || this.kick());
    addEventListener("online", () => this.kick());
  }

  start() {
    this.kick();
  }

  /** Asks now, or as soon as the server allows; `after` milliseconds spread the callers of one instant. */
  kick(after = 0) {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#schedule(Math.max(after, this.#notBefore - Date.now()));
  }

  #schedule(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), Math.max(0, wait));
  }

  async #run() {
    this.#timer = null;
    this.#running = true;
    let wait;
    try {
      await this.#task();
      this.#failures = 0;
      wait = this.#interval() * (document.hidden ? HIDDEN_FACTOR : 1) * (0.75 + Math.random() * 0.5);
    } catch (error) {
      if (!error.transient && error.status !== 401) console.warn("poll:", error.code ?? error);
      // The pause grows up to the usual interval and half a minute beyond.
      wait = Math.min(30_000, pause(this.#failures, error.retryAfter) * (1 + this.#failures));
      wait = Math.max(wait, (error.retryAfter ?? 0) * 1000);
      if (error.retryAfter) this.#notBefore = Date.now() + error.retryAfter * 1000;
      this.#failures += 1;
    } finally {
      this.#running = false;
    }
    if (this.#again) {
      this.#again = false;
      wait = Math.max(0, this.#notBefore - Date.now());
    }
    if (this.#timer === null) this.#schedule(wait);
  }
}
