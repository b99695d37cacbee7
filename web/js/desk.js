// The student's acts: hold, confirm, cancel, give back. Each is sent until it is answered, since each may be repeated;
// what cannot be answered is looked up. `tell(event, details)` reports what a person should hear.

import { persist } from "./persist.js";

const PATIENCE_MS = 20_000;
// After the end of a hold its answer may still be on the way.
const GRACE_MS = 3000;

export class Desk {
  #api;
  #store;
  #clock;
  #facts;
  #tell;
  /** Called after every act, so that the map is asked for again. */
  onChange = () => {};

  constructor({ api, store, clock, facts, tell }) {
    this.#api = api;
    this.#store = store;
    this.#clock = clock;
    this.#facts = facts;
    this.#tell = tell;
  }

  /** Holds a locker. Losing leaves the reason in `loss`. */
  async hold(id) {
    const { act, hold } = this.#store.state;
    if (act || hold) return;
    this.#store.set({ loss: null });
    await this.#do({ kind: "hold", id }, `/lockers/${id}/hold`, {
      done: ({ body, status }) => {
        const mine = this.#facts.hold(body, status === 201);
        this.#store.set({ hold: mine });
        this.#tell(status === 201 ? "held" : "found", { id, seconds: body.expires_in_seconds });
      },
      failed: (error) => this.#lost(id, error),
    });
  }

  async #lost(id, error) {
    switch (error.code) {
      case "locker_taken":
        this.#store.set({ loss: { id, reason: "lost" } });
        this.#tell("lost", { id });
        return;
      case "application_closed": {
        const { opens_at, closes_at } = error.body ?? {};
        if (opens_at) this.#store.set({ period: { opensAt: Date.parse(opens_at), closesAt: Date.parse(closes_at) } });
        this.#tell("refused", { error });
        return;
      }
      case "already_holding":
      case "already_assigned":
        this.#tell("refused", { error });
        await this.#facts.mine().catch(() => {});
        return;
      default:
        await this.#unanswered(error);
    }
  }

  /** Makes the hold the student's locker. */
  async confirm() {
    const { hold, act } = this.#store.state;
    if (!hold || act) return;
    const id = hold.locker.locker_id;
    await this.#do({ kind: "confirm", id }, `/lockers/${id}/confirm`, {
      giveUpAt: () => hold.deadline + GRACE_MS,
      done: ({ body }) => {
        this.#store.set({ hold: null, locker: body.locker, mineKnown: true });
        this.#tell("confirmed", { id });
      },
      failed: async (error) => {
        if (error.code === "hold_not_found") this.expired(id);
        else await this.#unanswered(error);
        // The answer was lost on its way, the confirmation was not.
        if (this.#store.state.locker?.locker_id === id) this.#tell("confirmed", { id });
      },
    });
  }

  /** Lets the hold go. */
  async cancel() {
    const { hold, act } = this.#store.state;
    if (!hold || act) return;
    const id = hold.locker.locker_id;
    const done = () => {
      this.#store.set({ hold: null });
      this.#tell("cancelled", { id });
    };
    await this.#do({ kind: "cancel", id }, `/lockers/${id}/release-hold`, {
      giveUpAt: () => hold.deadline + GRACE_MS,
      done,
      failed: async (error) => {
        // A first answer that was lost, or a hold that ended meanwhile: it is gone either way.
        if (error.code === "hold_not_found") done();
        else await this.#unanswered(error);
      },
    });
  }

  /** Lets the hold go and takes another. */
  async change(id) {
    await this.cancel();
    if (!this.#store.state.hold) await this.hold(id);
  }

  /** Gives the confirmed locker back. */
  async release() {
    const { locker, act } = this.#store.state;
    if (!locker || act) return;
    const id = locker.locker_id;
    const done = () => {
      this.#store.set({ locker: null });
      this.#tell("released", { id });
    };
    await this.#do({ kind: "release", id }, `/lockers/${id}/release`, {
      done,
      failed: async (error) => {
        if (error.code === "assignment_not_found") done();
        else await this.#unanswered(error);
      },
    });
  }

  /** The hold of this locker is over. */
  expired(id) {
    this.#store.set({ hold: null, loss: { id, reason: "expired" } });
    this.#tell("expired", { id });
  }

  dismiss() {
    this.#store.set({ loss: null });
  }

  // The sentence first, then the truth as soon as it can be had: the next list that arrives asks for it.
  async #unanswered(error) {
    if (error.status === 401) return;
    this.#store.set({ mineKnown: false });
    // Too many requests is an answer, and says how long to wait.
    this.#tell(error.transient && error.status !== 429 ? "unanswered" : "refused", { error });
    await this.#facts.mine().catch(() => {});
  }

  async #do(act, path, { done, failed, giveUpAt }) {
    const now = () => this.#clock.now();
    const patience = now() + PATIENCE_MS;
    this.#store.set({ act });
    try {
      const answer = await persist(() => this.#api.post(path), {
        now,
        giveUpAt: giveUpAt ?? (() => patience),
        onWait: () => this.#store.set({ act: { ...act, retrying: true } }),
      });
      this.#facts.acted();
      done(answer);
    } catch (error) {
      this.#facts.acted();
      await failed(error);
    } finally {
      this.#store.set({ act: null });
      this.onChange();
    }
  }
}
