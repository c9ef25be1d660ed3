import { describe, expect, it } from 'vitest';
import { putWatcher } from '../../../src/deliver/remote-apps.ts';
import {
  askAgain,
  askForRemotes,
  decideOnRemote,
  isAppReady,
  isWaiting,
  untoldWatchers,
  watchApp,
} from '../../../src/durable/cluster-dependencies.ts';
import { createCluster, definition, deployed, held, status } from './cluster-fixture.ts';

const DEPENDENT = deployed('web', 1, {
  definition: definition('web', { dependsOn: [{ app: 'infra', cluster: 'us-1' }, { app: 'dns' }] }),
});
const INFRA = { cluster: 'us-1', app: 'infra' };

/** Two clusters: `web` of the first depends on `infra` of the second. */
async function start() {
  const [here, there] = [await createCluster(), await createCluster()];
  let isAway = false;
  const others = {
    name: 'eu-1',
    port: () => ({
      watch: async (app: string, watcher: string) => {
        if (isAway) throw new Error('away');
        return watchApp(there.sql, app, watcher);
      },
    }),
  };
  return {
    here,
    there,
    others,
    away: (is: boolean) => {
      isAway = is;
    },
    async publish() {
      await askForRemotes(here.sql, [DEPENDENT], others);
      await here.publish(DEPENDENT);
    },
    waits: () => here.snapshot().apps[0]?.waitsFor,
  };
}

describe('an App that depends on one of another cluster', () => {
  it('waits until that one runs what is wanted, in sync and healthy', async () => {
    const { here, there, publish, waits } = await start();
    await publish();
    expect(waits()).toEqual(['us-1/infra']);
    await there.publish(deployed('infra'));
    await there.report({ statuses: [status('infra', { health: { status: 'Progressing' } })] });
    expect(untoldWatchers(there.sql)).toEqual([]);
    await there.report({ statuses: [status('infra', { observedAt: 2000 })] });
    expect(untoldWatchers(there.sql)).toEqual([{ app: 'infra', cluster: 'eu-1', ready: true }]);
    await here.decide(decideOnRemote(here.sql, INFRA, true));
    expect(waits()).toBeUndefined();
    expect(isWaiting(here.sql)).toBe(false);
  });

  it('waits again when that one is given something new, and is told once', async () => {
    const { here, there, publish, waits } = await start();
    await there.publish(deployed('infra'));
    await there.report({ statuses: [status('infra')] });
    await publish();
    expect(waits()).toBeUndefined();
    await there.publish(deployed('infra', 2));
    expect(untoldWatchers(there.sql)).toEqual([{ app: 'infra', cluster: 'eu-1', ready: false }]);
    const generation = here.snapshot().generation;
    await here.decide(decideOnRemote(here.sql, INFRA, false));
    putWatcher(there.sql, 'infra', { cluster: 'eu-1', told: false });
    expect(waits()).toEqual(['us-1/infra']);
    expect(untoldWatchers(there.sql)).toEqual([]);
    expect(decideOnRemote(here.sql, INFRA, false)).toBeUndefined();
    expect(here.snapshot().generation).toBe(generation + 1);
  });

  it('waits for a cluster that cannot be asked, and asks again', async () => {
    const { here, there, others, away, publish, waits } = await start();
    await there.publish(deployed('infra'));
    await there.report({ statuses: [status('infra')] });
    away(true);
    await publish();
    expect(waits()).toEqual(['us-1/infra']);
    expect(await askAgain(here.sql, others)).toEqual([]);
    away(false);
    expect(await askAgain(here.sql, others)).toEqual([INFRA]);
  });

  it('an App that nobody knows is not ready', async () => {
    const { there } = await start();
    expect(isAppReady(there.sql, 'infra')).toBe(false);
  });
});

describe('an App that depends on one of its own cluster', () => {
  const dependent = deployed('web', 1, { definition: definition('web', { dependsOn: [{ app: 'infra' }] }) });
  const waits = (cluster: Awaited<ReturnType<typeof createCluster>>) =>
    cluster.snapshot().apps.find(({ id }) => id === 'web')?.waitsFor;

  it('waits while what Git wants of that one cannot be rendered, as its older bundle says nothing of it', async () => {
    const cluster = await createCluster();
    await cluster.publish(deployed('infra'), dependent);
    expect(waits(cluster)).toBeUndefined();
    await cluster.publish(held('infra', 2));
    expect(waits(cluster)).toEqual([expect.stringContaining('infra')]);
    await cluster.publish(deployed('infra', 3));
    expect(waits(cluster)).toBeUndefined();
  });

  it('waits when both change at once', async () => {
    const cluster = await createCluster();
    await cluster.publish(dependent, held('infra', 1));
    expect(waits(cluster)).toEqual([expect.stringContaining('infra')]);
  });
});
