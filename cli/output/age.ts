const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** How long ago, in one unit: `3d`, `2h`, `12m`, `5s`. Times in milliseconds since the epoch. */
export function formatAge(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  for (const [unit, size] of UNITS) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return `${seconds}s`;
}

/** A time as people compare it: `2026-08-01 12:30:05Z`. */
export function formatTime(time: number): string {
  return Number.isFinite(time)
    ? new Date(time)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z')
    : 'unknown';
}
