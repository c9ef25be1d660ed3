import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../../core/api/control.ts';
import { chooseEntry, computeTimeline, toComparison } from '../../../ui/app/history/timeline.ts';

const deployment = (n: number, parts: Partial<Deployment> = {}): Deployment => ({
  n,
  entry: `e${n}`,
  time: new Date(2026, 10, 21 - n, 12).getTime(),
  revision: `${n}`.repeat(40),
  subject: `change ${n}`,
  author: 'Ana',
  bundle: `sha256:${n}`,
  generation: 10 - n,
  action: 'deploy',
  ...parts,
});

describe('the timeline', () => {
  test('is by day, newest first, and says what runs now', () => {
    const days = computeTimeline([deployment(0), deployment(1), deployment(2, { time: new Date(2026, 10, 20, 8).getTime() })]);
    expect(days.map(({ day, entries }) => [day, entries.length])).toEqual([
      ['2026-11-21', 1],
      ['2026-11-20', 2],
    ]);
    expect(days[0]?.entries[0]?.isCurrent).toBe(true);
  });

  test('says who rolled back and why, and that nobody did', () => {
    const [day] = computeTimeline([
      deployment(0, { action: 'rollback', actor: 'ana', reason: 'checkout\u202e fails' }),
      deployment(0, { action: 'rollback', reason: 'not Healthy in 5 min' }),
      deployment(0),
    ]);
    expect(day?.entries.map(({ decision }) => decision)).toEqual([
      'Rolled back by ana: checkout\ufffd fails',
      'Rolled back automatically: not Healthy in 5 min',
      undefined,
    ]);
  });

  test.each([
    [{ outcome: 'synced', health: 'Healthy' }, 'good'],
    [{ outcome: 'synced', health: 'Progressing' }, 'running'],
    [{ outcome: 'synced', health: 'Degraded' }, 'bad'],
    [{ outcome: 'failed', health: 'Healthy' }, 'bad'],
    [{ outcome: 'held' }, 'waiting'],
    [{}, 'unknown'],
  ] as const)('of %j is %s', (parts, outcome) => {
    expect(computeTimeline([deployment(0, parts)])[0]?.entries[0]?.outcome).toBe(outcome);
  });
});

describe('comparing', () => {
  const all = [deployment(0), deployment(1), deployment(2)];

  test('goes from the earlier to the later, however they were chosen', () => {
    expect(toComparison(all, ['e0', 'e2'])).toMatchObject({ from: { entry: 'e2' }, to: { entry: 'e0' } });
    expect(toComparison(all, ['e2', 'e0'])).toMatchObject({ from: { entry: 'e2' }, to: { entry: 'e0' } });
    expect(toComparison(all, ['e2'])).toBeUndefined();
  });

  test('keeps the two that were chosen last', () => {
    expect(['e0', 'e1', 'e2'].reduce<readonly string[]>(chooseEntry, [])).toEqual(['e1', 'e2']);
    expect(chooseEntry(['e1', 'e2'], 'e1')).toEqual(['e2']);
  });
});
