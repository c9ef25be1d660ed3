import { describe, expect, it } from 'vitest';
import type { SyncWindow } from '../../../core/app/policy.ts';
import { isOpen, nextChange, type OpenTimes, parseWindow } from '../../../core/window/window-state.ts';

const HOUR = 3600;
const at = (text: string) => Date.parse(text);
const says = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 19));

function times(schedule: string, hours: number, timeZone?: string): OpenTimes {
  const window: SyncWindow = { kind: 'allow', schedule, durationSeconds: hours * HOUR };
  const parsed = parseWindow(timeZone === undefined ? window : { ...window, timeZone });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** The openings and closings after a time. */
function changes(open: OpenTimes, from: string, count: number): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let time: number | undefined = at(from);
  while (time !== undefined && found.length < count) {
    time = nextChange(open, time);
    found.push(says(time));
  }
  return found;
}

describe('a window', () => {
  it('is open from its start on, and not at its end', () => {
    const window = times('0 10 * * *', 2);
    expect(['09:59:59', '10:00:00', '11:59:59', '12:00:00'].map((t) => isOpen(window, at(`2026-11-21T${t}Z`)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('stays open for its duration after each of its starts', () => {
    const window = times('* 10 * * *', 2);
    expect(changes(window, '2026-11-21T00:00Z', 2)).toEqual(['2026-11-21T10:00:00', '2026-11-21T12:59:00']);
  });

  it('goes over midnight, the month and the year', () => {
    const window = times('0 22 31 12 *', 8);
    expect(isOpen(window, at('2027-01-01T05:59Z'))).toBe(true);
    expect(changes(window, '2026-11-21T00:00Z', 2)).toEqual(['2026-12-31T22:00:00', '2027-01-01T06:00:00']);
  });

  it('may be longer than the time between its starts, and then never closes', () => {
    expect(nextChange(times('0 0 * * *', 30), at('2026-11-21T11:30Z'))).toBeUndefined();
    expect(nextChange(times('* * * * *', 1, 'Europe/Berlin'), at('2026-11-21T11:30Z'))).toBeUndefined();
  });

  it('goes by the clocks of its zone, those with half hours too', () => {
    expect(changes(times('0 18 * * *', 2, 'Europe/Berlin'), '2026-11-21T11:30Z', 2)).toEqual([
      '2026-11-21T17:00:00',
      '2026-11-21T19:00:00',
    ]);
    expect(changes(times('0 18 * * *', 2, 'Asia/Kolkata'), '2026-11-21T11:30Z', 1)).toEqual(['2026-11-21T12:30:00']);
    expect(changes(times('0 18 * * *', 2, ''), '2026-11-21T11:30Z', 1)).toEqual(['2026-11-21T18:00:00']);
  });
});

describe('when the clocks change (Berlin, 2026: forward on 29 March at 01:00 UTC, back on 25 October at 01:00 UTC)', () => {
  it('a window over that night ends at the same time on the wall: an hour shorter or longer', () => {
    const night = times('0 22 * * *', 8, 'Europe/Berlin');
    expect(changes(night, '2026-03-28T12:00Z', 2)).toEqual(['2026-03-28T21:00:00', '2026-03-29T04:00:00']);
    expect(changes(night, '2026-10-24T12:00Z', 2)).toEqual(['2026-10-24T20:00:00', '2026-10-25T05:00:00']);
  });

  it('a window that begins in the hour that is left out opens when the clocks go forward', () =>
    expect(changes(times('30 2 * * *', 1, 'Europe/Berlin'), '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00:00',
      '2026-03-29T01:30:00',
    ]));

  it('a window within the hour that is left out does not open', () =>
    expect(changes(times('0 2 * * *', 0.5, 'Europe/Berlin'), '2026-03-28T12:00Z', 1)).toEqual(['2026-03-30T00:00:00']));

  it('a window in the hour that comes twice is open twice', () =>
    expect(changes(times('30 2 * * *', 1, 'Europe/Berlin'), '2026-10-24T12:00Z', 4)).toEqual([
      '2026-10-25T00:30:00',
      '2026-10-25T01:00:00',
      '2026-10-25T01:30:00',
      '2026-10-25T02:30:00',
    ]));

  it('a change of half an hour is as good (Lord Howe)', () =>
    expect(changes(times('45 1 * * *', 1, 'Australia/Lord_Howe'), '2026-10-03T00:00Z', 2)).toEqual([
      '2026-10-03T15:15:00',
      '2026-10-03T15:45:00',
    ]));

  it('a start beyond many changes is found at its own offset', () =>
    expect(changes(times('0 0 29 2 *', 1, 'America/New_York'), '2026-11-21T00:00Z', 1)).toEqual(['2028-02-29T05:00:00']));
});

describe('a window is refused', () => {
  const window: SyncWindow = { kind: 'deny', schedule: '0 0 * * *', durationSeconds: 60 };
  it.each<[string, Partial<SyncWindow>]>([
    ['with a schedule that is none', { schedule: '0 0 * *' }],
    ['with a schedule that never comes (upstream: always open)', { schedule: '0 0 30 2 *' }],
    ['with a zone that nobody knows (upstream: UTC)', { timeZone: 'Mars/Phobos' }],
    ['with a zone that is the machine’s own', { timeZone: 'Local' }],
    ['without a duration', { durationSeconds: 0 }],
  ])('%s', (_, change) => {
    const parsed = parseWindow({ ...window, ...change }, 'AppProject shop');
    expect(parsed.ok ? 'accepted' : [parsed.error.code, parsed.error.where]).toEqual(['app.invalid', 'AppProject shop']);
  });
});

it('every change that is foreseen is one, and none is missed in between (seeded)', () => {
  let seed = 20_261_121;
  const random = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((seed / 4_294_967_296) * below);
  };
  const pick = <T>(from: readonly [T, ...T[]]): T => from[random(from.length)] ?? from[0];
  for (let round = 0; round < 300; round++) {
    const days = pick(['* * *', `${1 + random(28)} * *`, `* * ${random(7)}`, `*/${1 + random(9)} * 1-5`, '29 2 *']);
    const text = `${pick(['*', '0', `${random(60)}`, `*/${1 + random(30)}`])} ${pick(['*', `${random(24)}`, '22-23'])} ${days}`;
    const zone = pick(['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']);
    const window = times(text, pick([0.5, 1, 8, 26, 24 * 40]), zone);
    const from = Date.UTC(2026, random(24), 1 + random(28), random(24), random(60), random(60));
    const change = nextChange(window, from);
    const before = isOpen(window, from);
    const label = `${text} ${zone} from ${says(from)}`;
    if (change === undefined) {
      expect(before, label).toBe(true);
      continue;
    }
    expect([isOpen(window, change), isOpen(window, change - 1)], label).toEqual([!before, before]);
    for (let probe = 0; probe < 20; probe++) expect(isOpen(window, from + random(change - from)), label).toBe(before);
  }
});
