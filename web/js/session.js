// Who is signed in here.
//
// The access token is kept in sessionStorage: it must survive a reload in the middle of a hold, it ends with the tab,
// and it is good for minutes. The refresh token is good for days, so it stays in memory: a script that got into the
// page later, or the next person at a shared computer, finds none.

import { ApiError, send } from "./api.js";

const KEY = "access_token";
// Nothing is renewed so shortly before the opening.
const QUIET_MS = 60_000;

export class Session {
  #refreshToken = null;
  #renewing = null;
  #storage;
  /** Called when the session is over and the student has to sign in again. */
  onEnd = () => {};

  constructor(storage = sessionStorage) {
    this.#storage = storage;
  }

  get accessToken() {
    return this.#storage.getItem(KEY);
  }

  get signedIn() {
    return this.accessToken !== null;
  }

  /** The instants of the access token in milliseconds, by the server's clock: {issued, ends}. */
  get life() {
    const claims = decode(this.accessToken);
    return claims ? { issued: claims.iat * 1000, ends: claims.exp * 1000 } : null;
  }

  /** Takes the tokens of a sign-in or a refresh. */
  take(tokens) {
    this.#storage.setItem(KEY, tokens.access_token);
    this.#refreshToken = tokens.refresh_token;
  }

  /**
   * Renews the access token unless somebody just did. `stale` is the token that was refused. A refresh token is good
   * once, so two calls at the same time share one request.
   */
  async renew(stale) {
    if (this.accessToken !== stale) return;
    this.#renewing ??= this.#refresh().finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  /**
   * Renews in a quiet moment once half of the token's life is over: one that ends as the doors open would cost the
   * student the race, and one that is renewed while an act is on its way would cost the answer.
   */
  async renewEarly(now, { phase, period, hold, act }) {
    const life = this.life;
    if (!life || !this.#refreshToken || hold || act) return;
    const untilOpening = phase === "upcoming" ? period.opensAt - now : Infinity;
    if (now < (life.issued + life.ends) / 2 || untilOpening < QUIET_MS) return;
    await this.renew(this.accessToken);
  }

  async #refresh() {
    try {
      if (!this.#refreshToken) throw new ApiError(401, "unauthorized");
      const body = { refresh_token: this.#refreshToken, access_token: this.accessToken };
      this.take((await send("POST", "/auth/refresh", { body })).body);
    } catch (error) {
      if (error.status === 401) this.end();
      throw error;
    }
  }

  /** Forgets everything. */
  end() {
    const was = this.signedIn;
    this.#storage.removeItem(KEY);
    this.#refreshToken = null;
    if (was) this.onEnd();
  }
}

function decode(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload));
  } catch {
    return null;
  }
}
