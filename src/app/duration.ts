/** A Go duration without sign, as Flux' schema asks for it: `1h30m`, `5m0s`, `1.5s`, `300ms`. */
const DURATION = /^(?:[0-9]{1,12}(?:\.[0-9]{1,9})?(?:ms|s|m|h))+$/;
const PART = /([0-9.]+)(ms|s|m|h)/g;
const SECONDS: { readonly [unit: string]: number } = { ms: 0.001, s: 1, m: 60, h: 3600 };
/** Go's durations end near 292 years. */
const MAX_SECONDS = 290 * 365 * 24 * 3600;

/** Seconds of a Go duration above zero; undefined for everything else (`-1s`, `0`, `NaN`, `1d`, an overflow). */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64 || !DURATION.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(PART)) seconds += Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN);
  return seconds > 0 && seconds <= MAX_SECONDS ? seconds : undefined;
}

/** As above, and a bare integer counts seconds: Argo CD's retry fields. */
export function parseArgoDuration(text: string): number | undefined {
  return parseDuration(/^[0-9]+$/.test(text) ? `${text}s` : text);
}
