import { beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../../core/problem/problem.ts';
import type { PollRequest } from '../../../core/protocol/messages.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import type { Result } from '../../../core/result.ts';
import { createParking, HOLD_MS, type Parking } from '../../../src/deliver/parking.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import type { ClusterFacts } from '../../../src/platform/ports.ts';
import { factsOf, makeSigner, pollRequest, signed, UID } from './agents.ts';

type Polled = Result<{ readonly news: boolean; readonly request: PollRequest }, Problem>;

const CURRENT = { generation: 1, keys: 1, expiresAt: 1000 };
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Waits until so many polls are parked: checking a signature takes as long as it takes. */
const whenParked = async (count: number) => {
  while (sleepers.length < count) await tick();
};

let agent: Signer;
let now = 1_700_000_000_000;
let stored: ClusterFacts | undefined;
let loads = 0;
let beforeLoaded = async (): Promise<void> => undefined;
/** Those who sleep now: how long, and how to wake them by time. */
let sleepers: { readonly ms: number; readonly wake: () => void }[] = [];
let verifying = async (): Promise<void> => undefined;
let parking: Parking;

beforeEach(async () => {
  agent = await makeSigner();
  now = 1_700_000_000_000;
  stored = factsOf(agent);
  loads = 0;
  beforeLoaded = async () => undefined;
  verifying = async () => undefined;
  sleepers = [];
  parking = createParking({
    async load() {
      loads++;
      const answer = stored;
      await beforeLoaded();
      return answer;
    },
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { ms, wake: () => resolve() };
        sleepers.push(sleeper);
        signal.addEventListener('abort', () => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          resolve();
        });
      }),
    async verify(...parts) {
      await verifying();
      return verifyEd25519(...parts);
    },
  });
});

async function poll(has: Partial<PollRequest> = {}, by = agent): Promise<Polled> {
  return parking.poll('eu-1', await signed(by, { body: pollRequest(has), time: now }));
}

const outcome = (polled: Polled) =>
  polled.ok ? (polled.value.news ? 'news' : 'nothing') : (polled.error.rule ?? polled.error.code);

/** Starts a poll and waits until it is parked. */
async function parked(has: Partial<PollRequest> = CURRENT, by = agent): Promise<Promise<Polled>[]> {
  const open = poll(has, by);
  await whenParked(sleepers.length + 1);
  return [open];
}

describe('what a poll is told', () => {
  it.each([
    ['news when it has nothing', {}, 'news'],
    ['news when its generation is older', { generation: 0, keys: 1, expiresAt: 9999 }, 'news'],
    ['news when its key list is older, whatever its generation', { generation: 99, keys: 0, expiresAt: 9999 }, 'news'],
    ['news when the same generation was signed again', { ...CURRENT, expiresAt: 999 }, 'news'],
  ])('%s', async (_name, has, expected) => {
    expect(outcome(await poll(has))).toBe(expected);
    expect(sleepers).toEqual([]);
  });

  it.each([
    ['has what is newest', CURRENT],
    ['is ahead of the Worker: it parks instead of spinning (F34)', { generation: 7, keys: 1, expiresAt: 1 }],
    ['has a newer key list than any snapshot', { generation: 0, keys: 2, expiresAt: 0 }],
    ['has the same generation with a later expiry', { ...CURRENT, expiresAt: 1001 }],
  ])('nothing after the whole hold when it %s', async (_name, has) => {
    const [open] = await parked(has);
    expect(sleepers.map(({ ms }) => ms)).toEqual([HOLD_MS]);
    sleepers[0]?.wake();
    expect(outcome((await open) as Polled)).toBe('nothing');
  });
});

describe('a wake-up', () => {
  it('releases every parked poll of its cluster, and no other', async () => {
    const other = await makeSigner();
    const [first] = await parked();
    const [second] = await parked();
    stored = factsOf(other, { uid: 'uid-2' });
    const elsewhere = parking.poll('us-1', await signed(other, { body: pollRequest(CURRENT), time: now, cluster: 'uid-2' }));
    await whenParked(3);
    parking.wake(factsOf(agent, { generation: 2 }));
    expect([outcome((await first) as Polled), outcome((await second) as Polled)]).toEqual(['news', 'news']);
    expect(sleepers).toHaveLength(1);
    sleepers[0]?.wake();
    expect(outcome(await elsewhere)).toBe('nothing');
  });

  it('that arrives while facts are loaded is not lost', async () => {
    beforeLoaded = async () => parking.wake(factsOf(agent, { generation: 2 }));
    expect(outcome(await poll(CURRENT))).toBe('news');
  });

  it('that arrives while the signature is checked, between facts and park, is not lost (F03)', async () => {
    verifying = async () => parking.wake(factsOf(agent, { generation: 2 }));
    expect(outcome(await poll(CURRENT))).toBe('news');
    expect(sleepers).toEqual([]);
  });

  it('that was delivered to nobody is seen by the next poll', async () => {
    parking.wake(factsOf(agent, { generation: 2 }));
    expect(outcome(await poll(CURRENT))).toBe('news');
    expect(loads).toBe(0);
  });

  it('with a new agent key wins over facts that were loaded before it was enrolled', async () => {
    const renewed = await makeSigner();
    beforeLoaded = async () => parking.wake(factsOf(renewed, { generation: 2 }));
    expect(outcome(await poll({}, renewed))).toBe('news');
    expect(outcome(await poll({}, agent))).toBe('P21');
  });
});

describe('facts', () => {
  it('are asked for once, and again after five minutes', async () => {
    await poll();
    await poll();
    expect(loads).toBe(1);
    now += 5 * 60_000;
    await poll();
    expect(loads).toBe(2);
  });

  it('that were lost with a wake-up are found again: nothing stays hidden for more than five minutes', async () => {
    await poll();
    stored = factsOf(agent, { generation: 2 });
    now += 5 * 60_000;
    expect(outcome(await poll(CURRENT))).toBe('news');
  });

  it('of a Cluster that went back are believed, so that its agent parks', async () => {
    stored = factsOf(agent, { generation: 9 });
    await poll();
    stored = factsOf(agent, { generation: 1 });
    now += 5 * 60_000;
    const [open] = await parked({ generation: 9, keys: 1, expiresAt: 1000 });
    sleepers[0]?.wake();
    expect(outcome((await open) as Polled)).toBe('nothing');
  });
});

describe('who is refused', () => {
  it('a cluster without an agent (P21)', async () => {
    stored = undefined;
    expect(outcome(await poll())).toBe('P21');
  });

  it('a cluster whose name now belongs to another one (P21)', async () => {
    stored = factsOf(agent, { uid: 'uid-9' });
    expect(outcome(await poll())).toBe('P21');
  });

  it('another key (P21)', async () => expect(outcome(await poll({}, await makeSigner()))).toBe('P21'));

  it('a clock that is six minutes off (P22)', async () => {
    const request = await signed(agent, { body: pollRequest(), time: now - 6 * 60_000 });
    expect(outcome(await parking.poll('eu-1', request))).toBe('P22');
  });

  it('a body or path that was not signed (P23)', async () => {
    const request = await signed(agent, { body: pollRequest(), time: now });
    expect(outcome(await parking.poll('eu-1', { ...request, path: '/agent/report' }))).toBe('P23');
    expect(outcome(await parking.poll('eu-1', { ...request, body: new Uint8Array(3) }))).toBe('P23');
  });

  it('a request that was seen before, for as long as its time is accepted (P24)', async () => {
    const request = await signed(agent, { body: pollRequest(), time: now });
    expect(outcome(await parking.poll('eu-1', request))).toBe('news');
    expect(outcome(await parking.poll('eu-1', request))).toBe('P24');
    now += 4 * 60_000;
    expect(outcome(await parking.poll('eu-1', request))).toBe('P24');
    now += 7 * 60_000;
    await poll();
    expect(outcome(await parking.poll('eu-1', request))).toBe('P22');
  });

  it('two copies of one request at the same time: one of them (P24)', async () => {
    const request = await signed(agent, { body: pollRequest(), time: now });
    const both = await Promise.all([parking.poll('eu-1', request), parking.poll('eu-1', request)]);
    expect(both.map(outcome).sort()).toEqual(['P24', 'news']);
  });

  it('a body that is not JSON or no poll', async () => {
    for (const body of ['{', '[]', '{"cluster": 1}']) {
      const polled = await parking.poll('eu-1', await signed(agent, { body, time: now }));
      expect(outcome(polled)).toBe('api.invalid');
    }
  });
});

describe('forgetting a cluster', () => {
  it('ends its parked polls and refuses the next', async () => {
    const [open] = await parked();
    stored = undefined;
    parking.forget(UID);
    expect(outcome((await open) as Polled)).toBe('P21');
    expect(outcome(await poll())).toBe('P21');
  });

  it('and enrolling it with another key gives a poll that was parked under the old key nothing', async () => {
    const [open] = await parked();
    parking.wake(factsOf(await makeSigner(), { generation: 2 }));
    expect(outcome((await open) as Polled)).toBe('P21');
  });
});
