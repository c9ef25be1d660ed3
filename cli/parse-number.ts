import { InvalidArgumentError } from 'commander';

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
