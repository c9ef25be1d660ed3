import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../../devcluster/handle/api-client.ts';
import type { Devcluster } from '../../devcluster/handle/cluster.ts';
import { startDevcluster } from '../../devcluster/handle/start-devcluster.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { configPath, eventually, type LiveCluster, liveOf, receiptOf } from './live.ts';

/** A control plane of its own, because it is taken down here. */
let cluster: Devcluster;
let live: LiveCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = await startDevcluster({ controllers: false });
  live = liveOf((request) => callApi({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken }, request));
  agent = await startPair({ kubeconfig: cluster.kubeconfig });
});
afterAll(async () => {
  await stopPair(agent);
  await cluster.stop();
});

describe('F36: the API server', () => {
  it('is killed and comes back: the watches go on, and a change made meanwhile is healed', async () => {
    await agent.worker.publish([{ id: 'restart', objects: [configMap('one', 'right')] }]);
    await receiptOf(agent.worker, 'restart');
    await cluster.stopApiServer();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await cluster.startApiServer();
    await live.patch(configPath('default', 'one'), { data: { value: 'wrong' } });
    await eventually('the heal', async () => (await live.get(configPath('default', 'one')))?.data?.['value'] === 'right', 60_000);
  });

  it('is away when a snapshot comes: it is applied when it is back', async () => {
    await cluster.stopApiServer();
    await agent.worker.publish([{ id: 'away', objects: [configMap('two', 'a')] }]);
    await agent.worker.until(
      'the agent has the snapshot',
      () => agent.worker.polls.at(-1)?.generation === agent.worker.generation,
    );
    await cluster.startApiServer();
    await agent.worker.synced('away', 60_000);
    expect((await live.get(configPath('default', 'two')))?.data).toEqual({ value: 'a' });
  });

  it('restarts while the agent is stopped: the agent finds what changed when it wakes up', async () => {
    await agent.worker.publish([{ id: 'compacted', objects: [configMap('three', 'right')] }]);
    await receiptOf(agent.worker, 'compacted');
    agent.signal('SIGSTOP');
    await live.patch(configPath('default', 'three'), { data: { value: 'wrong' } });
    await cluster.stopApiServer();
    await cluster.startApiServer();
    agent.signal('SIGCONT');
    await eventually(
      'the heal',
      async () => (await live.get(configPath('default', 'three')))?.data?.['value'] === 'right',
      60_000,
    );
  });
});

describe('F01: the Worker', () => {
  it('is cut off while Git moves on: the agent heals to what it has, and follows when the Worker is back', async () => {
    await agent.worker.publish([{ id: 'cut', objects: [configMap('four', '1')] }]);
    await receiptOf(agent.worker, 'cut');
    agent.worker.away = true;
    agent.worker.drop();
    await agent.worker.publish([{ id: 'cut', objects: [configMap('four', '2')] }]);
    await live.patch(configPath('default', 'four'), { data: { value: 'wrong' } });
    await eventually('the heal', async () => (await live.get(configPath('default', 'four')))?.data?.['value'] === '1');
    agent.worker.away = false;
    await agent.worker.synced('cut', 60_000);
    expect((await live.get(configPath('default', 'four')))?.data).toEqual({ value: '2' });
  });
});
