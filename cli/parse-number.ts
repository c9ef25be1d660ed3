import { InvalidArgumentError } from 'commander';
import { parsePeriod } from '../core/time/parse-period.ts';

/** A number of seconds, of an option. */
export function parseSeconds(text: string): number {
  const seconds = Number(text.replace(/s$/, ''));
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0)
    throw new InvalidArgumentError('It is a number of seconds.');
  return seconds;
}

/** A whole number from 1 on, of an option. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return Number(text);
}

/** A duration of an option, `90`, `45s`, `30m`, `2h`, `7d` or `1h30m`, in seconds. */
export function parseDuration(text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : /\s/.test(text) ? undefined : parsePeriod(text);
  if (seconds === undefined) throw new InvalidArgumentError('It is a duration such as 45s, 30m, 2h or 7d.');
  return seconds;
}
