import { describe, expect, it } from 'vitest';
import { readDesired } from '../../../src/deliver/desired-apps.ts';
import { readNewest } from '../../../src/deliver/newest-snapshot.ts';
import { toAppView, toClusterView } from '../../../src/durable/cluster-views.ts';
import { eventsAfter, readObserved, readObservedApp } from '../../../src/report/observed-apps.ts';
import { createCluster, deployed, newSigner, removed, status } from './cluster-fixture.ts';

const kinds = (cluster: Awaited<ReturnType<typeof createCluster>>, app: string) =>
  eventsAfter(cluster.sql, 'eu-1', 0)
    .filter((event) => event.app === app)
    .map(({ kind }) => kind);

describe('a report', () => {
  it('that is repeated writes nothing (I4)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const report = { id: 'same', receipts: [await cluster.receipt({ app: 'web' })], statuses: [status('web')] };
    expect(await cluster.report(report)).toBe(true);
    const length = cluster.ledgerLength();
    expect(await cluster.report(report)).toBe(false);
    expect(cluster.ledgerLength()).toBe(length);
  });

  it('whose receipt came before in another report adds no ledger entry (I4)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const receipts = [await cluster.receipt({ app: 'web' })];
    await cluster.report({ receipts });
    const length = cluster.ledgerLength();
    await cluster.report({ receipts });
    expect(cluster.ledgerLength()).toBe(length);
  });

  it('without receipts touches neither ledger nor generation', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.report({ statuses: [status('web')] });
    expect([cluster.ledgerLength(), readNewest(cluster.sql)?.generation]).toEqual([1, 1]);
  });

  it('loses a receipt of another key, of another cluster or of no form, and nothing else (P03, P30, P31)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'), deployed('api'));
    const good = await cluster.receipt({ app: 'api' });
    await cluster.report({
      receipts: [
        await cluster.receipt({ app: 'web' }, await newSigner()),
        await cluster.receipt({ app: 'web', cluster: 'uid-2' }),
        await cluster.receipt({ app: '../web' }),
        good,
      ],
      statuses: [status('web')],
    });
    expect([kinds(cluster, 'web'), kinds(cluster, 'api')]).toEqual([
      ['deploy', 'health'],
      ['deploy', 'synced'],
    ]);
    expect(toClusterView(cluster.sql).problems.map(({ rule }) => rule)).toEqual(['P03', 'P31', 'P30']);
    expect(readObserved(cluster.sql).size).toBe(1);
  });

  it('is seen once for the last two thousand, and the oldest are forgotten', async () => {
    const cluster = await createCluster();
    for (let i = 0; i < 2005; i++) cluster.sql.run('INSERT INTO seen (id, at) VALUES (?, 1)', `old-${i}`);
    await cluster.report({ id: 'new' });
    const [row] = cluster.sql.all<{ n: number }>('SELECT count(*) AS n FROM seen');
    expect(row?.n).toBe(2000);
    expect(await cluster.report({ id: 'old-2004' })).toBe(false);
  });
});

describe('a status', () => {
  it('of an older generation than the one known is left alone, and so are its events', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.report({ statuses: [status('web', { generation: 2 })] });
    await cluster.report({ statuses: [status('web', { generation: 1, health: { status: 'Degraded' } })] });
    expect(readObservedApp(cluster.sql, 'web')?.health.status).toBe('Healthy');
    expect(kinds(cluster, 'web')).toEqual(['deploy', 'health']);
  });

  it('F35: is the newest when it comes last, whatever time its cluster believes it is', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.report({ statuses: [status('web', { observedAt: 2000 })] });
    await cluster.report({ statuses: [status('web', { observedAt: 1000, health: { status: 'Degraded' } })] });
    expect(readObservedApp(cluster.sql, 'web')?.health.status).toBe('Degraded');
  });

  it('of an App that is not wanted is not kept, however many an agent sends (I8)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.report({ statuses: [status('web'), ...Array.from({ length: 50 }, (_, i) => status(`made-up-${i}`))] });
    expect([...readObserved(cluster.sql).keys()]).toEqual(['web']);
  });

  it('of an App with twenty thousand objects is kept whole (F31)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const resources = Array.from({ length: 20_000 }, (_, i) => ({
      key: `apps/Deployment/shop/web-${i}`,
      version: 'v1',
      sync: 'Synced' as const,
      health: { status: 'Progressing' as const, message: 'waiting for the rollout to finish: 1 of 3 replicas are updated' },
    }));
    await cluster.report({ statuses: [status('web', { resources })] });
    expect(readObservedApp(cluster.sql, 'web')?.resources).toEqual(resources);
    await cluster.report({ statuses: [status('web', { observedAt: 2000 })] });
    expect(readObserved(cluster.sql).get('web')?.resources).toEqual([]);
    expect(cluster.sql.all(`SELECT 1 FROM chunk WHERE name LIKE 'observed/%'`)).toEqual([]);
  });

  it('tells a drift once, however often it is repeated', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const drift = [
      { key: 'apps/Deployment/shop/web', kind: 'changed' as const, fields: ['/spec/replicas'], action: 'healed' as const },
    ];
    await cluster.report({ statuses: [status('web', { drift })] });
    await cluster.report({ statuses: [status('web', { drift, observedAt: 2000 })] });
    expect(kinds(cluster, 'web')).toEqual(['deploy', 'health', 'drift']);
  });
});

describe("an agent's own problems", () => {
  it('are told once, not with every report, and no more of them are kept than fit a row', async () => {
    const cluster = await createCluster();
    const problems = Array.from({ length: 1000 }, (_, i) => ({
      code: 'apply.unavailable' as const,
      message: `${i} ${'x'.repeat(4000)}`,
    }));
    await cluster.report({ problems });
    await cluster.report({ problems });
    expect(kinds(cluster, '')).toHaveLength(50);
    expect(toClusterView(cluster.sql).problems).toHaveLength(50);
  });
});

describe('a removal', () => {
  it('is over with its receipt: App, status, request and bundle go, the next generation does not name it', async () => {
    const cluster = await createCluster();
    const { digest = '' } = deployed('web');
    await cluster.publish(deployed('web'), deployed('api'));
    await cluster.report({ statuses: [status('web')] });
    await cluster.publish(removed('web'));
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', outcome: 'removed', generation: 2 })] });
    expect(cluster.snapshot().apps.map(({ id }) => id)).toEqual(['api']);
    expect([readDesired(cluster.sql, 'web'), readObservedApp(cluster.sql, 'web')]).toEqual([undefined, undefined]);
    expect(cluster.writer.bundles.has(digest)).toBe(false);
  });

  it('that was overtaken by the return of the App ends nothing (I2)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.publish(removed('web'));
    await cluster.publish(deployed('web'));
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', outcome: 'removed', generation: 2 })] });
    expect(cluster.snapshot().apps.map(({ id, state }) => [id, state])).toEqual([['web', 'present']]);
  });

  it('of an earlier generation does not end the removal that is wanted now', async () => {
    const cluster = await createCluster();
    for (const change of [deployed('web'), removed('web'), deployed('web'), removed('web')]) await cluster.publish(change);
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', outcome: 'removed', generation: 2 })] });
    expect(cluster.snapshot().apps.map(({ state }) => state)).toEqual(['removed']);
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', outcome: 'removed', generation: 4 })] });
    expect(cluster.snapshot().apps).toEqual([]);
  });

  it('that failed leaves the tombstone', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    await cluster.publish(removed('web'));
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', outcome: 'failed', generation: 2 })] });
    expect(cluster.snapshot().apps.map(({ state }) => state)).toEqual(['removed']);
  });
});

describe('views', () => {
  it('count an App as synced only when the agent speaks of the bundle that is wanted now (I9)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'), deployed('api'));
    await cluster.report({ statuses: [status('web'), status('api')] });
    expect(toClusterView(cluster.sql).apps).toEqual({ total: 2, synced: 2, healthy: 2 });
    await cluster.publish(deployed('web', 2));
    expect(toClusterView(cluster.sql).apps).toEqual({ total: 2, synced: 1, healthy: 1 });
    await cluster.publish(removed('api'));
    expect(toClusterView(cluster.sql).apps).toEqual({ total: 1, synced: 0, healthy: 0 });
  });

  it('show an App as out of sync from the moment another bundle is wanted (I9)', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('web'));
    const desired = readDesired(cluster.sql, 'web');
    if (desired === undefined) throw new Error('it was published');
    expect(toAppView('eu-1', desired, status('web'), []).status?.sync).toBe('Synced');
    expect(toAppView('eu-1', desired, status('web', { bundle: 'sha256:older' }), []).status?.sync).toBe('OutOfSync');
    expect(toAppView('eu-1', { ...desired, state: 'removed' }, status('web'), []).status?.sync).toBe('OutOfSync');
    expect(toAppView('eu-1', desired, undefined, []).status).toBeUndefined();
  });
});
