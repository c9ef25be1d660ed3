import { beforeEach, describe, expect, test } from 'vitest';
import type { LedgerChange } from '../../../core/ledger/entry.ts';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { listCounters, putCounters } from '../../../src/metrics/board-counters.ts';
import { countDecision, readClusterCounters } from '../../../src/metrics/cluster-counters.ts';
import { createFleetMeter } from '../../../src/metrics/fleet-meter.ts';
import type { Rendered, RenderJob, RepositoryPort } from '../../../src/platform/ports.ts';
import type { Sql } from '../../../src/platform/sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

let sql: Sql;
let writes: number;
beforeEach(() => {
  const made = createNodeSql();
  made.run('CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
  made.run('CREATE TABLE request (id TEXT PRIMARY KEY)');
  writes = 0;
  sql = {
    ...made,
    run(statement, ...values) {
      writes += 1;
      made.run(statement, ...values);
    },
  };
});

// Only the fields that are counted.
const receipt = (more: Partial<Receipt>) =>
  ({ kind: 'receipt', receipt: { outcome: 'synced', startedAt: 1_000, finishedAt: 3_000, ...more } }) as unknown as LedgerChange;

describe('a cluster', () => {
  test('counts syncs by outcome, their time, drift and rollbacks', () => {
    countDecision(sql, {
      changes: [receipt({}), receipt({ outcome: 'failed', finishedAt: 1_050 }), receipt({ outcome: 'held' })],
      events: [{ notice: 'drift-found' }, { notice: 'drift-healed' }, { notice: 'drift-healed' }, { notice: 'sync-failed' }, {}],
    });
    const counters = readClusterCounters(sql);
    expect(counters).toMatchObject({ syncs: { synced: 1, failed: 1, held: 1 }, drift: { found: 1, healed: 2 }, openRequests: 0 });
    expect(counters.syncSeconds.sum).toBeCloseTo(2.05);
    expect(writes).toBe(1);
  });

  test('counts no rehearsal and no removal, and writes nothing when there is nothing to count', () => {
    countDecision(sql, { changes: [receipt({ dryRun: true }), receipt({ outcome: 'removed' })], events: [{}] });
    expect(writes).toBe(0);
  });

  test('whose agent had its clock set back took no negative time', () => {
    countDecision(sql, { changes: [receipt({ finishedAt: 0 })], events: [] });
    expect(readClusterCounters(sql).syncSeconds.sum).toBe(0);
  });
});

test('the board writes what a cluster counts only when it is something else', () => {
  const counters = readClusterCounters(sql);
  putCounters(sql, 'eu-1', counters);
  putCounters(sql, 'eu-1', counters);
  expect(writes).toBe(1);
  expect(listCounters(sql)).toEqual({ 'eu-1': counters });
});

describe('the fleet', () => {
  const rendered = (more: Partial<Rendered>): Rendered => ({ reads: [], warnings: [], cached: false, ...more });
  let now: number;
  const meterOf = (answer: Rendered) => {
    const repository = { render: async () => answer, refresh: async () => [] } as unknown as RepositoryPort; // what is not asked is not there
    const meter = createFleetMeter({ sql, now: () => (now += 100) });
    return { meter, measured: meter.measure(repository) };
  };
  const job = {} as RenderJob; // handed on as it is
  beforeEach(() => {
    now = 0;
  });

  test('counts renders by outcome, and how long those took that were made', async () => {
    const { meter, measured } = meterOf(rendered({}));
    await measured.render('c', job);
    expect(meter.counters()).toMatchObject({ renders: { rendered: 1, cached: 0, failed: 0 }, renderSeconds: { sum: 0.1 } });
    const cached = meterOf(rendered({ cached: true }));
    await cached.measured.render('c', job);
    expect(cached.meter.counters()).toMatchObject({ renders: { cached: 1 }, renderSeconds: { sum: 0 } });
  });

  test('writes nothing for a poll that found nothing, however long that goes on', async () => {
    const { meter, measured } = meterOf(rendered({}));
    for (let i = 0; i < 50; i++) {
      now += 60_000;
      await measured.refresh({ url: 'x' }, ['main']);
    }
    expect(meter.counters().polls).toEqual({ unchanged: 50, moved: 0, failed: 0 });
    expect(writes).toBe(0);
  });

  test('goes on after a restart where it wrote the counters down last', async () => {
    const { measured } = meterOf(rendered({}));
    now += 11 * 60_000;
    await measured.render('c', job);
    expect(writes).toBe(1);
    expect(meterOf(rendered({})).meter.counters().renders.rendered).toBe(1);
  });
});
