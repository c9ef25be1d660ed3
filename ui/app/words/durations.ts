import { parsePeriod } from '../../../core/time/parse-period.ts';
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

/** Seconds above zero of what a person typed (`30m`, `2 h`, `1h30m`); undefined for anything else, and for nothing. */
export function parsePeriodAhead(text: string): number | undefined {
  const seconds = parsePeriod(text);
  return seconds === 0 ? undefined : seconds;
}
