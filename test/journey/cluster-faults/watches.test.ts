import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configMap } from '../support/cluster-objects.ts';
import { createGate, type Fault, type FaultProxy, type ProxiedRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp, version } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWarpedTime, type WarpedTime } from '../support/warped-time.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
/** The agent waits minutes before it takes a silent watch for a dead one; here, seconds. */
const HURRY = 50;

let journey: Journey;
let repository: Repository;
let proxy: FaultProxy;
let time: WarpedTime;
let web: ValueApp;
let at = 0;

beforeAll(async () => {
  // A real one is compacted every five minutes.
  journey = await startJourney({ apiServerFlags: ['--etcd-compaction-interval=1s'] });
  repository = await journey.repository('main');
  proxy = await startFaultProxy(journey.cluster);
  time = await createWarpedTime(journey.dir, { hurry: HURRY });
  web = createValueApp(journey, repository, 'web');
  const revision = await web.push(version(NAMES, at));
  await journey.addFleet(repository);
  await web.converged(revision);
});
afterAll(async () => {
  await journey?.stop();
  await proxy?.stop();
});

afterEach(async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

const restart = () => restartAgent(journey, { proxy, time });
/** Starts the agent again, and has it follow the ConfigMaps in a quiet moment. */
async function restartAndFollow(): Promise<void> {
  const from = proxy.requests.length;
  await restart();
  await waitFor('the watch', () => proxy.requests.slice(from).some((seen) => onConfigMaps(seen, 'watch') && seen.status === 200));
  await web.converged(await pushNext());
}
const pushNext = () => web.push(version(NAMES, ++at));
const onConfigMaps = (seen: ProxiedRequest, verb: ProxiedRequest['verb']) => seen.resource === 'configmaps' && seen.verb === verb;
/** Lists of ConfigMaps come two at a time. */
const smallPages: Fault = (seen) => (onConfigMaps(seen, 'list') ? { rewrite: (query) => query.set('limit', '2') } : undefined);
const hasContinue = (seen: ProxiedRequest) => seen.query.has('continue');

/** Waits until the API server has forgotten the state of now: the rest of a list that begins now is refused. */
async function forgotten(): Promise<void> {
  const path = '/api/v1/configmaps?limit=1';
  const page = JSON.parse(await journey.objects.text(path)) as { readonly metadata: { readonly continue: string } };
  const rest = `${path}&continue=${encodeURIComponent(page.metadata.continue)}`;
  await waitFor('the list to be forgotten', () =>
    journey.objects.text(rest).then(
      () => false,
      (refused: Error) => refused.message.includes('answered 410'),
    ),
  );
}

describe('a list', () => {
  test('F06: that has not ended says nothing: what is synced meanwhile is right, nothing is called missing, and the rest is healed after it', async () => {
    const gate = createGate();
    const held = proxy.inject((seen) =>
      onConfigMaps(seen, 'list') && hasContinue(seen)
        ? { until: gate.opened, rewrite: (query) => query.set('limit', '2') }
        : smallPages(seen),
    );
    await restart();
    await waitFor('the second page to be asked for', () => held.hits.some(hasContinue));
    const mark = await journey.audit.mark();
    const revision = await pushNext();
    await web.healed();
    const { status } = await journey.waitForApp('web', { revision });
    expect(status?.resources.map((one) => one.health.status)).not.toContain('Missing');
    const deletes = (await journey.audit.since(mark)).filter((event) => event.verb === 'delete' && event.namespace === 'web');
    expect(deletes.map((event) => event.name)).toEqual([`turn-${at - 1}`]);
    await web.remove('a');
    await web.edit('b', 'wrong');
    gate.open();
    await web.healed();
    await web.converged(revision);
    held.lift();
  });

  test('F07: of which etcd forgot the middle is begun again, without a ghost, a gap or a loop', async () => {
    const gate = createGate();
    const first = proxy.inject((seen) => {
      if (!onConfigMaps(seen, 'list')) return undefined;
      const slow = hasContinue(seen) ? { until: gate.opened } : {};
      return { ...slow, rewrite: (query) => query.set('limit', '2') };
    });
    await restart();
    await waitFor('the second page to be asked for', () => first.hits.some(hasContinue));
    await web.remove('a');
    await web.edit('b', 'wrong');
    await forgotten();
    gate.open();
    await waitFor('a page to be refused as too old', () => first.hits.some((seen) => seen.status === 410));
    await web.healed();
    first.lift();
    const revision = await pushNext();
    await web.converged(revision);
  });
});

describe('a watch', () => {
  test('F07: whose version the API server forgot is followed by a list: what was deleted meanwhile is made again, what was made is not taken for drift', async () => {
    await restartAndFollow();
    const gate = createGate();
    const held = proxy.inject((seen) => (seen.verb === 'watch' ? { until: gate.opened } : undefined));
    proxy.cut();
    await waitFor('the watch to be asked for again', () => held.hits.some((seen) => onConfigMaps(seen, 'watch')));
    await web.remove('a');
    await web.edit('b', 'wrong');
    await journey.objects.create('/api/v1/namespaces/web/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'foreign' },
      data: { value: 'theirs' },
    });
    await journey.cluster.stopApiServer();
    await journey.cluster.startApiServer();
    const lists = proxy.requests.length;
    held.lift();
    gate.open();
    await waitFor('the live objects to be right', async () => {
      const { a, b } = await web.live();
      return a === String(at) && b === String(at);
    });
    expect(proxy.requests.slice(lists).filter((seen) => onConfigMaps(seen, 'list')).length).toBeGreaterThan(0);
    expect(await web.live()).toMatchObject({ foreign: 'theirs' });
    await journey.objects.delete(configMap('web', 'foreign'));
    await web.healed();
  });

  test('F08: that is open but silent is given up after a while, and what it did not say is found', async () => {
    await restartAndFollow();
    const silent = proxy.inject((seen) => (onConfigMaps(seen, 'watch') ? { keepEvent: () => false } : undefined));
    proxy.cut();
    await waitFor('the watch to be opened again', () => silent.hits.some((seen) => seen.status === 200));
    silent.lift();
    await web.edit('c', 'wrong');
    await web.remove('d');
    await web.healed();
  });

  test('F09: that loses a DELETED is made up for by the next list', async () => {
    await restartAndFollow();
    const lossy = proxy.inject((seen) =>
      onConfigMaps(seen, 'watch')
        ? {
            rewrite: (query) => query.set('timeoutSeconds', '1'),
            keepEvent: (event) => event.type !== 'DELETED' && event.type !== 'BOOKMARK',
          }
        : undefined,
    );
    proxy.cut();
    await waitFor('the watch to be opened again', () => lossy.hits.some((seen) => seen.status === 200));
    await web.remove('e');
    await web.healed();
    lossy.lift();
  });
});
