import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair, webApp } from './agent-process.ts';
import { actionsOf, configPath, eventually, liveCluster, receiptOf as receiptFrom } from './live.ts';

let cluster: SharedCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const live = (path: string) => liveCluster(cluster).get(path);
const receiptOf = (app: string) => receiptFrom(agent.worker, app);
const actions = actionsOf;

describe('a new App', () => {
  it('is created with its namespace, becomes Synced and Healthy, and is receipted as created', async () => {
    const ns = uniqueName('apply');
    await agent.worker.publish([{ id: ns, objects: webApp('web', '1'), policy: { targetNamespace: ns, createNamespace: true } }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(actions(receipt)).toEqual({
      [`/ConfigMap/${ns}/web`]: 'created',
      [`/Service/${ns}/web`]: 'created',
      [`/ServiceAccount/${ns}/web`]: 'created',
      [`apps/Deployment/${ns}/web`]: 'created',
    });
    await agent.worker.until('healthy', () => agent.worker.statuses.get(ns)?.health.status === 'Healthy');
    expect(agent.worker.statuses.get(ns)?.sync).toBe('Synced');
  });

  it('is owned by field manager plumbline through server-side apply, and carries its tracking id', async () => {
    const ns = await cluster.namespace('apply');
    await agent.worker.publish([{ id: ns, objects: [configMap('owned', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(ns);
    const object = await live(configPath(ns, 'owned'));
    expect(object).toMatchObject({
      metadata: {
        annotations: { 'argocd.argoproj.io/tracking-id': `${ns}:/ConfigMap:${ns}/owned` },
        managedFields: [{ manager: 'plumbline', operation: 'Apply' }],
      },
    });
  });

  it('of Flux carries the labels of its Kustomization', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { dialect: 'flux' as const, namespace: 'flux-system', targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('owned', 'a')], policy }]);
    await receiptOf(ns);
    expect(await live(configPath(ns, 'owned'))).toMatchObject({
      metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': ns, 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } },
    });
  });

  it('F14: brings a definition and its objects in one commit', async () => {
    const ns = await cluster.namespace('apply');
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
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
              },
            },
          },
        ],
      },
    };
    const widget: Manifest = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' }, spec: { size: 3 } };
    await agent.worker.publish([{ id: ns, objects: [widget, definition], policy: { targetNamespace: ns } }]);
    const receipt = await receiptOf(ns);
    expect(actions(receipt)).toEqual({
      [`apiextensions.k8s.io/CustomResourceDefinition//widgets.${group}`]: 'created',
      [`${group}/Widget/${ns}/one`]: 'created',
    });
    await agent.worker.synced(ns);
  });
});

describe('a changed App', () => {
  it('writes what changed and leaves the rest alone', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a'), configMap('two', 'a')], policy }]);
    await receiptOf(ns);
    const before = await live(configPath(ns, 'two'));
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'b'), configMap('two', 'a')], policy }]);
    expect(actions(await receiptOf(ns))).toEqual({
      [`/ConfigMap/${ns}/one`]: 'configured',
      [`/ConfigMap/${ns}/two`]: 'unchanged',
    });
    expect(await live(configPath(ns, 'one'))).toMatchObject({ data: { value: 'b' } });
    expect(await live(configPath(ns, 'two'))).toEqual(before);
  });

  it('prunes what left Git', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', 'a'), configMap('goes', 'a')], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', 'a')], policy }]);
    expect(actions(await receiptOf(ns))).toEqual({
      [`/ConfigMap/${ns}/stays`]: 'unchanged',
      [`/ConfigMap/${ns}/goes`]: 'pruned',
    });
    await eventually('it is gone', async () => (await live(configPath(ns, 'goes'))) === undefined);
    await agent.worker.synced(ns);
  });

  it('keeps what left Git when it does not prune, and says OutOfSync', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns, prune: false };
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', 'a'), configMap('goes', 'a')], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [configMap('stays', 'a')], policy }]);
    expect(actions(await receiptOf(ns))).toMatchObject({ [`/ConfigMap/${ns}/goes`]: 'kept' });
    await agent.worker.until('OutOfSync', () => agent.worker.statuses.get(ns)?.sync === 'OutOfSync');
    expect(await live(configPath(ns, 'goes'))).toBeDefined();
  });

  it('F29: that turned empty is held, until a person confirms', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [], policy }]);
    const held = await receiptOf(ns);
    expect(held.outcome).toBe('held');
    expect(held.problems.map((found) => found.code)).toContain('apply.held_deletion');
    expect(await live(configPath(ns, 'one'))).toBeDefined();
    await agent.worker.publish([
      { id: ns, objects: [], policy, requests: [{ id: 'confirm-1', kind: 'sync', prune: true, actor: 'alice' }] },
    ]);
    const confirmed = await receiptOf(ns);
    expect(confirmed).toMatchObject({ outcome: 'synced', requests: ['confirm-1'] });
    await eventually('it is gone', async () => (await live(configPath(ns, 'one'))) === undefined);
  });

  it('F16: that touches an immutable field writes nothing and says which object', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns, retry: { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 } };
    const immutable = (value: string): Manifest => ({ ...configMap('fixed', value), immutable: true });
    await agent.worker.publish([{ id: ns, objects: [immutable('a'), configMap('other', 'a')], policy }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [immutable('b'), configMap('other', 'b')], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.results.find((result) => result.action === 'failed')).toMatchObject({
      key: `/ConfigMap/${ns}/fixed`,
      problem: { code: 'apply.immutable' },
    });
    expect(await live(configPath(ns, 'other'))).toMatchObject({ data: { value: 'a' } });
  });
});

describe('a removed App', () => {
  it('takes its objects with it', async () => {
    const ns = await cluster.namespace('apply');
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], state: 'removed', policy: { targetNamespace: ns } }]);
    expect((await receiptOf(ns)).outcome).toBe('removed');
    await eventually('it is gone', async () => (await live(configPath(ns, 'one'))) === undefined);
  });

  it('leaves its objects when it says so', async () => {
    const ns = await cluster.namespace('apply');
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(ns);
    await agent.worker.publish([{ id: ns, objects: [], state: 'removed', policy: { targetNamespace: ns, onDelete: 'orphan' } }]);
    expect(await receiptOf(ns)).toMatchObject({ outcome: 'removed', results: [{ key: `/ConfigMap/${ns}/one`, action: 'kept' }] });
    expect(await live(configPath(ns, 'one'))).toBeDefined();
  });

  it('I2: is not an App that a snapshot merely does not name', async () => {
    const ns = await cluster.namespace('apply');
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(ns);
    agent.worker.forget(ns);
    const other = await cluster.namespace('apply');
    await agent.worker.publish([{ id: other, objects: [configMap('one', 'a')], policy: { targetNamespace: other } }]);
    await receiptOf(other);
    expect(await live(configPath(ns, 'one'))).toBeDefined();
  });
});

describe('one broken object', () => {
  it('S11: costs itself, and the API server cannot quote a Secret in the answer', async () => {
    const ns = await cluster.namespace('apply');
    const canary = 'canary-value-that-must-not-show';
    const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'broken' }, data: { password: `${canary}!` } };
    const policy = { targetNamespace: ns, retry: { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 } };
    await agent.worker.publish([{ id: ns, objects: [secret, configMap('fine', 'a')], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.results.find((result) => result.action === 'failed')?.key).toBe(`/Secret/${ns}/broken`);
    expect(await live(configPath(ns, 'fine'))).toBeDefined();
    expect(JSON.stringify([...agent.worker.receipts, ...agent.worker.statuses.values()]) + agent.output).not.toContain(canary);
  });

  it('F44: of an unknown kind waits and leaves the others alone, and nothing is pruned meanwhile', async () => {
    const ns = await cluster.namespace('apply');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a'), configMap('old', 'a')], policy }]);
    await receiptOf(ns);
    const unknown: Manifest = { apiVersion: 'nowhere.example.com/v1', kind: 'Nothing', metadata: { name: 'x' } };
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'b'), unknown], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.results.find((result) => result.action === 'failed')?.problem?.code).toBe('apply.kind_unknown');
    expect(await live(configPath(ns, 'one'))).toMatchObject({ data: { value: 'b' } });
    expect(await live(configPath(ns, 'old'))).toBeDefined();
  });

  it('F19: that another App owns stays that App’s', async () => {
    const ns = await cluster.namespace('apply');
    const first = uniqueName('first');
    const second = uniqueName('second');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: first, objects: [configMap('shared', 'mine')], policy }]);
    await receiptOf(first);
    await agent.worker.publish([{ id: second, objects: [configMap('shared', 'yours'), configMap('own', 'a')], policy }]);
    const receipt = await receiptOf(second);
    expect(receipt.results.find((result) => result.action === 'skipped')?.problem?.code).toBe('apply.shared');
    expect(await live(configPath(ns, 'shared'))).toMatchObject({ data: { value: 'mine' } });
    expect(await live(configPath(ns, 'own'))).toBeDefined();
  });

  it('is handed over, not deleted, when it moves to another App in one commit', async () => {
    const ns = await cluster.namespace('apply');
    const first = uniqueName('first');
    const second = uniqueName('second');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: first, objects: [configMap('moves', 'a'), configMap('stays', 'a')], policy }]);
    await receiptOf(first);
    const before = await live(configPath(ns, 'moves'));
    await agent.worker.publish([
      { id: first, objects: [configMap('stays', 'a')], policy },
      { id: second, objects: [configMap('moves', 'a')], policy },
    ]);
    await receiptOf(second);
    await agent.worker.synced(second);
    await agent.worker.synced(first);
    const after = await live(configPath(ns, 'moves'));
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after).toMatchObject({
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': `${second}:/ConfigMap:${ns}/moves` } },
    });
  });

  it('of duplicate environment variables is normalised with a warning', async () => {
    const ns = await cluster.namespace('apply');
    const [, , , deployment] = webApp('twice', '1');
    const env = [
      { name: 'A', value: 'first' },
      { name: 'A', value: 'last' },
    ];
    const spec = {
      ...(deployment?.['spec'] as object),
      template: {
        metadata: { labels: { app: 'twice' } },
        spec: { containers: [{ name: 'web', image: 'example.com/web:1', env }] },
      },
    };
    const object = { ...deployment, spec } as Manifest; // the same Deployment with another spec
    await agent.worker.publish([{ id: ns, objects: [object], policy: { targetNamespace: ns } }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(receipt.problems.map((found) => found.code)).toEqual(['apply.normalised']);
    const made = await live(`/apis/apps/v1/namespaces/${ns}/deployments/twice`);
    expect(JSON.stringify(made?.spec)).toContain('"last"');
  });
});

describe('the agent’s own things', () => {
  it('are refused whatever the Worker sends', async () => {
    const id = uniqueName('attack');
    const binding: Manifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: uniqueName('grant') },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'plumbline-agent', namespace: agent.namespace }],
    };
    await agent.worker.publish([
      {
        id,
        objects: [
          binding,
          configMap('inside', 'a', agent.namespace),
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: agent.namespace } },
        ],
      },
    ]);
    const receipt = await receiptOf(id);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.results.map((result) => result.problem?.code)).toEqual([
      'apply.protected',
      'apply.protected',
      'apply.protected',
    ]);
    expect(await live(configPath(agent.namespace, 'inside'))).toBeUndefined();
    expect(await live(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${binding.metadata.name}`)).toBeUndefined();
  });
});
