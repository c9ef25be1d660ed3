import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { deployment, inWave } from './hook-objects.ts';
import { actionsOf, configPath, eventually, liveCluster, receiptOf as receiptFrom } from './live.ts';

const NO_RETRY = { limit: 0, durationSeconds: 1, factor: 2, maxDurationSeconds: 10 };

let cluster: SharedCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const live = (path: string) => liveCluster(cluster).get(path);
const receiptOf = (app: string) => receiptFrom(agent.worker, app);
const statusOf = (app: string) => agent.worker.statuses.get(app);
const progressOf = (app: string) => statusOf(app)?.progress;

/** A definition and its kind, both of a group of their own. */
function widgets(): { readonly definition: Manifest; readonly widget: (name: string) => Manifest; readonly group: string } {
  const group = `${uniqueName('g')}.example.com`;
  const definition: Manifest = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  return { definition, group, widget: (name) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name } }) };
}

describe('waves', () => {
  it('wait for the health of the one before, say so, and go on by themselves', async () => {
    const ns = await cluster.namespace('waves');
    const objects = [
      inWave(-1, configMap('first', '1')),
      deployment('db', { behaviour: 'slow', delay: '2s' }),
      inWave(2, configMap('last', '1')),
    ];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.waiting');
    expect(progressOf(ns)).toMatchObject({ state: 'waiting', phase: 'Sync', code: 'apply.waiting' });
    expect(progressOf(ns)?.message).toContain(`waits for wave 0: Deployment ${ns}/db is Progressing`);
    expect(await live(configPath(ns, 'first'))).toBeDefined();
    expect(await live(configPath(ns, 'last'))).toBeUndefined();
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'last'))).toBeDefined();
  });

  it('that hang are superseded by a new commit at once', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns };
    const stuck = [deployment('db', { behaviour: 'slow', delay: '1h' }), inWave(1, configMap('last', '1'))];
    await agent.worker.publish([{ id: ns, objects: stuck, policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.waiting');
    await agent.worker.publish([{ id: ns, objects: [deployment('db'), inWave(1, configMap('last', '2'))], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'last'))).toMatchObject({ data: { value: '2' } });
  });

  it('do not keep other Apps waiting', async () => {
    const ns = await cluster.namespace('waves');
    const other = uniqueName('other');
    const policy = { targetNamespace: ns };
    const stuck = [deployment('db', { behaviour: 'slow', delay: '1h' }), inWave(1, configMap('last', '1'))];
    await agent.worker.publish([{ id: ns, objects: stuck, policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.waiting');
    await agent.worker.publish([{ id: other, objects: [configMap('other', '1')], policy }]);
    expect((await receiptOf(other)).outcome).toBe('synced');
  });

  it('F44: behind one in which an object fails are not begun; the rest of that one is', async () => {
    const ns = await cluster.namespace('waves');
    const bad: Manifest = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'bad' },
      spec: { ports: [{ port: 99_999_999 }] },
    };
    const objects = [bad, configMap('good', '1'), inWave(1, configMap('later', '1'))];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, retry: NO_RETRY } }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(actionsOf(receipt)).toEqual({ [`/Service/${ns}/bad`]: 'failed', [`/ConfigMap/${ns}/good`]: 'created' });
    expect(await live(configPath(ns, 'later'))).toBeUndefined();
    await agent.worker.until('it is not called Synced', () => statusOf(ns)?.sync === 'OutOfSync');
  });

  it('are pruned in reverse', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns };
    const all = [inWave(0, configMap('base', '1')), inWave(1, configMap('middle', '1')), inWave(2, configMap('top', '1'))];
    await agent.worker.publish([{ id: ns, objects: [...all, configMap('stays', '1')], policy }]);
    await receiptOf(ns);
    // Its finalizer keeps what goes first; what goes later has to wait for it.
    await liveCluster(cluster).patch(configPath(ns, 'top'), { metadata: { finalizers: ['example.com/hold'] } });
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', '1')], policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.finalizer_pending');
    expect(progressOf(ns)?.message).toContain('finalizer example.com/hold');
    expect(await live(configPath(ns, 'base'))).toBeDefined();
    await liveCluster(cluster).patch(configPath(ns, 'top'), { metadata: { finalizers: null } });
    expect((await receiptOf(ns)).outcome).toBe('synced');
    await eventually('all are gone', async () => (await live(configPath(ns, 'base'))) === undefined);
  });

  it('F14: wait for a kind that an operator of an earlier wave brings', async () => {
    const ns = await cluster.namespace('waves');
    const { definition, widget, group } = widgets();
    const objects = [deployment('operator'), inWave(1, widget('w')), inWave(2, configMap('last', '1'))];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
    expect((await receiptOf(ns)).outcome).toBe('failed');
    expect(await live(configPath(ns, 'last'))).toBeUndefined();
    await liveCluster(cluster).create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    await agent.worker.until('it is Synced', () => statusOf(ns)?.sync === 'Synced');
    expect(await live(`/apis/${group}/v1/namespaces/${ns}/widgets/w`)).toBeDefined();
    expect(await live(configPath(ns, 'last'))).toBeDefined();
    await cluster.call({ method: 'DELETE', path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}` });
  });
});

describe('deletions that a person has to confirm', () => {
  const annotated = (name: string, option: string): Manifest => {
    const object = configMap(name, '1');
    return { ...object, metadata: { ...object.metadata, annotations: { 'argocd.argoproj.io/sync-options': option } } };
  };

  it('are held by Prune=confirm until the approval is newer than the wait, and kept by Prune=false', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns };
    const all = [
      annotated('asks', 'Prune=confirm'),
      annotated('kept', 'Prune=false'),
      configMap('goes', '1'),
      configMap('stays', '1'),
    ];
    await agent.worker.publish([{ id: ns, objects: all, policy }]);
    await receiptOf(ns);
    const early = new Date(Date.now() - 60_000).toISOString();
    const left = [configMap('stays', '1')];
    await agent.worker.publish([{ id: ns, objects: left, policy: { ...policy, deletionApproved: early } }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('held');
    expect(actionsOf(receipt)).toMatchObject({
      [`/ConfigMap/${ns}/asks`]: 'kept',
      [`/ConfigMap/${ns}/kept`]: 'kept',
      [`/ConfigMap/${ns}/goes`]: 'pruned',
    });
    const now = new Date(Date.now() + 1_000).toISOString();
    await agent.worker.publish([{ id: ns, objects: left, policy: { ...policy, deletionApproved: now } }]);
    expect(actionsOf(await receiptOf(ns))).toMatchObject({ [`/ConfigMap/${ns}/asks`]: 'pruned' });
    expect(await live(configPath(ns, 'kept'))).toBeDefined();
  });

  it('F15: are those of a definition that left Git, whose objects stay', async () => {
    const ns = await cluster.namespace('waves');
    const { definition, widget, group } = widgets();
    const policy = { targetNamespace: ns };
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`;
    await agent.worker.publish([{ id: ns, objects: [definition, widget('w'), configMap('stays', '1')], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [widget('w'), configMap('stays', '1')], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('held');
    expect(receipt.problems.map(({ code }) => code)).toContain('apply.held_deletion');
    expect(await live(path)).toBeDefined();
    expect(await live(`/apis/${group}/v1/namespaces/${ns}/widgets/w`)).toBeDefined();
    await cluster.call({ method: 'DELETE', path });
  });

  it('keep a removed App with Delete=confirm whole, and leave what says Delete=false', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns };
    const objects = [annotated('asks', 'Delete=confirm'), annotated('kept', 'Delete=false'), configMap('goes', '1')];
    await agent.worker.publish([{ id: ns, objects, policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects, policy, state: 'removed' }]);
    expect((await receiptOf(ns)).outcome).toBe('held');
    expect(await live(configPath(ns, 'goes'))).toBeDefined();
    const requests = [{ id: uniqueName('request'), kind: 'sync' as const, prune: true, actor: 'me' }];
    await agent.worker.publish([{ id: ns, objects, policy, state: 'removed', requests }]);
    expect((await receiptOf(ns)).outcome).toBe('removed');
    await eventually('it is gone', async () => (await live(configPath(ns, 'asks'))) === undefined);
    const kept = await live(configPath(ns, 'kept'));
    expect(kept).toBeDefined();
    expect(JSON.stringify(kept)).not.toContain('tracking-id');
  });
});

describe('what waits with its finalizers', () => {
  it('F17: shows which one, does not keep the App or others from going on, and is gone when it goes', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('stuck', '1'), configMap('stays', '1')], policy }]);
    await receiptOf(ns);
    await liveCluster(cluster).patch(configPath(ns, 'stuck'), { metadata: { finalizers: ['example.com/hold'] } });
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', '2')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'stays'))).toMatchObject({ data: { value: '2' } });
    const shown = () => statusOf(ns)?.resources.find(({ key }) => key === `/ConfigMap/${ns}/stuck`);
    await agent.worker.until('it is shown', () => shown()?.problem?.code === 'apply.finalizer_pending');
    expect(shown()?.problem?.message).toContain('example.com/hold');
    await liveCluster(cluster).patch(configPath(ns, 'stuck'), { metadata: { finalizers: null } });
    await agent.worker.until('it is Synced', () => statusOf(ns)?.sync === 'Synced' && shown() === undefined);
  });

  it('F17: keeps a removed App that waits for its objects', async () => {
    const ns = await cluster.namespace('waves');
    const policy = { targetNamespace: ns, awaitDeletion: true };
    await agent.worker.publish([{ id: ns, objects: [configMap('stuck', '1')], policy }]);
    await receiptOf(ns);
    await liveCluster(cluster).patch(configPath(ns, 'stuck'), { metadata: { finalizers: ['example.com/hold'] } });
    await agent.worker.publish([{ id: ns, objects: [configMap('stuck', '1')], policy, state: 'removed' }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.finalizer_pending');
    const isRemoved = () => agent.worker.receipts.some(({ app, outcome }) => app === ns && outcome === 'removed');
    expect(isRemoved()).toBe(false);
    await liveCluster(cluster).patch(configPath(ns, 'stuck'), { metadata: { finalizers: null } });
    await agent.worker.until('it is removed', isRemoved);
  });
});
