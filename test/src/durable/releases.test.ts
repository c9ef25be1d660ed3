import { describe, expect, it } from 'vitest';
import type { ReleasePolicy } from '../../../core/app/policy.ts';
import { bundleStore } from '../../../src/deliver/bundle-store.ts';
import { wantedDigests } from '../../../src/deliver/desired-apps.ts';
import { createCluster, definition, deployed, removed } from './cluster-fixture.ts';

const action = { disableHooks: false, disableWait: false, timeoutSeconds: 300, retries: 0 };
const RELEASE: ReleasePolicy = {
  name: 'web',
  namespace: 'shop',
  install: action,
  upgrade: { ...action, remediation: 'rollback' },
  rollback: action,
  uninstall: { disableHooks: false, disableWait: false, timeoutSeconds: 300 },
  driftDetection: 'disabled',
};
const released = (version: number) => deployed('web', version, { definition: definition('web', { release: RELEASE }) });
const digestOf = (version: number) => released(version).digest ?? '';

async function start() {
  const cluster = await createCluster();
  const answer = async (version: number, change: object = {}) => {
    const receipt = await cluster.receipt({ app: 'web', generation: 1, bundle: digestOf(version), ...change });
    await cluster.report({ receipts: [receipt] });
  };
  return { cluster, answer, app: () => cluster.snapshot().apps[0] };
}

describe('the bundle that a release goes back to', () => {
  it('is that of its last success, and is kept and delivered beside the new one', async () => {
    const { cluster, answer, app } = await start();
    await cluster.publish(released(1));
    expect(app()).not.toHaveProperty('fallback');
    await answer(1);
    await cluster.publish(released(2));
    expect(app()).toMatchObject({ bundle: digestOf(2), fallback: digestOf(1) });
    expect(wantedDigests(cluster.sql)).toEqual([digestOf(1), digestOf(2)].sort());
    expect(await bundleStore(cluster.sql, cluster.vault, undefined).get(digestOf(1))).toBeDefined();
  });

  it('does not move by a failure, a dry run, or a success that is unhealthy', async () => {
    const { cluster, answer, app } = await start();
    await cluster.publish(released(1));
    await answer(1);
    await cluster.publish(released(2));
    await answer(2, { outcome: 'failed' });
    await answer(2, { dryRun: true });
    await answer(2, { health: { status: 'Degraded' } });
    await cluster.publish(released(3));
    expect(app()).toMatchObject({ bundle: digestOf(3), fallback: digestOf(1) });
    await answer(3);
    await cluster.publish(released(4));
    expect(app()).toMatchObject({ bundle: digestOf(4), fallback: digestOf(3) });
    expect(wantedDigests(cluster.sql)).toEqual([digestOf(3), digestOf(4)].sort());
  });

  it('is told at once when its success is reported after something newer is wanted', async () => {
    const { cluster, answer, app } = await start();
    await cluster.publish(released(1));
    await answer(1);
    await cluster.publish(released(2));
    const before = cluster.snapshot().generation;
    await answer(1, { id: 'again' });
    expect(cluster.snapshot().generation).toBe(before);
    expect(app()).toMatchObject({ fallback: digestOf(1) });
  });

  it('is not remembered of an App that is no release, and forgotten with the App', async () => {
    const { cluster, answer } = await start();
    await cluster.publish(deployed('web', 1));
    await answer(1);
    await cluster.publish(deployed('web', 2));
    expect(cluster.snapshot().apps[0]).not.toHaveProperty('fallback');
    await cluster.publish(released(3));
    await answer(3);
    await cluster.publish({ ...removed('web'), definition: released(3).definition });
    const gone = await cluster.receipt({ app: 'web', generation: 99, outcome: 'removed' });
    await cluster.report({ receipts: [gone] });
    expect(wantedDigests(cluster.sql)).toEqual([]);
    expect(cluster.sql.all('SELECT * FROM bundle')).toEqual([]);
  });
});

it('the tombstone of an App names its last bundle, whose hooks run when it is deleted', async () => {
  const cluster = await createCluster();
  await cluster.publish(deployed('web', 1));
  await cluster.publish(removed('web'));
  expect(cluster.snapshot().apps).toMatchObject([{ id: 'web', state: 'removed', bundle: deployed('web', 1).digest }]);
});
