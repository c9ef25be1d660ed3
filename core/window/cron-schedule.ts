import { err, ok, type Result } from '../result.ts';

/**
 * The five fields of cron as Argo CD reads them (https://github.com/robfig/cron/blob/v3.0.1/parser.go), over a calendar without
 * time zones: whoever asks has made wall-clock time of the real one.
 *
 *   minute hour day-of-month month day-of-week      each: a star, ? · n · n-m, with /step or not, joined by commas; n/step is n-max/step
 *
 * Months and weekdays have English three-letter names; Sunday is 0, and 7 is refused. Both day fields must match where one of them
 * has a star without a step above 1, else one of them is enough. Unlike there, an empty list item, a sign before a number, a day that
 * no month has and `TZ=` are refused: there some of them make a schedule that never comes, which counts as always (window-state.ts).
 */
export interface CronSchedule {
  /** Minutes of a day, ascending; the same on every day that matches. */
  readonly minutes: readonly number[];
  /** The longest time between two starts of one day, in milliseconds. */
  readonly widestGap: number;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** One day field is a star: both must match. */
  readonly bothDays: boolean;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** 29 February comes at least this often: it skips 2100. */
const RAREST_DAYS = 8 * 366;
export const RAREST_MS = RAREST_DAYS * DAY_MS;
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };

interface FieldValues {
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

/** Reads a schedule; fails with a sentence that names the field and what it may hold. */
export function parseCron(text: string): Result<CronSchedule, string> {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (/^(CRON_)?TZ=/.test(text)) return err('a schedule holds no time zone: use the field timeZone');
  if (text.startsWith('@')) return err('names such as @daily are not accepted: use five fields, such as `0 0 * * *`');
  if (parts.length !== 5) return err(`a schedule has exactly five fields, and here are ${parts.length}`);
  const [minuteText = '', hourText = '', dayText = '', monthText = '', weekdayText = ''] = parts;
  const minute = parseField(minuteText, MINUTE);
  if (!minute.ok) return minute;
  const hour = parseField(hourText, HOUR);
  if (!hour.ok) return hour;
  const day = parseField(dayText, DAY);
  if (!day.ok) return day;
  const month = parseField(monthText, MONTH);
  if (!month.ok) return month;
  const weekday = parseField(weekdayText, WEEKDAY);
  if (!weekday.ok) return weekday;
  return toSchedule({ minute: minute.value, hour: hour.value, day: day.value, month: month.value, weekday: weekday.value });
}

function toSchedule(fields: {
  readonly minute: FieldValues;
  readonly hour: FieldValues;
  readonly day: FieldValues;
  readonly month: FieldValues;
  readonly weekday: FieldValues;
}): Result<CronSchedule, string> {
  const { minute, hour, day, month, weekday } = fields;
  const bothDays = day.star || weekday.star;
  const comes = [...month.values].some((m) => [...day.values].some((d) => d <= (DAYS_OF_MONTHS[m - 1] ?? 0)));
  if (bothDays && !comes) return err('the schedule never comes: none of its months has such a day');
  const ascending = (values: ReadonlySet<number>) => [...values].sort((a, b) => a - b);
  const minutes = ascending(hour.values).flatMap((h) => ascending(minute.values).map((m) => h * 60 + m));
  const gaps = minutes.slice(1).map((start, index) => (start - (minutes[index] ?? 0)) * MINUTE_MS);
  return ok({
    minutes,
    widestGap: gaps.reduce((widest, gap) => Math.max(widest, gap), 0),
    daysOfMonth: day.values,
    months: month.values,
    weekdays: weekday.values,
    bothDays,
  });
}

function parseField(text: string, field: Field): Result<FieldValues, string> {
  const values = new Set<number>();
  let star = false;
  for (const item of text.split(',')) {
    const range = parseRange(item, field);
    if (range === undefined) return err(badField(item, text, field));
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
    star ||= range.star;
  }
  return ok({ values, star });
}

function badField(item: string, text: string, { name, min, max, names }: Field): string {
  const words = names === undefined ? '' : ` or ${names[0]} to ${names.at(-1)}`;
  return `\`${item === '' ? text : item}\` is no ${name}: it takes ${min} to ${max}${words}, as *, n, n-m or with /step`;
}

function parseRange(text: string, field: Field) {
  const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, star, from, to, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  const first = from === undefined ? field.min : parseValue(from, field);
  const open = from === undefined || (to === undefined && stepText !== undefined);
  const last = open ? field.max : to === undefined ? first : parseValue(to, field);
  if (!(step >= 1 && first >= field.min && last <= field.max && first <= last)) return undefined;
  return { first, last, step, star: star !== undefined && step === 1 };
}

/** NaN for what is neither a number nor a name. */
function parseValue(text: string, { min, names }: Field): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function isOnDay(schedule: CronSchedule, day: number): boolean {
  const date = new Date(day * DAY_MS);
  if (!schedule.months.has(date.getUTCMonth() + 1)) return false;
  const ofMonth = schedule.daysOfMonth.has(date.getUTCDate());
  const ofWeek = schedule.weekdays.has(date.getUTCDay());
  return schedule.bothDays ? ofMonth && ofWeek : ofMonth || ofWeek;
}

/** The latest start at or before a wall-clock time (ms, as if it were UTC); undefined for times that no calendar reaches. */
export function startAtOrBefore(schedule: CronSchedule, wall: number): number | undefined {
  const today = Math.floor(wall / DAY_MS);
  for (let day = today; day >= today - RAREST_DAYS; day--) {
    if (!isOnDay(schedule, day)) continue;
    const minute = schedule.minutes.findLast((start) => day * DAY_MS + start * MINUTE_MS <= wall);
    if (minute !== undefined) return day * DAY_MS + minute * MINUTE_MS;
  }
  return undefined;
}

/** The first start after a wall-clock time (ms). */
export function startAfter(schedule: CronSchedule, wall: number): number | undefined {
  const today = Math.floor(wall / DAY_MS);
  for (let day = today; day <= today + RAREST_DAYS; day++) {
    const last = day * DAY_MS + (schedule.minutes.at(-1) ?? 0) * MINUTE_MS;
    if (last <= wall || !isOnDay(schedule, day)) continue;
    const minute = schedule.minutes.find((start) => day * DAY_MS + start * MINUTE_MS > wall);
    if (minute !== undefined) return day * DAY_MS + minute * MINUTE_MS;
  }
  return undefined;
}

/**
 * When the time covered since `start` ends, where each start covers `duration` ms: starts that follow within it prolong it.
 * undefined when that is not within `horizon` ms.
 */
export function endOfCover(
  schedule: CronSchedule,
  options: { readonly start: number; readonly duration: number; readonly horizon: number },
): number | undefined {
  const { duration } = options;
  let start: number | undefined = options.start;
  while (start - options.start <= options.horizon) {
    const last = lastOfDay(schedule, start, duration);
    const next = startAfter(schedule, last);
    if (next === undefined || next - last > duration) return last + duration;
    start = next;
  }
  return undefined;
}

/** Of the starts of one day that follow each other within `duration`, from `start` on: the last. */
function lastOfDay(schedule: CronSchedule, start: number, duration: number): number {
  const midnight = Math.floor(start / DAY_MS) * DAY_MS;
  if (schedule.widestGap <= duration) return midnight + (schedule.minutes.at(-1) ?? 0) * MINUTE_MS;
  let last = start;
  for (const minute of schedule.minutes) {
    const next = midnight + minute * MINUTE_MS;
    if (next <= last) continue;
    if (next - last > duration) break;
    last = next;
  }
  return last;
}
