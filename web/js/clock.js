// The server's clock, as this page knows it.
//
// The period is compared by the database's clock, so a countdown by the phone's own clock would be wrong by as much
// as the phone is. Every answer of /application-period says the server's time, but only to the digits it prints: a
// whole second, as a rule. So each answer gives an interval in which the difference of the two clocks must lie, and
// the intervals of several answers are intersected: ten answers bring it to a few hundredths of a second.

const JUMP_MS = 250;
// How much the interval widens with age: an ordinary crystal is good to 50 millionths.
const DRIFT = 50e-6;

export class ServerClock {
  #wall;
  #steady;
  #low = -Infinity;
  #high = Infinity;
  #measuredAt = 0;
  #skew;

  /** `wall` is the clock a person may set, `steady` one that only counts; both in milliseconds. */
  constructor(wall = () => Date.now(), steady = () => performance.now()) {
    this.#wall = wall;
    this.#steady = steady;
    this.#skew = wall() - steady();
  }

  /** The server's time now, in milliseconds since 1970. Absolute, so a tab that slept is right when it wakes. */
  now() {
    return this.#wall() + this.offset;
  }

  /** Server minus phone, in milliseconds; 0 until the first sample. */
  get offset() {
    return this.known ? (this.#low + this.#high) / 2 : 0;
  }

  get known() {
    return Number.isFinite(this.#low);
  }

  /** How far from the truth `offset` can be, in milliseconds. */
  get uncertainty() {
    return this.known ? (this.#high - this.#low) / 2 : Infinity;
  }

  /**
   * Takes one answer into account. `text` is the server's time in RFC 3339; `sentAt` and `receivedAt` are Date.now()
   * around the request. The server read its clock somewhere in between and cut it to the digits that it printed.
   */
  sample(text, sentAt, receivedAt) {
    const stated = Date.parse(text);
    if (Number.isNaN(stated)) return;
    const step = resolution(text);
    this.forgetIfJumped();
    const age = this.#steady() - this.#measuredAt;
    const low = Math.max(this.#low - age * DRIFT, stated - receivedAt);
    const high = Math.min(this.#high + age * DRIFT, stated + step - sentAt);
    // An empty intersection means that a clock was set: what was known before is worth nothing.
    [this.#low, this.#high] = low <= high ? [low, high] : [stated - receivedAt, stated + step - sentAt];
    this.#measuredAt = this.#steady();
  }

  /** True when the phone's clock was set, or slept through, since the last look; what was measured is then dropped. */
  forgetIfJumped() {
    const skew = this.#wall() - this.#steady();
    const jumped = Math.abs(skew - this.#skew) > JUMP_MS;
    if (jumped) this.#skew = skew;
    if (jumped && this.known) {
      // A sleep moves the steady clock alone and leaves the difference true; a set clock does not. They look the same
      // from here, so the old value stays as a first guess and any new sample replaces it.
      const guess = this.offset;
      this.#low = guess - 60_000;
      this.#high = guess + 60_000;
    }
    return jumped;
  }
}

/** The last digit of a printed instant, in milliseconds: 1000 for whole seconds, 100 for one decimal. */
function resolution(text) {
  const digits = /[.](\d+)/.exec(text)?.[1].length ?? 0;
  return 1000 / 10 ** digits;
}
