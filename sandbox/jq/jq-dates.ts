/** Times: seconds since the epoch, and jq's broken-down form [year, month 0–11, day, hours, minutes, seconds, weekday, day of the year]. UTC only. */
import type { Json } from '../../core/objects/object.ts';
import { isArray, JqError, typeOf } from './jq-values.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAY_MS = 86_400_000;

/** Seconds → broken down. */
export function toTime(value: Json): Json {
  if (typeof value !== 'number') throw new JqError(`gmtime cannot be applied to: ${typeOf(value)}`);
  const date = new Date(value * 1_000);
  if (Number.isNaN(date.getTime())) throw new JqError('gmtime cannot be applied to: number beyond all dates');
  const seconds = date.getUTCSeconds() + (value - Math.floor(value));
  return [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    seconds,
    date.getUTCDay(),
    dayOfYear(date),
  ];
}

const dayOfYear = (date: Date): number => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);

/** Broken down → seconds. */
export function fromTime(value: Json): Json {
  if (!isArray(value)) throw new JqError(`mktime cannot be applied to: ${typeOf(value)}`);
  if (value.length < 6 || !value.every((part) => typeof part === 'number'))
    throw new JqError('mktime requires parsed datetime inputs');
  const [year = 0, month = 0, day = 1, hours = 0, minutes = 0, seconds = 0] = value.map(Number);
  return Math.floor(Date.UTC(year, month, day, hours, minutes, Math.floor(seconds)) / 1_000);
}

/** Shows a time (either form) by a pattern of strftime. */
export function showTime(value: Json, pattern: Json): Json {
  if (typeof pattern !== 'string') throw new JqError(`strftime cannot be applied with: ${typeOf(pattern)}`);
  if (typeof value !== 'number' && !isArray(value)) throw new JqError(`strftime cannot be applied to: ${typeOf(value)}`);
  const seconds = typeof value === 'number' ? value : Number(fromTime(value));
  const date = new Date(seconds * 1_000);
  if (Number.isNaN(date.getTime())) throw new JqError('strftime cannot be applied to: number beyond all dates');
  return expand(date, pattern);
}

const two = (n: number): string => String(n).padStart(2, '0');

const SHOWN: Readonly<Record<string, (date: Date) => string>> = {
  a: (d) => (DAYS[d.getUTCDay()] ?? '').slice(0, 3),
  A: (d) => DAYS[d.getUTCDay()] ?? '',
  b: (d) => (MONTHS[d.getUTCMonth()] ?? '').slice(0, 3),
  B: (d) => MONTHS[d.getUTCMonth()] ?? '',
  c: (d) => expand(d, '%a %b %e %H:%M:%S %Y'),
  C: (d) => two(Math.floor(d.getUTCFullYear() / 100)),
  d: (d) => two(d.getUTCDate()),
  D: (d) => expand(d, '%m/%d/%y'),
  e: (d) => String(d.getUTCDate()).padStart(2),
  F: (d) => expand(d, '%Y-%m-%d'),
  h: (d) => expand(d, '%b'),
  H: (d) => two(d.getUTCHours()),
  I: (d) => two(d.getUTCHours() % 12 || 12),
  j: (d) => String(dayOfYear(d) + 1).padStart(3, '0'),
  m: (d) => two(d.getUTCMonth() + 1),
  M: (d) => two(d.getUTCMinutes()),
  n: () => '\n',
  p: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
  R: (d) => expand(d, '%H:%M'),
  s: (d) => String(Math.floor(d.getTime() / 1_000)),
  S: (d) => two(d.getUTCSeconds()),
  t: () => '\t',
  T: (d) => expand(d, '%H:%M:%S'),
  u: (d) => String(d.getUTCDay() || 7),
  w: (d) => String(d.getUTCDay()),
  y: (d) => two(d.getUTCFullYear() % 100),
  Y: (d) => String(d.getUTCFullYear()),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

function expand(date: Date, pattern: string): string {
  return pattern.replace(/%(.)/gs, (whole, letter: string) => SHOWN[letter]?.(date) ?? whole);
}

type Parts = Record<'year' | 'month' | 'day' | 'hours' | 'minutes' | 'seconds' | 'shift', number>;
interface Read {
  readonly pattern: string;
  set(parts: Parts, text: string): void;
}

const number = (pattern: string, name: keyof Parts, minus = 0): Read => ({
  pattern,
  set: (parts, text) => {
    parts[name] = Number(text) - minus;
  },
});
const skipped = (pattern: string): Read => ({ pattern, set: () => undefined });
const monthName: Read = {
  pattern: '[A-Za-z]{3,9}',
  set: (parts, text) => {
    const at = MONTHS.findIndex((month) => month.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase());
    if (at === -1) throw new JqError('strptime: no month of that name');
    parts.month = at;
  },
};
const READ: Readonly<Record<string, Read>> = {
  Y: number('[0-9]{4}', 'year'),
  m: number('[0-9]{1,2}', 'month', 1),
  d: number('[0-9]{1,2}', 'day'),
  e: number(' ?[0-9]{1,2}', 'day'),
  H: number('[0-9]{1,2}', 'hours'),
  M: number('[0-9]{1,2}', 'minutes'),
  S: number('[0-9]{1,2}', 'seconds'),
  b: monthName,
  B: monthName,
  h: monthName,
  a: skipped('[A-Za-z]{3,9}'),
  A: skipped('[A-Za-z]{3,9}'),
  Z: skipped('[A-Za-z]+'),
  z: {
    pattern: 'Z|[+-][0-9]{2}:?[0-9]{2}',
    set: (parts, text) => {
      if (text === 'Z') return;
      const digits = text.replaceAll(/[+:-]/g, '');
      parts.shift = (text.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
    },
  },
  s: {
    pattern: '[0-9]+',
    set: (parts, text) => {
      const date = new Date(Number(text) * 1_000);
      Object.assign(parts, { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() });
      Object.assign(parts, { hours: date.getUTCHours(), minutes: date.getUTCMinutes(), seconds: date.getUTCSeconds() });
    },
  },
};
const WHOLE: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
  R: '%H:%M',
  c: '%a %b %e %H:%M:%S %Y',
};

/** Reads a text by a pattern of strptime into the broken-down form. */
export function parseTime(value: Json, pattern: Json): Json {
  if (typeof value !== 'string') throw new JqError(`strptime cannot be applied to: ${typeOf(value)}`);
  if (typeof pattern !== 'string') throw new JqError(`strptime cannot be applied with: ${typeOf(pattern)}`);
  const found: Read[] = [];
  const source = pattern
    .replace(/%([TFDRc])/g, (_, letter: string) => WHOLE[letter] ?? '')
    .replace(/%(.)|[\s\S]/g, (char, letter: string | undefined) => {
      if (letter === undefined) return /\s/.test(char) ? '\\s*' : char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
      if (letter === '%') return '%';
      const read = READ[letter];
      if (read === undefined) throw new JqError(`strptime does not know %${letter}`);
      found.push(read);
      return `(${read.pattern})`;
    });
  const match = new RegExp(`^${source}$`).exec(value);
  if (match === null) throw new JqError('strptime: the text does not fit the pattern');
  const parts: Parts = { year: 1900, month: 0, day: 1, hours: 0, minutes: 0, seconds: 0, shift: 0 };
  for (const [i, read] of found.entries()) read.set(parts, match[i + 1] ?? '');
  const { year, month, day, hours, minutes, seconds, shift } = parts;
  return toTime(Date.UTC(year, month, day, hours, minutes - shift, seconds) / 1_000);
}
