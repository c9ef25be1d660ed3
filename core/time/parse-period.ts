const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/**
 * Seconds of a length of time as people type it: `45s`, `30m`, `30 min`, `2 h`, `7d`, `1h30m`. Undefined for everything else, a number without its unit and
 * the empty string too.
 */
export function parsePeriod(text: string): number | undefined {
  const compact = text.toLowerCase().replace(/\s+/g, '');
  if (!/^(?:\d{1,9}(?:d|h|min|m|s))+$/.test(compact)) return undefined;
  const parts = [...compact.matchAll(/(\d+)(d|h|min|m|s)/g)];
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0), 0);
}
