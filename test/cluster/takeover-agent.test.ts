import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, startPair, stopPair } from './agent-process.ts';
import { actionsOf, configPath, eventually, liveCluster, receiptOf as receiptFrom } from './live.ts';

let cluster: SharedCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const receiptOf = (app: string) => receiptFrom(agent.worker, app);
const live = (namespace: string, name: string) => liveCluster(cluster).get(configPath(namespace, name));

function configMap(
  namespace: string,
  name: string,
  parts: { readonly data: Record<string, string>; readonly labels?: Record<string, string> },
): Manifest {
  const { data, labels } = parts;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    data,
  };
}

async function kubectl(args: readonly string[], object: Manifest): Promise<void> {
  const run = await cluster.kubectl([...args, '-f', '-'], { input: JSON.stringify(object) });
  expect(run.stderr).not.toContain('rror');
}

const managersOf = (object: unknown) =>
  (object as { metadata: { managedFields: readonly { manager: string }[] } }).metadata.managedFields.map(
    ({ manager }) => manager,
  );

describe('F38: an App whose objects kubectl made', () => {
  it('takes them over with its first sync, and then writes nothing any more', async () => {
    const ns = await cluster.namespace('adopt');
    await kubectl(['apply'], configMap(ns, 'same', { data: { a: '1' } }));
    await kubectl(['apply'], configMap(ns, 'old', { data: { a: '1', gone: 'x' }, labels: { gone: 'x' } }));
    const uid = (await live(ns, 'old'))?.metadata.uid;
    const objects = [configMap(ns, 'same', { data: { a: '1' } }), configMap(ns, 'old', { data: { a: '1' } })];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
    expect(actionsOf(await receiptOf(ns))).toEqual({
      [`/ConfigMap/${ns}/same`]: 'configured',
      [`/ConfigMap/${ns}/old`]: 'configured',
    });
    await agent.worker.synced(ns);
    const old = await live(ns, 'old');
    expect(old).toMatchObject({ metadata: { uid }, data: { a: '1' } });
    expect(old?.data).not.toHaveProperty('gone');
    expect(old?.metadata.labels).toBeUndefined();
    expect(managersOf(old)).toEqual(['plumbline']);
    const before = [await live(ns, 'same'), old];
    await agent.worker.publish([
      { id: ns, objects, policy: { targetNamespace: ns }, requests: [{ id: `again-${ns}`, kind: 'sync', actor: 'alice' }] },
    ]);
    expect(actionsOf(await receiptOf(ns))).toEqual({
      [`/ConfigMap/${ns}/same`]: 'unchanged',
      [`/ConfigMap/${ns}/old`]: 'unchanged',
    });
    expect([await live(ns, 'same'), await live(ns, 'old')]).toEqual(before);
  });

  it('names the manager from whom it takes a field', async () => {
    const ns = await cluster.namespace('adopt');
    await kubectl(['apply', '--server-side', '--field-manager', 'scaler'], configMap(ns, 'c', { data: { size: '9' } }));
    await agent.worker.publish([
      { id: ns, objects: [configMap(ns, 'c', { data: { size: '1' } })], policy: { targetNamespace: ns } },
    ]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(receipt.problems.map(({ code }) => code)).toContain('apply.conflict_forced');
    expect(JSON.stringify(receipt.problems)).toContain('/data/size from scaler');
  });

  it('heals what kubectl apply adds later', async () => {
    const ns = await cluster.namespace('adopt');
    const object = configMap(ns, 'c', { data: { a: '1' } });
    await agent.worker.publish([{ id: ns, objects: [object], policy: { targetNamespace: ns, dialect: 'flux' } }]);
    await receiptOf(ns);
    await agent.worker.synced(ns);
    await kubectl(['apply', '--server-side', '--force-conflicts'], configMap(ns, 'c', { data: { a: '1', sneaked: 'in' } }));
    await eventually('the field goes', async () => !('sneaked' in ((await live(ns, 'c'))?.data ?? {})));
    await agent.worker.until('the heal is reported', () =>
      agent.worker.drifts.some((drift) => drift.key === `/ConfigMap/${ns}/c`),
    );
    expect(agent.worker.drifts.find((drift) => drift.key === `/ConfigMap/${ns}/c`)?.fields).toContain('/data/sneaked');
    await agent.worker.synced(ns);
  });

  it('gives them back without a trace when it goes and leaves them', async () => {
    const ns = await cluster.namespace('adopt');
    const policy = { targetNamespace: ns, onDelete: 'orphan' as const };
    const object = configMap(ns, 'c', { data: { a: '1' } });
    await agent.worker.publish([{ id: ns, objects: [object], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [], state: 'removed', policy }]);
    await receiptOf(ns);
    await eventually('it is given back', async () => !JSON.stringify(await live(ns, 'c')).includes('plumbline'));
    const after = await live(ns, 'c');
    expect(after?.data).toEqual({ a: '1' });
    expect(after?.metadata.annotations).toBeUndefined();
  });
});

describe('F16: an object that has to be recreated', () => {
  it('is, when its annotation asks for it, and the App says so', async () => {
    const ns = await cluster.namespace('adopt');
    const object = (value: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: ns, annotations: { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' } },
      immutable: true,
      data: { value },
    });
    const policy = { targetNamespace: ns, dialect: 'flux' as const };
    await agent.worker.publish([{ id: ns, objects: [object('1')], policy }]);
    await receiptOf(ns);
    await agent.worker.synced(ns);
    const before = await live(ns, 'c');
    await agent.worker.publish([{ id: ns, objects: [object('2')], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(receipt.problems.map(({ code }) => code)).toEqual(['apply.recreated']);
    await agent.worker.synced(ns);
    const after = await live(ns, 'c');
    expect(after?.data).toEqual({ value: '2' });
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });
});

describe('an App with fields that their kind does not have', () => {
  it('says so for as long as Git has them', async () => {
    const ns = await cluster.namespace('adopt');
    const service: Manifest = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: ns },
      spec: { typo: true, ports: [{ port: 80 }] },
    };
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [service], policy }]);
    expect((await receiptOf(ns)).problems.map(({ code }) => code)).toEqual(['apply.field_unknown']);
    await agent.worker.publish([
      { id: ns, objects: [service], policy, requests: [{ id: `again-${ns}`, kind: 'sync', actor: 'alice' }] },
    ]);
    expect((await receiptOf(ns)).problems.map(({ code }) => code)).toEqual(['apply.field_unknown']);
  });
});
