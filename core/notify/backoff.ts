/** When a message that could not be delivered is tried again: after 5 s, twice as long each time, at most half an hour; a day after the first attempt no more. */
const FIRST_MS = 5_000;
const LONGEST_MS = 30 * 60_000;
export const GIVE_UP_MS = 24 * 60 * 60_000;

/**
 * The time of the next attempt, or undefined when there is none. Takes how many there were, when the first was, a number in [0, 1) from chance, and
 * how long the service asked to wait (milliseconds), which is always granted.
 */
export function nextAttempt(state: {
  readonly attempts: number;
  readonly first: number;
  readonly now: number;
  readonly chance: number;
  readonly asked?: number;
}): number | undefined {
  const grown = Math.min(FIRST_MS * 2 ** Math.min(Math.max(state.attempts - 1, 0), 20), LONGEST_MS);
  const wait = Math.max(Math.round(grown * (0.75 + state.chance / 2)), state.asked ?? 0);
  return state.now + wait - state.first > GIVE_UP_MS ? undefined : state.now + wait;
}

/** Milliseconds that a `Retry-After` header asks for: seconds or a date. At most a day; undefined when it says nothing sensible. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value.trim();
  // Only the one form of dates that HTTP has: Date.parse guesses at others.
  const date = /^[A-Z][a-z]{2}, \d{2} /.test(text) ? Date.parse(text) : Number.NaN;
  const wait = /^\d{1,9}(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : date - now;
  return Number.isFinite(wait) ? Math.min(Math.max(Math.ceil(wait), 0), GIVE_UP_MS) : undefined;
}
