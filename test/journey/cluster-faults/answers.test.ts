import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentWrites, succeeded } from '../support/audit-log.ts';
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { findViolations } from '../support/find-violations.ts';
import { type Journey, type Repository, startJourney } from '../support/start-journey.ts';
import { restartAgent } from '../support/through-proxy.ts';
import { createValueApp, type ValueApp, version } from '../support/value-app.ts';
import { waitFor } from '../support/wait-for.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const RETRY_AFTER_SECONDS = 2;

let journey: Journey;
let repository: Repository;
let proxy: FaultProxy;
let web: ValueApp;
let other: ValueApp;
let at = 0;

beforeAll(async () => {
  journey = await startJourney();
  repository = await journey.repository('main');
  proxy = await startFaultProxy(journey.cluster);
  await restartAgent(journey, { proxy });
  web = createValueApp(journey, repository, 'web');
  other = createValueApp(journey, repository, 'other');
  const revision = await pushNext();
  await journey.addFleet(repository);
  await Promise.all([web.converged(revision), other.converged(revision)]);
});
afterAll(async () => {
  await journey?.stop();
  await proxy?.stop();
});

afterEach(async () => {
  expect(await findViolations(journey, { repositories: [repository] })).toEqual([]);
});

/** The next version of both Apps, in one commit. */
function pushNext(): Promise<string> {
  at++;
  return repository.push({ ...web.files(version(NAMES, at)), ...other.files(version(NAMES, at)) });
}

const isChange = (seen: ProxiedRequest) => ['apply', 'dry-run', 'delete'].includes(seen.verb);
const idOf = ({ verb, resource, namespace, name }: ProxiedRequest) => `${verb} ${resource} ${namespace}/${name}`;

/** The first so many requests of each kind for each object. */
function first(times: number): (seen: ProxiedRequest) => boolean {
  const counts = new Map<string, number>();
  return (seen) => {
    const count = (counts.get(idOf(seen)) ?? 0) + 1;
    counts.set(idOf(seen), count);
    return count <= times;
  };
}

/** Milliseconds between one request and the next of the same kind for the same object. */
function gapsOf(requests: readonly ProxiedRequest[]): number[] {
  const last = new Map<string, number>();
  return requests.flatMap((seen) => {
    const before = last.get(idOf(seen));
    last.set(idOf(seen), seen.at);
    return before === undefined ? [] : [seen.at - before];
  });
}

describe('an API server', () => {
  test('F10: that asks for patience (429 with Retry-After) is not asked again before, and other Apps do not wait', async () => {
    const busy = proxy.inject((seen) =>
      isChange(seen) && seen.namespace === 'web'
        ? { answer: { status: 429, headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } } }
        : undefined,
    );
    // Every object is there already, so that each begins with a comparison.
    const updates = Object.fromEntries(Object.keys(web.wanted()).map((name) => [name, 'patience']));
    const revision = await repository.push({ ...web.files(updates), ...other.files(version(NAMES, ++at)) });
    await other.converged(revision);
    await waitFor('another attempt', () => gapsOf(busy.hits).length > 0);
    busy.lift();
    await web.converged(revision);
    // The timers of two programs may differ by a millisecond.
    expect(Math.min(...gapsOf(busy.hits))).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1_000 - 5);
  });

  test('F10: that fails with 500 and 503 two times out of three is followed all the same', async () => {
    let count = 0;
    const flaky = proxy.inject(() => (++count % 3 === 0 ? undefined : { answer: { status: count % 2 === 0 ? 500 : 503 } }));
    proxy.cut();
    for (let push = 0; push < 3; push++) {
      await pushNext();
      await sleep(150);
    }
    await web.edit('a', 'wrong');
    await web.remove('b');
    await waitFor('enough failures', () => flaky.hits.length > 40);
    flaky.lift();
    const revision = await pushNext();
    await Promise.all([web.converged(revision), other.converged(revision)]);
  });

  test('F10: that answers 409 to the first two writes of each object gets the third', async () => {
    const isEarly = first(2);
    const conflicts = proxy.inject((seen) =>
      seen.verb === 'apply' && seen.namespace === 'web' && isEarly(seen) ? { answer: { status: 409 } } : undefined,
    );
    const revision = await pushNext();
    await web.converged(revision);
    expect(conflicts.hits.length).toBeGreaterThanOrEqual(2 * (NAMES.length + 1));
    conflicts.lift();
  });

  test('F10: whose answers get lost after it has done what was asked is not made to do it twice', async () => {
    const mark = await journey.audit.mark();
    const gone = Object.keys(web.wanted()).find((name) => name.startsWith('turn-'));
    const isEarly = first(1);
    const lost = proxy.inject((seen) =>
      (seen.verb === 'apply' || seen.verb === 'delete') && seen.namespace === 'web' && isEarly(seen)
        ? { loseAnswer: true }
        : undefined,
    );
    const revision = await pushNext();
    await web.converged(revision);
    lost.lift();
    expect(lost.hits.length).toBe(NAMES.length + 2);
    const done = agentWrites(await journey.audit.since(mark)).filter((event) => event.namespace === 'web' && succeeded(event));
    expect(done.map(({ verb, name }) => `${verb} ${name}`).sort()).toEqual(
      [...NAMES.map((name) => `patch ${name}`), `delete ${gone}`, `patch turn-${at}`].sort(),
    );
  });

  test('F10: that refuses everything is asked ever more seldom, and healed and followed once it is back', async () => {
    const down = proxy.inject(() => ({ answer: { status: 503 } }));
    proxy.cut();
    const revision = await pushNext();
    await web.edit('a', 'wrong');
    await waitFor('the agent to notice', () => down.hits.length > 0);
    await sleep(4_000);
    const asked = down.hits.length;
    console.log(
      asked,
      Object.entries(Object.groupBy(down.hits, (x) => x.verb + x.resource + x.name))
        .map(([k, v]) => `${k}=${v?.length}`)
        .join(' '),
    );
    down.lift();
    await Promise.all([web.converged(revision), other.converged(revision)]);
    expect(asked).toBeLessThan(200);
  });
});
