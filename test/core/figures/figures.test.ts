import { describe, expect, test } from 'vitest';
import { computeFigures, type DeploymentRecord, median } from '../../../core/figures/figures.ts';

const DAY = 24 * 60 * 60_000;
const NOW = Date.UTC(2026, 10, 21, 15);
const record = (more: Partial<DeploymentRecord>): DeploymentRecord => ({
  ...{ app: 'web', project: 'default', kind: 'deploy', revision: 'a'.repeat(40), doneAt: NOW },
  ...more,
});
const figures = (...records: DeploymentRecord[]) => computeFigures(records, { days: 3, now: NOW });

test('a span without deployments has no rates, and a series of zeros', () => {
  expect(figures()).toEqual({
    ...{ days: 3, deployments: 0, perDay: 0 },
    series: ['2026-11-19', '2026-11-20', '2026-11-21'].map((day) => ({ day, deployments: 0, failed: 0 })),
  });
});

test('deployments are counted by the day (UTC) on which they ended, today among the days', () => {
  const counted = figures(
    record({}),
    record({ doneAt: NOW - DAY }),
    record({ doneAt: Date.UTC(2026, 10, 19) }),
    record({ doneAt: Date.UTC(2026, 10, 19) - 1 }),
  );
  expect(counted.deployments).toBe(3);
  expect(counted.perDay).toBe(1);
  expect(counted.series.map((day) => day.deployments)).toEqual([1, 1, 1]);
});

test('what was never synced and rollbacks are no deployments', () => {
  const { doneAt: _doneAt, ...waiting } = record({});
  expect(figures(waiting, record({ kind: 'rollback' })).deployments).toBe(0);
});

describe('lead time', () => {
  test('is the median from commit to Healthy, of those that became so', () => {
    const lead = (ms: number) => record({ committedAt: NOW - ms, healthyAt: NOW });
    expect(figures(lead(1000), lead(5000), lead(3000), record({ committedAt: NOW - 9000 })).leadMs).toBe(3000);
    expect(figures(lead(1000), lead(3000)).leadMs).toBe(2000);
    expect(figures(record({})).leadMs).toBeUndefined();
  });

  test('is not negative when the committer had a clock that was ahead', () => {
    expect(figures(record({ committedAt: NOW + 5000, healthyAt: NOW })).leadMs).toBe(0);
  });
});

test('the failure rate is the share of deployments that failed, and restoring is counted from the failure', () => {
  const counted = figures(record({}), record({}), record({ failedAt: NOW, restoredAt: NOW + 60_000 }), record({ failedAt: NOW }));
  expect(counted.failureRate).toBe(0.5);
  expect(counted.restoreMs).toBe(60_000);
  expect(counted.series.at(-1)).toEqual({ day: '2026-11-21', deployments: 4, failed: 2 });
});

test('the median of nothing is nothing', () => {
  expect([median([]), median([4]), median([9, 1]), median([9, 1, 2])]).toEqual([undefined, 4, 5, 2]);
});
