import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configMap } from '../support/cluster-objects.ts';
import { createGate, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent, startAgentIn } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp, version } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

const NAMES = ['a', 'b', 'c'];

let journey: Journey;
let repository: Repository;
let web: ValueApp;
let at = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('main');
  web = createValueApp(journey, repository, 'web');
  const revision = await pushNext();
  await journey.addFleet(repository);
  await web.converged(revision);
});
afterAll(() => journey?.stop());

afterEach(async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

const pushNext = () => web.push(version(NAMES, ++at));

describe('F34: of two agents with one identity', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(journey.cluster);
  });
  afterAll(async () => {
    await restartAgent(journey);
    await proxy.stop();
  });

  /** A second agent while the first stands still; it is gone when this ends. */
  async function whileStopped(pid: number, act: () => Promise<void>): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    const second = await startAgentIn(journey, 'second', {});
    try {
      await act();
      process.kill(pid, 'SIGCONT');
      // Both are awake, and both follow.
      await web.converged(await pushNext());
    } finally {
      await second.stop('SIGKILL');
    }
  }

  test('the one whose writes were under way while it stood still puts nothing old over what is newer', async () => {
    await restartAgent(journey, { proxy });
    await web.converged(await pushNext());
    const from = (await journey.objects.get(configMap('web', 'a')))?.metadata.resourceVersion ?? '';
    const gate = createGate();
    const late = proxy.inject((seen) => (seen.namespace === 'web' && seen.verb === 'apply' ? { until: gate.opened } : undefined));
    await pushNext();
    await waitFor('its writes to be under way', () => late.hits.length === NAMES.length + 1);
    await whileStopped(journey.system.agent().pid, async () => {
      // The same objects as the zombie has under way: three updates and the creation of a fourth.
      const made = `turn-${at}`;
      await web.converged(await web.push({ ...version(NAMES, ++at), [made]: 'newer' }));
      const early = [...late.hits];
      late.lift();
      gate.open();
      await waitFor('the late writes to arrive', () => early.every((seen) => seen.status !== 0));
      expect(early.map((seen) => seen.status)).toEqual(early.map(() => 409));
    });
    const values = (await valuesSince(from, 'a')).map(Number);
    expect(values).toEqual(values.toSorted((one, other) => one - other));
  });

  test('the one whose deletion was under way while it stood still has it refused, when Git wants the object back otherwise', async () => {
    await restartAgent(journey, { proxy });
    await web.converged(await web.push({ ...version(NAMES, ++at), back: 'once' }));
    const gate = createGate();
    const late = proxy.inject((seen) =>
      seen.namespace === 'web' && seen.verb === 'delete' && seen.name === 'back' ? { until: gate.opened } : undefined,
    );
    await web.push(version(NAMES, at));
    await waitFor('its deletion to be under way', () => late.hits.length > 0);
    await whileStopped(journey.system.agent().pid, async () => {
      await web.converged(await web.push({ ...version(NAMES, ++at), back: 'again' }));
      const uid = (await journey.objects.get(configMap('web', 'back')))?.metadata.uid;
      late.lift();
      gate.open();
      await waitFor('the late deletion to arrive', () => late.hits.every((seen) => seen.status !== 0));
      expect(late.hits.map((seen) => seen.status)).toEqual([409]);
      expect((await journey.objects.get(configMap('web', 'back')))?.metadata.uid).toBe(uid);
    });
  });
});

/** Every value that an object of the App had since a version, as the API server remembers it. */
async function valuesSince(resourceVersion: string, name: string): Promise<string[]> {
  const query = `?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1&fieldSelector=metadata.name%3D${name}`;
  const events = (await journey.objects.text(`/api/v1/namespaces/web/configmaps${query}`))
    .split('\n')
    .filter((line) => line !== '');
  // Events of the API server, one a line.
  return events.map(
    (line) => (JSON.parse(line) as { readonly object: { readonly data: { readonly value: string } } }).object.data.value,
  );
}
