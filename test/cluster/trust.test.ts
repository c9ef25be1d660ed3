import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSeed, signerOf } from '../../agent/platform/crypto.ts';
import { signEnvelope } from '../../core/protocol/dsse.ts';
import { type Envelope, RECEIPT_TYPE, SNAPSHOT_TYPE, type Snapshot } from '../../core/protocol/messages.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { configPath, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let agent: AgentProcess;
let ns: string;

const value = async () => (await liveCluster(cluster).get(configPath(ns, 'trusted')))?.data?.['value'];
const app = (wanted: string) => ({ id: ns, objects: [configMap('trusted', wanted)], policy: { targetNamespace: ns } });

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
  ns = await cluster.namespace('trust');
  await agent.worker.publish([app('good')]);
  await receiptOf(agent.worker, ns);
});
afterAll(() => stopPair(agent));

/** Offers an envelope and waits until the agent has refused it under a rule; nothing in the cluster may have changed. */
async function refused(envelope: Envelope, rule: string): Promise<void> {
  const before = agent.worker.problems.length;
  const good = agent.worker.snapshot;
  agent.worker.offer(envelope);
  await agent.worker.until(
    `the refusal under ${rule}`,
    () => agent.worker.problems.slice(before).some((found) => found.rule === rule),
    40_000,
  );
  expect(agent.worker.problems.at(-1)).toMatchObject({ code: 'protocol.refused', rule });
  expect(await value()).toBe('good');
  if (good === undefined) return;
  const polls = agent.worker.polls.length;
  agent.worker.offer(good);
  await agent.worker.until('the next poll', () => agent.worker.polls.length > polls);
}

/** The next snapshot, with something wrong in it. */
async function nextWith(
  changes: Partial<Snapshot>,
  options: { readonly type?: string; readonly signer?: typeof agent.worker.online } = {},
): Promise<Envelope> {
  const generation = agent.worker.generation + 1;
  const apps = agent.worker.appsWith([app('bad')]);
  const now = Date.now();
  const snapshot = {
    cluster: agent.worker.cluster,
    clusterName: 'test',
    keys: 1,
    generation,
    previous: agent.worker.previous,
    issuedAt: now,
    expiresAt: now + 60_000,
    apps,
    ...changes,
  };
  return signEnvelope(options.type ?? SNAPSHOT_TYPE, snapshot, options.signer ?? agent.worker.online);
}

describe('the agent refuses, reports the rule and keeps what it had', () => {
  it('P03: a snapshot that was tampered with', async () => {
    const envelope = await nextWith({});
    const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"clusterName":"test"', '"clusterName":"tent"');
    await refused({ ...envelope, payload: Buffer.from(payload).toString('base64') }, 'P03');
  });

  it('P03: a snapshot signed by a key that no list names', async () =>
    refused(await nextWith({}, { signer: signerOf(newSeed()) }), 'P03'));

  it('P02 S42: the same bytes signed as another type', async () => refused(await nextWith({}, { type: RECEIPT_TYPE }), 'P02'));

  it('P11: a snapshot for another cluster', async () =>
    refused(await nextWith({ cluster: '00000000-0000-0000-0000-000000000000' }), 'P11'));

  it('P12: a snapshot under a key list that it does not have', async () => refused(await nextWith({ keys: 7 }), 'P12'));

  it('P14: another snapshot of the same generation', async () =>
    refused(await nextWith({ generation: agent.worker.generation }), 'P14'));

  it('P15: a next generation that does not follow the accepted one', async () =>
    refused(await nextWith({ previous: `sha256:${'0'.repeat(64)}` }), 'P15'));

  it('P16: a snapshot that has expired', async () => refused(await nextWith({ expiresAt: Date.now() - 1 }), 'P16'));

  it('P13: an older generation', async () => {
    const old = agent.worker.snapshot;
    await agent.worker.publish([app('good')]);
    await agent.worker.publish([app('good')]);
    await receiptOf(agent.worker, ns);
    if (old !== undefined) await refused(old, 'P13');
  });
});

describe('keys', () => {
  it('an enormous generation signed with a stolen key is undone by the next key list', async () => {
    const enormous = await nextWith({ generation: Number.MAX_SAFE_INTEGER, previous: null });
    agent.worker.offer(enormous);
    await agent.worker.until(
      'the agent follows the thief',
      () => agent.worker.polls.at(-1)?.generation === Number.MAX_SAFE_INTEGER,
    );
    await agent.worker.rotate();
    await agent.worker.publish([app('good again')]);
    const receipt = await receiptOf(agent.worker, ns);
    expect(receipt.outcome).toBe('synced');
    expect(await value()).toBe('good again');
  });

  it('signing keys rotate without touching the agent, and the retired one is worth nothing', async () => {
    const retired = agent.worker.online;
    await agent.worker.rotate();
    await agent.worker.publish([app('rotated')]);
    await receiptOf(agent.worker, ns);
    expect(await value()).toBe('rotated');
    const before = agent.worker.problems.length;
    agent.worker.offer(await nextWith({ keys: agent.worker.keysVersion }, { signer: retired }));
    await agent.worker.until(
      'the refusal',
      () => agent.worker.problems.slice(before).some((found) => found.rule === 'P03'),
      40_000,
    );
    expect(await value()).toBe('rotated');
  });

  it('S38: a stored snapshot that somebody changed is not healed to', async () => {
    const { worker } = agent;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await agent.stop('SIGKILL');
    const path = `/api/v1/namespaces/${agent.namespace}/secrets/plumbline-snapshot`;
    await liveCluster(cluster).patch(path, { data: { part: Buffer.from('not what was written').toString('base64') } });
    await liveCluster(cluster).patch(configPath(ns, 'trusted'), { data: { value: 'changed meanwhile' } });
    worker.away = true;
    agent.spawn();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await value()).toBe('changed meanwhile');
    worker.away = false;
    await worker.until('the agent has the snapshot again', () => worker.polls.at(-1)?.generation === worker.generation, 40_000);
  });
});
