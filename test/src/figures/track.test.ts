import { beforeEach, expect, test } from 'vitest';
import type { AppStatus, HealthStatus, SyncStatus } from '../../../core/app/status.ts';
import { computeFigures } from '../../../core/figures/figures.ts';
import type { Deploy, LedgerChange } from '../../../core/ledger/entry.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { dueMarks, FIGURES_MIGRATIONS, listDeployments, trackDeployments } from '../../../src/figures/track.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import type { Sql } from '../../../src/platform/sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

const START = Date.UTC(2026, 10, 21, 12);
let sql: Sql;
let now: number;
beforeEach(() => {
  sql = createNodeSql();
  migrate(sql, { figures: FIGURES_MIGRATIONS });
  now = START;
});

/** Only the fields that are looked at; the others belong to other tests. */
const deploy = (n: number, as: Deploy['as'] = 'deploy') =>
  ({
    kind: 'deploy',
    as,
    app: { id: 'web', project: 'shop' },
    revision: String(n).repeat(40),
    bundle: `sha256:${n}`,
  }) as unknown as LedgerChange;
const receipt = (n: number, outcome: Receipt['outcome'], health: HealthStatus = 'Progressing', dryRun = false) =>
  ({
    kind: 'receipt',
    receipt: { app: 'web', bundle: `sha256:${n}`, outcome, health: { status: health }, ...(dryRun ? { dryRun } : {}) },
  }) as unknown as LedgerChange;
const status = (n: number, health: HealthStatus, sync: SyncStatus = 'Synced') =>
  ({ app: 'web', bundle: `sha256:${n}`, sync, health: { status: health } }) as unknown as AppStatus;

/** One decision, a minute after the one before. */
function decide(changes: readonly LedgerChange[], statuses: readonly AppStatus[] = []): void {
  now += 60_000;
  trackDeployments(sql, { changes, statuses, now, committedAt: () => now - 1_000 });
}
const records = () => listDeployments(sql, { since: 0 });
const figures = () => computeFigures(records(), { days: 1, now });
const marks = () => dueMarks(sql, now + 60_000)?.notes.map(({ action }) => action) ?? [];

test('a deployment counts once its sync has ended, and leads until it is Healthy', () => {
  decide([deploy(1)]);
  expect(records()).toEqual([]);
  decide([receipt(1, 'synced')]);
  expect(figures()).toMatchObject({ deployments: 1, failureRate: 0 });
  expect(figures().leadMs).toBeUndefined();
  decide([], [status(1, 'Progressing')]);
  decide([], [status(1, 'Healthy')]);
  expect(figures().leadMs).toBe(3 * 60_000 + 1_000);
  decide([], [status(1, 'Healthy')]);
  expect(figures().leadMs).toBe(3 * 60_000 + 1_000);
});

test('what a receipt says is in the ledger already: only a later Healthy is marked, once', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy')], [status(1, 'Healthy')]);
  expect(marks()).toEqual([]);
  decide([deploy(2)]);
  decide([receipt(2, 'synced')]);
  decide([], [status(2, 'Healthy')]);
  decide([], [status(2, 'Progressing')]);
  decide([], [status(2, 'Healthy')]);
  expect(marks()).toEqual(['healthy']);
});

test('a status of the bundle before, or of one that is not applied yet, says nothing of the new one', () => {
  decide([deploy(1)]);
  decide([deploy(2)]);
  decide([], [status(1, 'Healthy'), status(2, 'Healthy', 'OutOfSync')]);
  expect(records()).toEqual([]);
});

test('dry runs and changes of policy are no deployments', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy', true)]);
  expect(records()).toEqual([]);
  decide([receipt(1, 'synced', 'Healthy')]);
  decide([deploy(2, 'policy')]);
  decide([deploy(1)]);
  expect(records()).toHaveLength(1);
});

test('a failed sync is a failure, restored when a retry makes the App Healthy', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'failed')]);
  decide([receipt(1, 'synced')]);
  decide([], [status(1, 'Healthy')]);
  expect(figures()).toMatchObject({ deployments: 1, failureRate: 1, restoreMs: 2 * 60_000 });
});

test('a failed sync after a good one of the same bundle is no failure of the change', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy')]);
  decide([receipt(1, 'failed')]);
  expect(figures().failureRate).toBe(0);
});

test('an App that becomes Degraded is a failure until it is Healthy, however often it flaps', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy')]);
  for (const health of ['Degraded', 'Progressing', 'Degraded', 'Healthy', 'Degraded', 'Healthy'] as const)
    decide([], [status(1, health)]);
  expect(figures()).toMatchObject({ deployments: 1, failureRate: 1, restoreMs: 3 * 60_000 });
  expect(marks()).toEqual(['degraded', 'healthy']);
});

test('a rollback makes a failure of what it ends, and restores it when the App is Healthy', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy')]);
  decide([deploy(2)]);
  decide([receipt(2, 'synced', 'Healthy')]);
  decide([deploy(1, 'rollback')]);
  decide([receipt(1, 'synced', 'Healthy')]);
  expect(figures()).toMatchObject({ deployments: 2, failureRate: 0.5, restoreMs: 60_000 });
});

test('a revert makes a failure of the commit that it undoes', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced', 'Healthy')]);
  decide([{ kind: 'note', app: 'web', action: 'revert', text: 'revert', revision: '1'.repeat(40) }]);
  decide([deploy(2)]);
  decide([receipt(2, 'synced', 'Healthy')]);
  expect(figures()).toMatchObject({ deployments: 2, failureRate: 0.5, restoreMs: 2 * 60_000 });
});

test('marks wait for each other, and go once', () => {
  decide([deploy(1)]);
  decide([receipt(1, 'synced')]);
  decide([], [status(1, 'Healthy')]);
  expect(dueMarks(sql, now + 1_000)).toBeUndefined();
  const due = dueMarks(sql, now + 31_000);
  expect(due?.notes).toEqual([
    { kind: 'note', app: 'web', action: 'healthy', text: 'healthy with 1111111', revision: '1'.repeat(40), time: now },
  ]);
  due?.done();
  expect(dueMarks(sql, now + 31_000)).toBeUndefined();
});

test('of an App the newest five hundred are remembered', () => {
  for (let n = 1; n <= 520; n++) {
    decide([deploy(n)]);
    decide([receipt(n, 'synced', 'Healthy')]);
  }
  expect(records()).toHaveLength(500);
  expect(listDeployments(sql, { app: 'other', since: 0 })).toEqual([]);
});
