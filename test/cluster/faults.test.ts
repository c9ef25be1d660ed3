import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { FakeWorker } from './fake-worker.ts';
import { configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;

beforeAll(() => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
});

const values = async (ns: string, names: readonly string[]) =>
  Promise.all(names.map(async (name) => (await live.get(configPath(ns, name)))?.data?.['value']));

describe('F02 I10: an agent that is killed with -9', () => {
  for (const failpoint of ['received', 'verified', 'applied:1', 'applied:3', 'pruned', 'reported']) {
    it(`after ${failpoint} converges when it starts again, prunes what it should and nothing else`, async () => {
      const ns = await cluster.namespace('kill');
      const agent = await startPair();
      try {
        const policy = { targetNamespace: ns };
        await agent.worker.publish([{ id: ns, objects: ['a', 'b', 'goes'].map((name) => configMap(name, '1')), policy }]);
        await receiptOf(agent.worker, ns);
        await live.create(`/api/v1/namespaces/${ns}/configmaps`, configMap('foreign', 'untouched'));
        await agent.stop('SIGKILL');
        await agent.start({ failpoint });
        await agent.worker.publish([{ id: ns, objects: ['a', 'b', 'c', 'd'].map((name) => configMap(name, '2')), policy }]);
        expect(await agent.ended()).toBe('SIGKILL');
        await agent.start();
        await agent.worker.synced(ns);
        expect(await values(ns, ['a', 'b', 'c', 'd', 'goes', 'foreign'])).toEqual(['2', '2', '2', '2', undefined, 'untouched']);
        expect((await receiptOf(agent.worker, ns)).outcome).toBe('synced');
        // One receipt for the ledger, however often it was sent.
        const ids = agent.worker.receipts.filter((receipt) => receipt.generation === agent.worker.generation).map(({ id }) => id);
        expect(new Set(ids).size).toBe(1);
      } finally {
        await stopPair(agent);
      }
    });
  }

  it('I2: in the middle of creating still prunes what it made, when Git has moved on meanwhile', async () => {
    const ns = await cluster.namespace('kill');
    const agent = await startPair({ failpoint: 'applied:2' });
    try {
      const policy = { targetNamespace: ns };
      await agent.worker.publish([{ id: ns, objects: ['a', 'b', 'c'].map((name) => configMap(name, '1')), policy }]);
      expect(await agent.ended()).toBe('SIGKILL');
      await agent.worker.publish([{ id: ns, objects: [configMap('other', '1')], policy }]);
      await agent.start();
      await agent.worker.synced(ns);
      expect(await values(ns, ['a', 'b', 'c', 'other'])).toEqual([undefined, undefined, undefined, '1']);
    } finally {
      await stopPair(agent);
    }
  });
});

describe('an agent that starts again', () => {
  let agent: AgentProcess;
  beforeAll(async () => {
    agent = await startPair();
  });
  afterAll(() => stopPair(agent));

  it('heals to the last verified snapshot while the Worker is away', async () => {
    const ns = await cluster.namespace('away');
    await agent.worker.publish([{ id: ns, objects: [configMap('kept', 'right')], policy: { targetNamespace: ns } }]);
    await receiptOf(agent.worker, ns);
    await eventually(
      'the snapshot is stored',
      async () => (await live.get(`/api/v1/namespaces/${agent.namespace}/secrets/plumbline-snapshot`)) !== undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await agent.stop('SIGKILL');
    agent.worker.away = true;
    await live.patch(configPath(ns, 'kept'), { data: { value: 'wrong' } });
    agent.spawn();
    await eventually('the heal', async () => (await live.get(configPath(ns, 'kept')))?.data?.['value'] === 'right');
    agent.worker.away = false;
    await agent.worker.until('the agent is back', () => agent.worker.drifts.some((drift) => drift.key.includes(ns)));
  });

  it('does not sync again what the Worker has acknowledged', async () => {
    const ns = await cluster.namespace('again');
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(agent.worker, ns);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const before = await live.get(configPath(ns, 'one'));
    await agent.stop();
    const receipts = agent.worker.receipts.length;
    await agent.start();
    agent.worker.statuses.clear();
    await agent.worker.synced(ns);
    expect(agent.worker.receipts.slice(receipts).filter((receipt) => receipt.app === ns)).toEqual([]);
    expect(await live.get(configPath(ns, 'one'))).toEqual(before);
  });
});

describe('F34: two agents with one identity', () => {
  it('a stale one that wakes up writes nothing old over the new', async () => {
    const ns = await cluster.namespace('zombie');
    const first = await startPair();
    // The second reaches another Worker with the same keys, so that each can be told something else.
    const other = new FakeWorker({ like: first.worker });
    await other.start();
    const second = new AgentProcess(other, { namespace: first.namespace });
    try {
      const policy = { targetNamespace: ns };
      await first.worker.publish([{ id: ns, objects: [configMap('one', '1')], policy }]);
      await receiptOf(first.worker, ns);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      first.signal('SIGSTOP');
      other.continueFrom(first.worker);
      await second.start();
      await other.publish([{ id: ns, objects: [configMap('one', '2')], policy }]);
      await receiptOf(other, ns);
      first.signal('SIGCONT');
      // The zombie sees that its object differs from what it believes in, and must not put it back.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(await values(ns, ['one'])).toEqual(['2']);
      await live.patch(configPath(ns, 'one'), { data: { value: 'by hand' } });
      await eventually('the heal', async () => (await live.get(configPath(ns, 'one')))?.data?.['value'] !== 'by hand');
      expect(await values(ns, ['one'])).toEqual(['2']);
    } finally {
      await second.stop('SIGKILL');
      await other.stop();
      await stopPair(first);
    }
  });
});
