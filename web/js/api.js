// The one place that speaks HTTP. Every failure, from whatever layer, leaves here as an ApiError with the contract's
// code; a network that is gone has the code "network".

const BASE = "/api/v1";
const TIMEOUT_MS = 8000;

export class ApiError extends Error {
  constructor(status, code, message, { retryAfter = null, body = null } = {}) {
    super(message || code);
    this.status = status;
    this.code = code;
    /** Seconds the server asked to wait, or null. */
    this.retryAfter = retryAfter;
    /** The answer itself: some errors say more (opens_at, closes_at). */
    this.body = body;
  }

  /** Worth sending again as it is: nothing was decided, or the answer was lost on its way. */
  get transient() {
    return this.code === "network" || [429, 500, 502, 503, 504].includes(this.status);
  }
}

export class Api {
  #session;
  #onLink;

  /** `session` gives and renews the access token; `onLink` hears whether the server is in reach: ok, offline, down, busy. */
  constructor(session, onLink) {
    this.#session = session;
    this.#onLink = onLink;
  }

  get(path, options = {}) {
    return this.#signed("GET", path, options);
  }

  post(path, body) {
    return this.#signed("POST", path, { body });
  }

  delete(path) {
    return this.#signed("DELETE", path, {});
  }

  /** What needs no sign-in, asked for without a token. */
  open(path) {
    return this.#watched("GET", path, {});
  }

  // A 401 on the way may only mean that the access token ended: renew once and send again.
  async #signed(method, path, options) {
    const token = this.#session.accessToken;
    try {
      return await this.#watched(method, path, { ...options, token });
    } catch (error) {
      if (error.status !== 401 || !token) throw error;
      await this.#session.renew(token);
      return this.#watched(method, path, { ...options, token: this.#session.accessToken });
    }
  }

  async #watched(method, path, options) {
    try {
      const answer = await send(method, path, options);
      this.#onLink("ok");
      return answer;
    } catch (error) {
      this.#onLink(linkAfter(error));
      throw error;
    }
  }
}

// A request that is refused for a reason has reached the server.
function linkAfter({ code, status }) {
  if (code === "network") return navigator.onLine ? "down" : "offline";
  if (status === 429) return "busy";
  return status >= 500 ? "down" : "ok";
}

/**
 * One request. Gives {status, body, etag, sentAt, receivedAt}; a 304 has a null body.
 * Throws ApiError and nothing else.
 */
export async function send(method, path, { body, token, etag, timeout = TIMEOUT_MS } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  if (etag) headers["If-None-Match"] = etag;
  const sentAt = Date.now();
  let response;
  let answer = null;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      // The page revalidates by itself; a browser that did so too would hide the 304.
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    answer = parse(text);
  } catch {
    throw new ApiError(0, "network", "");
  }
  const receivedAt = Date.now();
  if (response.ok || response.status === 304) {
    return { status: response.status, body: answer, etag: response.headers.get("ETag"), sentAt, receivedAt };
  }
  const fallback = response.status >= 500 ? "unavailable" : "unexpected";
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  throw new ApiError(response.status, answer?.error ?? fallback, answer?.message ?? "", {
    retryAfter: Number.isNaN(retryAfter) ? null : retryAfter,
    body: answer,
  });
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
