import { describe, expect, it } from 'vitest';
import type { SyncWindow } from '../../../core/app/policy.ts';
import { checkWindows, type WindowAnswer, type WindowQuestion } from '../../../core/window/check-windows.ts';

/** A Saturday. */
const NOW = Date.parse('2026-11-21T11:30Z');
const MINUTE = 60_000;

type Options = Pick<SyncWindow, 'manualSync' | 'syncOverrun' | 'timeZone'>;
const open = (kind: SyncWindow['kind'], options: Options = {}): SyncWindow => ({
  kind,
  schedule: '0 11 * * *',
  durationSeconds: 3600,
  ...options,
});
const closed = (kind: SyncWindow['kind'], options: Options = {}): SyncWindow => ({
  kind,
  schedule: '0 18 * * *',
  durationSeconds: 3600,
  ...options,
});
/** Closed since 20 minutes, opened 50 minutes ago. */
const over = (kind: SyncWindow['kind'], options: Options = {}): SyncWindow => ({
  kind,
  schedule: '40 10 * * *',
  durationSeconds: 1800,
  ...options,
});
const manualSync = true;
const syncOverrun = true;
const auto = { now: NOW, by: 'auto' } as const;
const manual = { now: NOW, by: 'manual' } as const;

function says(windows: readonly SyncWindow[], question: WindowQuestion): string {
  const answer = checkWindows(windows, question);
  return answer.allowed ? 'yes' : answer.problem.message;
}
const may = (windows: readonly SyncWindow[], question: WindowQuestion) => checkWindows(windows, question).allowed;

describe('a sync that begins', () => {
  it.each<[string, readonly SyncWindow[], { readonly auto: boolean; readonly manual: boolean }]>([
    ['without windows', [], { auto: true, manual: true }],
    ['beside a closed deny', [closed('deny')], { auto: true, manual: true }],
    ['beside a closed deny with manualSync', [closed('deny', { manualSync })], { auto: true, manual: true }],
    ['in an open allow', [open('allow')], { auto: true, manual: true }],
    ['in an open allow with manualSync', [open('allow', { manualSync })], { auto: true, manual: true }],
    ['in an open allow, one more being closed', [open('allow'), closed('allow')], { auto: true, manual: true }],
    ['in an open allow beside a closed deny', [open('allow'), closed('deny')], { auto: true, manual: true }],
    ['outside its allow', [closed('allow')], { auto: false, manual: false }],
    ['outside its allow with manualSync', [closed('allow', { manualSync })], { auto: false, manual: true }],
    [
      'outside allows of which one lacks manualSync',
      [closed('allow', { manualSync }), closed('allow')],
      { auto: false, manual: false },
    ],
    ['outside its allow and its deny', [closed('allow'), closed('deny')], { auto: false, manual: false }],
    [
      'outside its allow, the closed deny having manualSync',
      [closed('allow'), closed('deny', { manualSync })],
      { auto: false, manual: false },
    ],
    ['in an open deny', [open('deny')], { auto: false, manual: false }],
    ['in an open deny with manualSync', [open('deny', { manualSync })], { auto: false, manual: true }],
    [
      'in open denies of which one lacks manualSync',
      [open('deny', { manualSync }), open('deny'), open('deny', { manualSync })],
      { auto: false, manual: false },
    ],
    ['in an open deny and an open allow', [open('allow'), open('deny')], { auto: false, manual: false }],
    ['in both, the allow having manualSync', [open('allow', { manualSync }), open('deny')], { auto: false, manual: false }],
    ['in both, the deny having manualSync', [open('allow'), open('deny', { manualSync })], { auto: false, manual: true }],
    [
      'in an open deny with manualSync, outside its allow',
      [closed('allow'), open('deny', { manualSync })],
      { auto: false, manual: true },
    ],
  ])('%s', (_, windows, expected) => expect({ auto: may(windows, auto), manual: may(windows, manual) }).toEqual(expected));

  it('gains nothing by syncOverrun', () => {
    expect(may([open('deny', { syncOverrun })], auto)).toBe(false);
    expect(may([closed('allow', { syncOverrun })], auto)).toBe(false);
  });
});

describe('a sync that runs', () => {
  const since = (minutes: number, by: 'auto' | 'manual' = 'auto'): WindowQuestion => ({
    now: NOW,
    by,
    startedAt: NOW - minutes * MINUTE,
  });

  it.each<[string, readonly SyncWindow[], number, boolean]>([
    ['since before a deny opened, goes on with its syncOverrun', [open('deny', { syncOverrun })], 40, true],
    ['since before a deny opened, pauses without', [open('deny')], 40, false],
    ['since before two denies opened, pauses when one lacks it', [open('deny', { syncOverrun }), open('deny')], 40, false],
    [
      'since before two denies opened, goes on when both have it',
      [open('deny', { syncOverrun }), open('deny', { syncOverrun })],
      40,
      true,
    ],
    ['that began inside the deny, pauses', [open('deny', { syncOverrun })], 10, false],
    ['that began outside every allow, pauses', [closed('allow'), open('deny', { syncOverrun })], 40, false],
    ['since an allow that has closed, goes on with its syncOverrun', [over('allow', { syncOverrun })], 40, true],
    ['since an allow that has closed, pauses without', [over('allow')], 40, false],
    ['since allows that have closed, pauses when one lacks it', [over('allow', { syncOverrun }), over('allow')], 40, false],
    [
      'since allows that have closed, goes on when all have it',
      [over('allow', { syncOverrun }), over('allow', { syncOverrun })],
      40,
      true,
    ],
    [
      'since an allow that has closed, pauses when another allow that was not open lacks it',
      [over('allow', { syncOverrun }), closed('allow')],
      40,
      false,
    ],
    ['goes on in an allow that is open, whatever has closed', [over('allow'), open('allow')], 40, true],
    ['from an allow into a deny, goes by the deny: yes', [over('allow'), open('deny', { syncOverrun })], 40, true],
    ['from an allow into a deny, goes by the deny: no', [over('allow', { syncOverrun }), open('deny')], 40, false],
    [
      'in an allow and a deny that opened since, goes on',
      [{ ...open('allow'), durationSeconds: 7200, schedule: '0 10 * * *' }, open('deny', { syncOverrun })],
      40,
      true,
    ],
  ])('%s', (_, windows, minutes, expected) => expect(may(windows, since(minutes))).toBe(expected));

  it('begun by a person where only a person might begin it, goes on as such', () => {
    const windows = [over('deny', { manualSync }), open('deny', { syncOverrun })];
    expect(may(windows, since(40, 'manual'))).toBe(true);
    expect(may(windows, since(40, 'auto'))).toBe(false);
  });

  it('is judged by the clocks of when it began, not by those of now', () => {
    // Berlin leaves summer time at 01:00 UTC. The deny opens at 03:00 there, 02:00 UTC; by the offset of then, 02:30 was no part of it.
    const windows: SyncWindow[] = [
      { kind: 'deny', schedule: '0 3 * * *', durationSeconds: 7200, timeZone: 'Europe/Berlin', syncOverrun },
    ];
    const now = Date.parse('2026-10-25T02:10Z');
    expect(may(windows, { now, by: 'auto', startedAt: Date.parse('2026-10-25T00:55Z') })).toBe(true);
    expect(may(windows, { now, by: 'auto', startedAt: Date.parse('2026-10-25T02:05Z') })).toBe(false);
  });
});

describe('the answer turns', () => {
  const turn = (answer: WindowAnswer) => {
    const time = answer.allowed ? answer.endsAt : answer.until;
    return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
  };

  it.each<[string, readonly SyncWindow[], string | undefined]>([
    ['never, without windows', [], undefined],
    ['when the allow opens', [closed('allow')], '2026-11-21T18:00'],
    ['when the allow closes', [open('allow')], '2026-11-21T12:00'],
    ['when the deny opens', [closed('deny')], '2026-11-21T18:00'],
    ['when the last of the denies closes', [open('deny'), { ...open('deny'), durationSeconds: 5400 }], '2026-11-21T12:30'],
    ['not when a deny closes outside the allow', [open('deny'), closed('allow')], '2026-11-21T18:00'],
    ['not when one of two allows closes', [open('allow'), { ...open('allow'), durationSeconds: 5400 }], '2026-11-21T12:30'],
    ['not when an allow follows another', [open('allow'), { ...open('allow'), schedule: '0 12 * * *' }], '2026-11-21T13:00'],
    ['in years, when it must', [{ ...closed('allow'), schedule: '0 0 29 2 *' }], '2028-02-29T00:00'],
    ['never, when a deny never closes', [{ ...open('deny'), schedule: '* * * * *' }, closed('allow')], undefined],
  ])('%s', (_, windows, expected) => expect(turn(checkWindows(windows, auto))).toBe(expected));

  it('for a person at other times than for nobody', () => {
    const windows = [open('deny', { manualSync }), { ...closed('deny'), schedule: '0 12 * * *' }];
    expect(turn(checkWindows(windows, manual))).toBe('2026-11-21T12:00');
    expect(turn(checkWindows(windows, auto))).toBe('2026-11-21T13:00');
  });
});

describe('people read', () => {
  it('until when, by the clock of the window, and who may sync all the same', () => {
    expect(says([closed('allow', { timeZone: 'Europe/Berlin' })], auto)).toBe(
      'outside sync window until 2026-11-21 18:00 Europe/Berlin',
    );
    expect(says([open('deny', { manualSync })], auto)).toBe(
      'inside a sync window that denies until 2026-11-21 12:00 UTC; a person may sync',
    );
  });

  it('that no end is in sight', () =>
    expect(says([{ ...open('deny'), schedule: '* * * * *' }], auto)).toContain('none of the next changes allows it'));
});

it('a window that cannot be read allows nothing, as upstream, and says what is wrong with it', () => {
  const answer = checkWindows([open('allow'), { ...closed('deny'), timeZone: 'Mars/Phobos' }], manual);
  expect(answer.allowed ? 'yes' : answer.problem.code).toBe('app.invalid');
});
