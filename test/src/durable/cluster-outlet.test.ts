import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../core/api/activity.ts';
import type { AppStatus } from '../../../core/app/status.ts';
import { listRequests, readDesired } from '../../../src/deliver/desired-apps.ts';
import { createOutlet, markUntold } from '../../../src/durable/cluster-outlet.ts';
import { forgetApp } from '../../../src/durable/cluster-report.ts';
import { toAppView, toClusterView } from '../../../src/durable/cluster-views.ts';
import type { ClusterNews } from '../../../src/platform/board-port.ts';
import { writeFact } from '../../../src/platform/facts.ts';
import { readObservedApp } from '../../../src/report/observed-apps.ts';
import { commit, createCluster, deployed } from './cluster-fixture.ts';

type Cluster = Awaited<ReturnType<typeof createCluster>>;

/** An outlet whose listeners note what they hear, and are away as long as `away` says so. */
async function listenTo(cluster: Cluster) {
  const { sql } = cluster;
  writeFact(sql, 'name', 'eu-1');
  const news: ClusterNews[] = [];
  const notices: Notice[] = [];
  const away = { board: false, notifier: false };
  const failures: number[] = [];
  let work: Promise<void> = Promise.resolve();
  const outlet = createOutlet({
    sql: () => sql,
    name: () => 'eu-1',
    app: async (id) => {
      const desired = readDesired(sql, id);
      return desired === undefined ? undefined : toAppView('eu-1', desired, readObservedApp(sql, id), listRequests(sql, id));
    },
    cluster: async () => toClusterView(sql),
    board: {
      async take(some) {
        if (away.board) throw new Error('away');
        news.push(some);
      },
    },
    notifier: {
      async take(some) {
        if (away.notifier) throw new Error('away');
        notices.push(...some);
      },
    },
    sleep: async () => undefined,
    keepAwake: (promise) => {
      work = promise;
    },
    onFailure: async () => void failures.push(1),
  });
  return {
    news,
    notices,
    away,
    failures,
    async tell() {
      outlet.soon();
      await work;
    },
  };
}

const kinds = (notices: readonly Notice[]) => notices.map(({ notice }) => notice);

function status(health: AppStatus['health']['status'], bundle: string, drift: AppStatus['drift'] = []): AppStatus {
  return {
    ...{ app: 'web', generation: 1, revision: commit(1).commit, bundle, sync: 'Synced', health: { status: health } },
    ...{ resources: [], problems: [], drift, observedAt: 1 },
  };
}

describe('the Board', () => {
  it('is told of each App that changed, and of nothing twice', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    await cluster.publish(deployed('web'), deployed('api'));
    await outlet.tell();
    expect(outlet.news.flatMap(({ rows }) => rows.map(({ app }) => app))).toEqual(['web', 'api']);
    expect(outlet.news.flatMap(({ events }) => events.map(({ kind }) => kind))).toEqual(['deploy', 'deploy']);
    await outlet.tell();
    expect(outlet.news).toHaveLength(1);
  });

  it('that is away is told everything when it is back, in order (I4)', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    outlet.away.board = true;
    await cluster.publish(deployed('web'));
    await outlet.tell();
    await cluster.publish(deployed('web', 2));
    expect([outlet.news.length, outlet.failures.length]).toEqual([0, 1]);
    outlet.away.board = false;
    await outlet.tell();
    expect(outlet.news.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual([1, 2]);
    expect(outlet.news.at(-1)?.rows[0]?.revision).toBe(commit(2).commit);
  });

  it('is told that an App is gone', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    await cluster.publish(deployed('web'));
    await outlet.tell();
    forgetApp(cluster.writer, 'web');
    markUntold(cluster.sql, ['web']);
    await outlet.tell();
    expect(outlet.news.at(-1)).toMatchObject({ rows: [], gone: ['web'] });
  });
});

describe('the Notifier', () => {
  it('hears of a sync from its beginning to its end, and how the App was then', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    await cluster.publish(deployed('web'));
    const failed = { app: 'web', outcome: 'failed' as const, health: { status: 'Degraded' as const, message: 'no image' } };
    await cluster.report({ receipts: [await cluster.receipt(failed)] });
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started', 'sync-failed']);
    expect(outlet.notices[1]?.about).toMatchObject({ id: 'web', revision: commit(1).commit, health: { message: 'no image' } });
  });

  it('hears of an illness once, and of the recovery although the App is Progressing in between', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    const change = deployed('web');
    await cluster.publish(change);
    for (const health of ['Progressing', 'Healthy', 'Degraded', 'Progressing', 'Healthy', 'Progressing', 'Healthy'] as const)
      await cluster.report({ statuses: [status(health, change.digest ?? '')] });
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started', 'health-degraded', 'health-recovered']);
  });

  it('hears of drift, and whether it was healed', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    const change = deployed('web');
    await cluster.publish(change);
    const drift = { key: 'apps/Deployment/shop/web', kind: 'changed', fields: ['/spec/replicas'], action: 'healed' } as const;
    await cluster.report({ statuses: [status('Healthy', change.digest ?? '', [drift, { ...drift, action: 'reported' }])] });
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started', 'drift-healed', 'drift-found']);
  });

  it('hears nothing of a rehearsal', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    await cluster.publish(deployed('web'));
    await cluster.report({ receipts: [await cluster.receipt({ app: 'web', dryRun: true })] });
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started']);
  });

  it('hears of a snapshot that the agent refused (S38)', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    await cluster.publish(deployed('web'));
    await cluster.report({ problems: [{ code: 'protocol.refused', message: 'signed by nobody', rule: 'P05' }] });
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started', 'signature-refused']);
  });

  it('that is away costs the Board nothing, and hears everything later', async () => {
    const cluster = await createCluster();
    const outlet = await listenTo(cluster);
    outlet.away.notifier = true;
    await cluster.publish(deployed('web'));
    await outlet.tell();
    expect([outlet.news.length, outlet.notices.length]).toEqual([1, 0]);
    outlet.away.notifier = false;
    await outlet.tell();
    expect(kinds(outlet.notices)).toEqual(['sync-started']);
  });
});
