const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A duration for people: the two largest units at most (`3 d 4 h`, `12 min`, `0.4 s`). */
export function describeDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 1_000) return ms < 100 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[first] ?? ['s', 1_000];
  const whole = Math.floor(ms / size);
  const next = UNITS[first + 1];
  const rest = next === undefined || whole >= 10 ? 0 : Math.floor((ms % size) / next[1]);
  return rest === 0 || next === undefined ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next[0]}`;
}

/** How long ago, or in how long, in one unit: `3 min ago`, `in 2 h`, `now`. */
export function describeAge(time: number, now: number): string {
  const ms = now - time;
  const [unit, size] = UNITS.find(([, step]) => Math.abs(ms) >= step) ?? ['s', 1_000];
  const count = Math.floor(Math.abs(ms) / size);
  if (count === 0 || (unit === 's' && count < 5)) return 'now';
  return ms < 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}
