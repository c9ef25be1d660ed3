import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair, webApp } from './agent-process.ts';
import { configMaps, configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  agent = await startPair();
});
afterAll(() => stopPair(agent));

/** An App of these objects in a namespace of its own, synced; gives the namespace, which is also its id. */
async function synced(objects: readonly Manifest[], policy: Partial<AppPolicy> = {}): Promise<string> {
  const ns = await cluster.namespace('drift');
  await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, ...policy } }]);
  await receiptOf(agent.worker, ns);
  await agent.worker.synced(ns);
  return ns;
}

const healed = (ns: string) => agent.worker.drifts.filter((drift) => drift.key.includes(ns) && drift.action === 'healed');

describe('self-heal on', () => {
  it('an edited object is put right, and who edited which field is reported', async () => {
    const ns = await synced([configMap('edited', 'right')]);
    await live.patch(configPath(ns, 'edited'), { data: { value: 'wrong' } });
    await eventually('the heal', async () => (await live.get(configPath(ns, 'edited')))?.data?.['value'] === 'right');
    await agent.worker.until('the report of the heal', () => healed(ns).length > 0);
    expect(healed(ns)).toMatchObject([
      { key: `/ConfigMap/${ns}/edited`, kind: 'changed', fields: ['/data/value'], manager: 'somebody' },
    ]);
    await agent.worker.synced(ns);
  });

  it('a deleted object is made again', async () => {
    const ns = await synced([configMap('deleted', 'a')]);
    await live.remove(configPath(ns, 'deleted'));
    await eventually('the heal', async () => (await live.get(configPath(ns, 'deleted'))) !== undefined);
    await agent.worker.until('the report of the heal', () => healed(ns).length > 0);
    expect(healed(ns)).toMatchObject([{ kind: 'deleted' }]);
  });

  it('a Deployment that was scaled by hand is scaled back, and its status updates cost no write', async () => {
    const ns = await synced(webApp('web', '1'));
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/web`;
    await agent.worker.until('healthy', () => agent.worker.statuses.get(ns)?.health.status === 'Healthy');
    await live.patch(path, { spec: { replicas: 3 } });
    await eventually('the heal', async () => (await live.get(path))?.spec?.['replicas'] === 1);
    await agent.worker.until('the report of the heal', () => healed(ns).length > 0);
    await agent.worker.synced(ns);
    expect(healed(ns).filter((drift) => drift.key.includes('Deployment'))).toHaveLength(1);
  });

  it('fields that Git does not set are left alone', async () => {
    const ns = await synced([configMap('shared', 'a')]);
    await live.patch(configPath(ns, 'shared'), { data: { extra: 'theirs' }, metadata: { labels: { theirs: 'yes' } } });
    await live.patch(configPath(ns, 'shared'), { data: { value: 'wrong' } });
    await eventually('the heal', async () => (await live.get(configPath(ns, 'shared')))?.data?.['value'] === 'a');
    expect(await live.get(configPath(ns, 'shared'))).toMatchObject({
      data: { extra: 'theirs' },
      metadata: { labels: { theirs: 'yes' } },
    });
    await agent.worker.synced(ns);
  });

  it('somebody who keeps writing against us is answered ever more slowly', async () => {
    const ns = await synced([configMap('fought', 'ours')]);
    let theirs = 0;
    const deadline = Date.now() + 3_000;
    while (Date.now() < deadline) {
      if ((await live.get(configPath(ns, 'fought')))?.data?.['value'] === 'ours') {
        theirs++;
        await live.patch(configPath(ns, 'fought'), { data: { value: 'theirs' } });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(theirs).toBeGreaterThanOrEqual(3);
    expect(theirs).toBeLessThanOrEqual(6);
    await eventually('the last word', async () => (await live.get(configPath(ns, 'fought')))?.data?.['value'] === 'ours', 30_000);
  });

  it('an extra object that says it is the App’s is pruned', async () => {
    const ns = await synced([configMap('mine', 'a')]);
    const annotations = { 'argocd.argoproj.io/tracking-id': `${ns}:/ConfigMap:${ns}/extra` };
    await live.create(configMaps(ns), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra', annotations } });
    await eventually('the pruning', async () => (await live.get(configPath(ns, 'extra'))) === undefined);
    await agent.worker.synced(ns);
  });

  it('F20: an object with a tracking id that was copied from its owner is not pruned', async () => {
    const ns = await synced([configMap('mine', 'a')]);
    const annotations = { 'argocd.argoproj.io/tracking-id': `${ns}:/ConfigMap:${ns}/mine` };
    await live.create(configMaps(ns), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'copy', annotations } });
    // A sync that prunes something else comes after it and shows that the copy was left alone.
    await agent.worker.publish([{ id: ns, objects: [configMap('other', 'a')], policy: { targetNamespace: ns } }]);
    await receiptOf(agent.worker, ns);
    expect(await live.get(configPath(ns, 'mine'))).toBeUndefined();
    expect(await live.get(configPath(ns, 'copy'))).toBeDefined();
  });

  it('F18: a namespace that was deleted by hand is made again with everything in it', async () => {
    const ns = uniqueName('drift');
    const policy = { targetNamespace: ns, createNamespace: true };
    await agent.worker.publish([{ id: ns, objects: [configMap('one', 'a'), configMap('two', 'a')], policy }]);
    await receiptOf(agent.worker, ns);
    await live.remove(`/api/v1/namespaces/${ns}`);
    await eventually(
      'the return of both',
      async () => {
        const [one, two] = await Promise.all([live.get(configPath(ns, 'one')), live.get(configPath(ns, 'two'))]);
        const namespace = await live.get(`/api/v1/namespaces/${ns}`);
        return namespace?.metadata.deletionTimestamp === undefined && one !== undefined && two !== undefined;
      },
      60_000,
    );
    await agent.worker.synced(ns, 60_000);
  });
});

describe('self-heal off', () => {
  it('an edited object stays, and is reported with its fields', async () => {
    const ns = await synced([configMap('edited', 'right')], { selfHeal: false });
    await live.patch(configPath(ns, 'edited'), { data: { value: 'wrong' } });
    await agent.worker.until('OutOfSync', () => agent.worker.statuses.get(ns)?.sync === 'OutOfSync');
    expect(agent.worker.statuses.get(ns)?.drift).toMatchObject([
      { fields: ['/data/value'], action: 'reported', kind: 'changed' },
    ]);
    expect((await live.get(configPath(ns, 'edited')))?.data).toEqual({ value: 'wrong' });
  });

  it('an object that is put right by hand is Synced again', async () => {
    const ns = await synced([configMap('edited', 'right')], { selfHeal: false });
    await live.patch(configPath(ns, 'edited'), { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'gone' } } });
    await agent.worker.until('OutOfSync', () => agent.worker.statuses.get(ns)?.sync === 'OutOfSync');
    await agent.worker.publish([
      {
        id: ns,
        objects: [configMap('edited', 'right')],
        policy: { targetNamespace: ns, selfHeal: false },
        requests: [{ id: 's1', kind: 'sync', actor: 'alice' }],
      },
    ]);
    await agent.worker.synced(ns);
  });

  it('a deleted object is reported as Missing', async () => {
    const ns = await synced([configMap('deleted', 'a')], { selfHeal: false });
    await live.remove(configPath(ns, 'deleted'));
    await agent.worker.until('Missing', () => agent.worker.statuses.get(ns)?.health.status === 'Missing');
    expect(agent.worker.statuses.get(ns)?.sync).toBe('OutOfSync');
  });
});

describe('auto-sync off', () => {
  it('nothing is written until a person asks, and the answer names the request', async () => {
    const ns = await cluster.namespace('drift');
    const app = { id: ns, objects: [configMap('one', 'a')], policy: { targetNamespace: ns, autoSync: false } };
    await agent.worker.publish([app]);
    await agent.worker.until('OutOfSync', () => agent.worker.statuses.get(ns)?.sync === 'OutOfSync');
    expect(await live.get(configPath(ns, 'one'))).toBeUndefined();
    await agent.worker.publish([{ ...app, requests: [{ id: 'dry', kind: 'sync', dryRun: true, actor: 'alice' }] }]);
    expect(await receiptOf(agent.worker, ns)).toMatchObject({ requests: ['dry'], results: [{ action: 'created' }] });
    expect(await live.get(configPath(ns, 'one'))).toBeUndefined();
    await agent.worker.publish([{ ...app, requests: [{ id: 'real', kind: 'sync', actor: 'alice' }] }]);
    expect(await receiptOf(agent.worker, ns)).toMatchObject({ outcome: 'synced', requests: ['real'] });
    expect(await live.get(configPath(ns, 'one'))).toBeDefined();
    await agent.worker.synced(ns);
  });
});
