// Sending again what was perhaps lost. Only for acts that may be repeated: hold, confirm and both releases.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 3000;

/**
 * Runs `act` until it gives an answer, fails for good, or `giveUpAt()` (milliseconds, compared with `now()`) is past.
 * `onWait(error)` is called before every pause. Throws the last error.
 */
export async function persist(act, { now, giveUpAt, onWait = () => {} }) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const wait = pause(attempt, error.retryAfter);
      if (!error.transient || now() + wait > giveUpAt()) throw error;
      onWait(error);
      await untilOnlineOr(wait);
    }
  }
}

/** Milliseconds to wait before the next attempt: longer each time, never the same for two students. */
export function pause(attempt, retryAfter = null) {
  const grown = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  const spread = grown * (0.6 + Math.random() * 0.8);
  return Math.max(spread, (retryAfter ?? 0) * 1000 * (1 + Math.random() * 0.2));
}

// A phone that comes back online need not sit out its pause.
function untilOnlineOr(wait) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, wait);
    addEventListener("online", done);
  });
}
