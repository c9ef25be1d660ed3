import { describeDuration } from '../../components/age.ts';

/** How long something has existed, in one unit: `3 min`; takes RFC 3339, gives the empty string for what is no time. */
export function describeLifetime(createdAt: string | undefined, now: number): string {
  const at = Date.parse(createdAt ?? '');
  return Number.isFinite(at)
    ? describeDuration(Math.max(1000, now - at))
        .split(' ', 2)
        .join(' ')
    : '';
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
