import { describe, expect, it } from 'vitest';
import { type CronSchedule, endOfCover, parseCron, startAfter, startAtOrBefore } from '../../../core/window/cron-schedule.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const HORIZON = 400 * DAY;
const at = (text: string) => Date.parse(`${text}Z`);
const says = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 16));

function schedule(text: string): CronSchedule {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe('a schedule starts next', () => {
  it.each([
    ['0 18 * * *', '2026-11-21T11:30', '2026-11-21T18:00'],
    ['0 18 * * *', '2026-11-21T18:00', '2026-11-22T18:00'],
    ['*/15 * * * *', '2026-11-21T11:30', '2026-11-21T11:45'],
    ['5/20 * * * *', '2026-11-21T11:30', '2026-11-21T11:45'],
    ['10-30/10 8-9 * * *', '2026-11-21T08:30', '2026-11-21T09:10'],
    ['0 0 1 JAN *', '2026-11-21T11:30', '2027-01-01T00:00'],
    ['0 0 * * sun', '2026-11-21T11:30', '2026-11-22T00:00'],
    ['0 9 * * mon-fri', '2026-11-21T11:30', '2026-11-23T09:00'],
    ['0 0 ? * 1,3', '2026-11-21T11:30', '2026-11-23T00:00'],
    ['0 0 29 2 *', '2026-11-21T11:30', '2028-02-29T00:00'],
    ['0 0 29 2 *', '2096-03-01T00:00', '2104-02-29T00:00'],
  ])('%s after %s at %s', (text, from, expected) => expect(says(startAfter(schedule(text), at(from)))).toBe(expected));

  it('on a day that either of two given day fields names, and on one that both name if one is a star', () => {
    expect(says(startAfter(schedule('0 0 1 * mon'), at('2026-11-21T11:30')))).toBe('2026-11-23T00:00');
    expect(says(startAfter(schedule('0 0 1 * */1'), at('2026-11-21T11:30')))).toBe('2026-12-01T00:00');
    // A step makes the star a list: Sunday, Tuesday, Thursday, Saturday, or the first.
    expect(says(startAfter(schedule('0 0 1 * */2'), at('2026-11-22T11:30')))).toBe('2026-11-24T00:00');
  });
});

it('a schedule started last at or before a time', () => {
  expect(says(startAtOrBefore(schedule('0 18 * * *'), at('2026-11-21T18:00')))).toBe('2026-11-21T18:00');
  expect(says(startAtOrBefore(schedule('0 18 * * *'), at('2026-11-21T17:59')))).toBe('2026-11-20T18:00');
  expect(says(startAtOrBefore(schedule('0 0 29 2 *'), at('2103-12-31T00:00')))).toBe('2096-02-29T00:00');
});

describe('what starts again before it has ended', () => {
  const end = (text: string, start: string, minutes: number) =>
    says(endOfCover(schedule(text), { start: at(start), duration: minutes * MINUTE, horizon: HORIZON }));

  it('is prolonged', () => expect(end('0-40/20 10 * * *', '2026-11-21T10:00', 25)).toBe('2026-11-21T11:05'));
  it('is prolonged by a start at its very end', () =>
    expect(end('0,20 10 * * *', '2026-11-21T10:00', 20)).toBe('2026-11-21T10:40'));
  it('is not prolonged by a later start', () => expect(end('0,20 10 * * *', '2026-11-21T10:00', 19)).toBe('2026-11-21T10:19'));
  it('is prolonged over midnight', () => expect(end('0 */6 * * 6,0', '2026-11-21T00:00', 420)).toBe('2026-11-23T01:00'));
  it('never ends when it never pauses', () => {
    expect(end('* * * * *', '2026-11-21T11:30', 1)).toBeUndefined();
    expect(end('0 12 * * *', '2026-11-21T12:00', 24 * 60)).toBeUndefined();
  });
  it('ends with the months that it names', () => expect(end('* * * 1-11 *', '2026-01-01T00:00', 1)).toBe('2026-12-01T00:00'));
});

describe('a schedule is refused, with the field named,', () => {
  it.each([
    ['', 'five fields'],
    ['* * * *', 'here are 4'],
    ['0 0 * * * *', 'here are 6'],
    ['60 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['* * 0 * *', 'day of month'],
    ['* * 32 * *', 'day of month'],
    ['* * * 13 *', 'month'],
    ['* * * foo *', 'month'],
    ['* * * * 7', 'day of week'],
    ['* * * * fri-mon', 'day of week'],
    ['*/0 * * * *', 'minute'],
    ['1-2-3 * * * *', 'minute'],
    ['1/2/3 * * * *', 'minute'],
    ['-1 * * * *', 'minute'],
    ['+1 * * * *', 'minute'],
    ['1.5 * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    [', * * * *', 'minute'],
    ['@daily', '0 0 * * *'],
    ['@every 1h', 'five fields'],
    ['TZ=Europe/Berlin 0 0 * * *', 'timeZone'],
    ['CRON_TZ=Europe/Berlin', 'timeZone'],
    ['0 0 31 2 *', 'never comes'],
    ['0 0 31 2,4,6,9,11 *', 'never comes'],
  ])('%s', (text, part) => {
    const parsed = parseCron(text);
    expect(parsed.ok ? 'accepted' : parsed.error).toContain(part);
  });

  it('but 31 February or any Monday has its Mondays', () => expect(parseCron('0 0 31 2 1').ok).toBe(true));
});
