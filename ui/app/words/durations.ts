/** A duration in milliseconds as people say it, in at most two units: `40 s`, `3 min`, `1 h 5 min`, `2 d 3 h`. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(`${hours} h`, minutes % 60, 'min');
  return withRest(`${Math.floor(hours / 24)} d`, hours % 24, 'h');
}

function withRest(text: string, rest: number, unit: string): string {
  return rest === 0 ? text : `${text} ${rest} ${unit}`;
}

/** How long ago a time (milliseconds since the epoch, or RFC 3339) was: `3 min`; the empty string for what is no time. */
export function describeAge(time: number | string | undefined, now: number): string {
  const at = typeof time === 'string' ? Date.parse(time) : (time ?? Number.NaN);
  return Number.isFinite(at) ? describeDuration(now - at) : '';
}

/** Seconds of what a person typed: `30m`, `2 h`, `1h30m`, `90s`, `1d`; undefined for anything else, and for nothing. */
export function parseSeconds(text: string): number | undefined {
  const compact = text.toLowerCase().replace(/\s+/g, '');
  if (!/^(\d{1,6}(d|h|min|m|s))+$/.test(compact)) return undefined;
  const units: Record<string, number> = { d: 86_400, h: 3600, min: 60, m: 60, s: 1 };
  const parts = [...compact.matchAll(/(\d+)(d|h|min|m|s)/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  return seconds > 0 ? seconds : undefined;
}
