import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGitServer } from '../../cli/git-server/git-server.ts';
import { pushFiles } from '../../cli/git-server/push-files.ts';
import { freePort } from '../../cli/serve/free-port.ts';
import { agentWrites, describeEvent, succeeded } from './support/audit-log.ts';
import { configMap } from './support/cluster-objects.ts';
import { createCutProxy } from './support/cut-proxy.ts';
import { argoApp, configMapYaml, deploymentYaml } from './support/definitions.ts';
import { findViolations } from './support/find-violations.ts';
import { type Journey, type Repository, startJourney } from './support/start-journey.ts';
import { waitFor } from './support/wait-for.ts';
import { findWorkerd } from './support/workerd-process.ts';

const OBJECTS = ['a', 'b', 'c', 'd', 'e', 'f'];

let journey: Journey;
let main: Repository;
const repositories: Repository[] = [];
let version = 0;

beforeAll(async () => {
  journey = await startJourney();
  main = await journey.repository('main');
  repositories.push(main);
  await main.push({
    'fleet/web.yaml': argoApp(main.url, { name: 'web', path: 'apps/web' }),
    'fleet/other.yaml': argoApp(main.url, { name: 'other', path: 'apps/other' }),
    'apps/web/deployment.yaml': deploymentYaml('web', { replicas: 1 }),
    'apps/other/config.yaml': configMapYaml('config', '0'),
    ...values('0'),
    ...turn(0),
  });
  await journey.addFleet(main);
  for (const app of ['web', 'other']) await journey.waitForApp(app, { sync: 'Synced', health: 'Healthy' });
});
afterAll(() => journey?.stop());

// Whatever was done to the system, nothing that must not happen has happened.
afterEach(async () => {
  expect(await findViolations(journey, { repositories })).toEqual([]);
});

/** Every object of the App `web` with one value. */
function values(value: string): Record<string, string> {
  return Object.fromEntries(OBJECTS.map((name) => [`apps/web/${name}.yaml`, configMapYaml(name, value)]));
}

/** An object that comes with one version and goes with the next, so that each push also creates and prunes. */
function turn(at: number): Record<string, string> {
  return { 'apps/web/turn.yaml': configMapYaml(`turn-${at}`, String(at)) };
}

/** The next version of `web`: every value updated, one object created, one deleted. */
function next(): Record<string, string> {
  version++;
  return { ...values(String(version)), ...turn(version) };
}

/** Waits until the version that was pushed last is Synced and Healthy: then exactly it is in the cluster (I9). */
async function converged(revision: string): Promise<void> {
  await journey.waitForApp('web', { revision, sync: 'Synced', health: 'Healthy', clear: true });
  expect(await liveValues()).toEqual(wantedValues());
}

/** Waits until everything that somebody did to the live objects is put right. */
async function healed(): Promise<void> {
  const wanted = JSON.stringify(wantedValues());
  await waitFor(`the live objects to be ${wanted}`, async () => JSON.stringify(await liveValues()) === wanted, {
    describe: liveValues,
  });
}

function wantedValues(): Record<string, string> {
  return Object.fromEntries([...OBJECTS, `turn-${version}`].map((name) => [name, String(version)]));
}

async function liveValues(): Promise<Record<string, string | undefined>> {
  const listed = JSON.parse(await journey.objects.text('/api/v1/namespaces/web/configmaps')) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly data?: { readonly value?: string } }[];
  };
  const own = listed.items.filter((item) => item.metadata.name !== 'kube-root-ca.crt');
  return Object.fromEntries(own.map((item) => [item.metadata.name, item.data?.value]));
}

/** Somebody deletes an object, and the agent makes it again. */
async function heals(name: string): Promise<void> {
  await journey.objects.delete(configMap('web', name));
  await waitFor(`${name} to be healed`, () => journey.objects.get(configMap('web', name)));
}

async function restartAgent(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await journey.system.agent().stop('SIGKILL');
  await journey.startAgent('agent', env);
}

describe('an agent that is killed', () => {
  test.each(['received', 'verified', 'applied:1', 'applied:4', 'pruned', 'reported'])(
    'when it has %s goes on after a restart, and nothing is lost or done twice (F02, I10)',
    async (failpoint) => {
      await restartAgent({ PLUMBLINE_FAILPOINT: failpoint });
      const revision = await main.push(next());
      expect(await journey.system.agent().ended).toBe('SIGKILL');
      await journey.startAgent('agent');
      await converged(revision);
    },
  );

  test('and stays away while Git and the cluster change, makes up for all of it (F05)', async () => {
    await journey.system.agent().stop('SIGKILL');
    const revision = await main.push(next());
    await waitFor('the Worker to decide', async () => (await journey.app('web'))?.revision === revision);
    await journey.objects.delete(configMap('web', 'a'));
    await journey.objects.patch(configMap('web', 'b'), { data: { value: 'edited' } });
    await journey.startAgent('agent');
    await converged(revision);
  });

  test('again and again, at whatever moment, still ends where Git is', async () => {
    let revision = '';
    for (const delay of [0, 15, 30, 60, 120]) {
      revision = await main.push(next());
      await sleep(delay);
      await restartAgent();
    }
    await converged(revision);
  });
});

describe('a Worker', () => {
  test('that is restarted is found again, and meanwhile the agent heals (F03)', async () => {
    await journey.system.worker().stop();
    await heals('c');
    const revision = await main.push(next());
    await journey.system.restartWorker();
    await journey.system.worker().tick();
    await converged(revision);
  });

  test.each([0, 40, 120])('that is killed %i ms after a webhook finishes the push when it is back (F03)', async (delay) => {
    const pid = await findWorkerd(journey.system.worker().url);
    const pushed = main.push(next());
    await sleep(delay);
    process.kill(pid, 'SIGKILL');
    const revision = await pushed;
    await heals('d');
    await journey.system.restartWorker();
    await journey.system.worker().tick();
    await converged(revision);
  });

  test('whose cron comes three times at once, or not at all, does nothing more (F04)', async () => {
    const { generation } = await journey.view();
    const tick = () => journey.system.worker().tick();
    await Promise.all([tick(), tick(), tick()]);
    expect((await journey.view()).generation).toBe(generation);
  });

  test('that cannot be reached for moments is followed all the same (F01)', async () => {
    const proxy = await createCutProxy(journey.system.worker().url);
    try {
      await restartAgent({ PLUMBLINE_URL: proxy.url });
      let revision = '';
      for (const pause of [10, 80, 30, 150, 5, 60]) {
        revision = await main.push(next());
        await sleep(pause);
        proxy.cut();
        await sleep(pause);
        proxy.mend();
      }
      await converged(revision);
    } finally {
      await restartAgent();
      await proxy.stop();
    }
  });
});

test('a Git host that is away changes nothing, and is followed when it is back', async () => {
  const port = await freePort();
  const directory = join(journey.dir, 'away');
  const server = await journey.gitServer({ port, directory });
  const away = await journey.repository('away', server);
  repositories.push(away);
  await away.push({
    'fleet/away.yaml': argoApp(away.url, { name: 'away', path: 'apps' }),
    'apps/a.yaml': configMapYaml('a', '1'),
  });
  await journey.addFleet(away);
  await journey.waitForApp('away', { sync: 'Synced' });
  await server.stop();
  const { after } = await pushFiles(join(directory, 'away.git'), { 'apps/a.yaml': configMapYaml('a', '2') }, 'unseen');
  await journey.system.worker().tick();
  await waitFor('the fleet path to say why', async () => ((await journey.fleet(away))?.problems.length ?? 0) > 0);
  expect(await journey.app('away')).toMatchObject({ state: 'present', status: { sync: 'Synced' } });
  await heals('e');
  const back = await createGitServer({ port, directory });
  try {
    await journey.system.worker().tick();
    await journey.waitForApp('away', { revision: after, sync: 'Synced', clear: true });
  } finally {
    await back.stop();
  }
});

describe('an API server', () => {
  test('that is killed and started again gets what was pushed meanwhile (F36)', async () => {
    await journey.cluster.stopApiServer();
    const revision = await main.push(next());
    await waitFor('the Worker to decide', async () => (await journey.app('web'))?.revision === revision);
    await journey.cluster.startApiServer();
    await converged(revision);
    await heals('a');
  });

  test('that is killed while the agent applies ends where Git is (F36, I10)', async () => {
    const revision = await main.push(next());
    await journey.cluster.stopApiServer();
    await journey.cluster.startApiServer();
    await converged(revision);
  });

  test('whose etcd is restarted goes on (F36)', async () => {
    await journey.cluster.stopEtcd();
    const revision = await main.push(next());
    await waitFor('the Worker to decide', async () => (await journey.app('web'))?.revision === revision);
    await journey.cluster.startEtcd();
    await converged(revision);
    await heals('b');
  });
});

describe('of two agents with one identity', () => {
  test('the one that was stopped and wakes up later undoes nothing (F34)', async () => {
    const zombie = journey.system.agent();
    process.kill(zombie.pid, 'SIGSTOP');
    const second = await journey.startAgent('second');
    const revision = await main.push(next());
    await converged(revision);
    const mark = await journey.audit.mark();
    process.kill(zombie.pid, 'SIGCONT');
    const newer = await main.push(next());
    await converged(newer);
    await zombie.stop('SIGKILL');
    await heals('c');
    expect((await writtenBackAndForth(mark)).map(describeEvent)).toEqual([]);
    await journey.startAgent('agent');
    await second.stop('SIGKILL');
  });

  test('the one that is cut off from the Worker never writes what is old (F34)', async () => {
    const proxy = await createCutProxy(journey.system.worker().url);
    try {
      await restartAgent({ PLUMBLINE_URL: proxy.url });
      const first = await main.push(next());
      await converged(first);
      const credentials = new Set((await agentEvents()).map((event) => event.credential));
      proxy.cut();
      const before = await journey.audit.mark();
      const second = await journey.startAgent('second');
      const revision = await main.push(next());
      await converged(revision);
      // Both see the same drift; only one of them knows what is right.
      for (const name of ['a', 'b', 'c']) await journey.objects.patch(configMap('web', name), { data: { value: 'wrong' } });
      await journey.objects.delete(configMap('web', 'd'));
      await healed();
      const stale = (await agentEvents(before)).filter((event) => credentials.has(event.credential) && succeeded(event));
      expect(stale.map(describeEvent)).toEqual([]);
      await second.stop('SIGKILL');
      proxy.mend();
      const last = await main.push(next());
      await converged(last);
    } finally {
      await restartAgent();
      await proxy.stop();
    }
  });
});

test('a chart whose loops never end costs its own App, and others arrive meanwhile (S20, I7)', async () => {
  const loops = `${'{{ range until 10000 }}'.repeat(4)}x${'{{ end }}'.repeat(4)}`;
  await main.push({
    'fleet/endless.yaml': argoApp(main.url, { name: 'endless', path: 'apps/endless' }),
    'apps/endless/Chart.yaml': 'apiVersion: v2\nname: endless\nversion: 1.0.0\n',
    'apps/endless/templates/loop.yaml': loops,
  });
  const other = await main.push({ 'apps/other/config.yaml': configMapYaml('config', 'meanwhile') });
  await journey.waitForApp('other', { revision: other, sync: 'Synced', clear: true });
  await journey.waitForApp('endless', { problem: 'render.limit_steps' });
  const revision = await main.push(next());
  await converged(revision);
  const ended = await main.push({ 'apps/endless/templates/loop.yaml': configMapYaml('ended', '1') });
  await journey.waitForApp('endless', { revision: ended, sync: 'Synced', clear: true });
});

async function agentEvents(mark?: number) {
  return agentWrites(await journey.audit.since(mark));
}

/** Objects that were written back and forth: the same one more than twice since. */
async function writtenBackAndForth(mark: number) {
  const counts = new Map<string, number>();
  const writes = (await agentEvents(mark)).filter(succeeded);
  return writes.filter((event) => {
    const count = (counts.get(event.name) ?? 0) + 1;
    counts.set(event.name, count);
    return count > 2;
  });
}
