import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentRequests, agentWrites, describeEvent } from '../support/audit-log.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { findViolations } from '../support/find-violations.ts';
import { CLUSTER, type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp, version } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWarpedTime } from '../support/warped-time.ts';

const NAMES = ['a', 'b', 'c'];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let journey: Journey;
let repository: Repository;
let web: ValueApp;
let at = 0;
let isRemoved = false;

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
  if (!isRemoved) expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

const pushNext = () => web.push(version(NAMES, ++at));

describe('F35: an agent whose clock is wrong', () => {
  afterAll(() => restartAgent(journey));

  test.each([
    ['ten minutes ahead', 10 * MINUTE],
    ['ten minutes behind', -10 * MINUTE],
    ['a day ahead', DAY],
    ['a day behind', -DAY],
  ])('by being %s heals, follows and prunes as any other', async (_, offsetMs) => {
    const time = await createWarpedTime(journey.dir, { offsetMs });
    await restartAgent(journey, { time });
    await web.converged(await pushNext());
    await web.edit('a', 'wrong');
    await web.remove('b');
    await web.healed();
    await web.converged();
  });

  test('and is set back by two days while it runs goes on with all of it', async () => {
    const time = await createWarpedTime(journey.dir, { offsetMs: DAY });
    await restartAgent(journey, { time });
    await web.converged(await pushNext());
    // Healed so often that the next heal is to wait for a moment, by whatever clock.
    for (let edit = 0; edit < 3; edit++) {
      await web.edit('a', `wrong ${edit}`);
      await web.healed();
    }
    await time.set(journey.system.agent().pid, { offsetMs: -DAY });
    await web.edit('a', 'wrong again');
    await web.remove('b');
    await web.healed();
    await web.converged(await pushNext());
  });
});

test('F41: an API server that moved to another address is followed there, and the old one is left alone', async () => {
  const [old, moved] = await Promise.all([startFaultProxy(journey.cluster), startFaultProxy(journey.cluster)]);
  try {
    await restartAgent(journey, { proxy: old });
    await web.converged(await pushNext());
    const token = await journey.cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
    const path = await old.kubeconfig(journey.dir, token);
    await moved.kubeconfig(journey.dir, token, path);
    await old.stop();
    await waitFor('the watches at the new address', () => moved.requests.some((seen) => seen.verb === 'watch'));
    await web.edit('a', 'wrong');
    await web.healed();
    await web.converged(await pushNext());
  } finally {
    await restartAgent(journey);
    await moved.stop();
  }
});

test('F43: an agent that lost its rights says so, keeps what it could not delete in mind, and deletes it once it may', async () => {
  const gone = createValueApp(journey, repository, 'gone');
  await gone.converged(await gone.push({ one: '1', two: '2' }));
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/plumbline-agent';
  const binding = await journey.objects.get(path);
  await journey.objects.delete(path);
  await repository.push({ 'fleet/gone.yaml': null });
  await web.push(version(NAMES, ++at));
  await journey.waitForApp('gone', { problem: 'apply.forbidden' });
  await journey.waitForApp('web', { problem: 'apply.forbidden' });
  expect(Object.keys(await gone.live()).sort()).toEqual(['one', 'two']);
  await journey.objects.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    ...binding,
    metadata: { name: 'plumbline-agent' },
  });
  await journey.waitForGone('gone');
  expect(await gone.live()).toEqual({});
  await web.healed();
  await web.converged();
});

test('F41: a cluster that is removed keeps its workloads, and its agent asks seldom and deletes nothing', async () => {
  const mark = await journey.audit.mark();
  isRemoved = true;
  expect(await journey.system.api.send('DELETE', `/clusters/${CLUSTER}`)).toMatchObject({ ok: true });
  const logged = async () => (await journey.logs()).split('\n').filter((line) => line.includes('poll:')).length;
  const before = await logged();
  await waitFor('the agent to be refused', async () => (await logged()) > before);
  await web.edit('a', 'wrong');
  await web.healed();
  await sleep(2_000);
  expect((await logged()) - before).toBeLessThan(20);
  const writes = agentWrites(await journey.audit.since(mark));
  expect(writes.filter((event) => event.verb === 'delete').map(describeEvent)).toEqual([]);
  expect(agentRequests(await journey.audit.since(mark), 'web').length).toBeLessThan(50);
});
