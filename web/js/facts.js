// What the server says: fetched here, put into the store, never guessed.

import { look } from "./lockers.js";

export class Facts {
  #api;
  #store;
  #clock;
  #etag = null;
  // Counts the student's acts: a list that was asked for before an act and arrives after it is out of date.
  #acts = 0;
  #attemptsOffered = true;

  constructor({ api, store, clock }) {
    this.#api = api;
    this.#store = store;
    this.#clock = clock;
  }

  /** The application period, and with it one measurement of the server's clock. */
  async period() {
    this.#takePeriod(await this.#api.open("/application-period"));
  }

  /** The free counts that need no sign-in. */
  async board() {
    const answer = await this.#api.open("/board");
    this.#takePeriod(answer);
    this.#store.set({ board: answer.body, freshAt: Date.now() });
  }

  #takePeriod(answer) {
    const { server_time, opens_at, closes_at } = answer.body;
    this.#clock.sample(server_time, answer.sentAt, answer.receivedAt);
    const instant = (text) => (text ? Date.parse(text) : null);
    this.#store.set({ period: { opensAt: instant(opens_at), closesAt: instant(closes_at) } });
  }

  /** Every locker; cheap when nothing changed. Asks for the caller's own state too when the list contradicts it. */
  async list() {
    const acts = this.#acts;
    const answer = await this.#api.get("/lockers", { etag: this.#etag });
    if (acts !== this.#acts) return;
    if (answer.status !== 304) {
      this.#etag = answer.etag;
      this.#store.set({ list: answer.body });
    }
    this.#store.set({ freshAt: Date.now() });
    const { list, locker, hold, act, mineKnown } = this.#store.state;
    const own = list.lockers.find((each) => each.mine);
    const told = own ? `${look(own)} ${own.locker_id}` : "";
    const known = locker ? `mine ${locker.locker_id}` : hold ? `mine-held ${hold.locker.locker_id}` : "";
    if ((told !== known || !mineKnown) && !act) await this.mine();
  }

  /** The caller's own hold and locker. */
  async mine() {
    const acts = this.#acts;
    const { body } = await this.#api.get("/lockers/me");
    if (acts !== this.#acts) return;
    this.#store.set({ locker: body.locker, hold: body.hold && this.hold(body.hold), mineKnown: true });
  }

  /** A hold as the page keeps it: the locker, and the end by the server's clock. `fresh`: it has just begun. */
  hold({ locker, expires_at, expires_in_seconds }, fresh = false) {
    const stated = Date.parse(expires_at);
    // Before the clock is measured the seconds that are left say it better.
    const deadline = this.#clock.known ? stated : this.#clock.now() + expires_in_seconds * 1000;
    return { locker, deadline, seconds: expires_in_seconds, fresh };
  }

  /** Who is signed in. */
  async me() {
    this.#store.set({ me: (await this.#api.get("/auth/me")).body });
  }

  /** The caller's attempts; a server that does not offer them answers 404, and is not asked again. */
  async attempts() {
    if (!this.#attemptsOffered) return;
    try {
      const { body } = await this.#api.get("/lockers/me/attempts");
      this.#store.set({ attempts: body.attempts });
    } catch (error) {
      if (error.status === 404) this.#attemptsOffered = false;
      else if (!error.transient) throw error;
    }
  }

  /** Where the caller is signed in. */
  async sessions() {
    this.#store.set({ sessions: (await this.#api.get("/auth/sessions")).body.sessions });
  }

  /** Says that the student has acted: what was asked before is not believed any more. */
  acted() {
    this.#acts += 1;
  }

  /** Nothing of the last student stays. */
  forget() {
    this.acted();
    this.#etag = null;
    this.#store.set({
      list: null, locker: null, hold: null, me: null, attempts: null, sessions: null, act: null, loss: null, mineKnown: false,
    });
  }
}
