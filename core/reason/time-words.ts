/** A length of time as people say it, in its largest unit: `40 s`, `3 min`, `5 h`, `2 d`. Takes milliseconds. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A point in time (milliseconds since the epoch) to the minute, and to the second where that matters: `2026-11-21 18:00 UTC`. */
export function describeTime(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, text.slice(17, 19) === '00' ? 16 : 19)} UTC`;
}
