import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { deployment, inWave } from './hook-objects.ts';
import { actionsOf, configPath, liveCluster, receiptOf as receiptFrom } from './live.ts';

let cluster: SharedCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const live = (path: string) => liveCluster(cluster).get(path);
const receiptOf = (app: string) => receiptFrom(agent.worker, app);
const progressOf = (app: string) => agent.worker.statuses.get(app)?.progress;
const ALL = [{ group: '*', kind: '*' }];

describe('sync windows', () => {
  const closed = { kind: 'deny' as const, schedule: '* * * * *', durationSeconds: 3_600 };

  it('that are closed hold a new commit back and say until when; a person may sync where they let one', async () => {
    const ns = await cluster.namespace('rules');
    const objects = [configMap('web', '1')];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, windows: [closed] } }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.window');
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    const requests = [{ id: uniqueName('request'), kind: 'sync' as const, actor: 'me' }];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, windows: [closed] }, requests }]);
    const refused = await receiptOf(ns);
    expect(refused).toMatchObject({ outcome: 'failed', requests: [requests[0]?.id] });
    expect(refused.problems.map(({ code }) => code)).toContain('apply.window');
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    const lenient = { targetNamespace: ns, windows: [{ ...closed, manualSync: true }] };
    await agent.worker.publish([
      { id: ns, objects, policy: lenient, requests: [{ ...requests[0], id: uniqueName('request') }] as typeof requests },
    ]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'web'))).toBeDefined();
  });
});

describe('a sync window that closes', () => {
  it('stops a sync between two steps, unless it lets it end', async () => {
    const [strict, lenient] = [await cluster.namespace('rules'), await cluster.namespace('rules')];
    const objects = [deployment('db', { behaviour: 'slow', delay: '6s' }), inWave(1, configMap('last', '1'))];
    // It opened at the last full minute and closes a moment from now, before the wave is healthy.
    const durationSeconds = (Math.floor(Date.now() / 1000) % 60) + 4;
    const schedule = `${new Date().getUTCMinutes()} ${new Date().getUTCHours()} * * *`;
    const window = { kind: 'allow' as const, schedule, durationSeconds };
    await agent.worker.publish([
      { id: strict, objects, policy: { targetNamespace: strict, windows: [window] } },
      { id: lenient, objects, policy: { targetNamespace: lenient, windows: [{ ...window, syncOverrun: true }] } },
    ]);
    await agent.worker.until('it stops', () => progressOf(strict)?.code === 'apply.window');
    expect((await receiptOf(lenient)).outcome).toBe('synced');
    expect(await live(configPath(strict, 'last'))).toBeUndefined();
    expect(await live(configPath(lenient, 'last'))).toBeDefined();
  });
});

describe('the rules of a project', () => {
  it('S14: keep objects of forbidden kinds and in forbidden namespaces out, each with its reason; the others go on', async () => {
    const ns = await cluster.namespace('rules');
    const project = {
      name: 'team',
      destinations: [{ namespace: ns }],
      clusterAllow: [],
      clusterDeny: [],
      namespaceDeny: [{ group: '', kind: 'Secret' }],
    };
    const objects = [
      configMap('allowed', '1'),
      configMap('elsewhere', '1', 'default'),
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'denied' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: uniqueName('made') } },
    ];
    const app = { id: ns, objects, policy: { targetNamespace: ns, project: 'team' } };
    await agent.worker.publish([app], { projects: { team: project } });
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.problems.map(({ code }) => code)).toEqual(['apply.project', 'apply.project', 'apply.project']);
    expect(Object.values(actionsOf(receipt)).sort()).toEqual(['created', 'failed', 'failed', 'failed']);
    expect(await live(configPath(ns, 'allowed'))).toBeDefined();
    expect(await live(configPath('default', 'elsewhere'))).toBeUndefined();
    agent.worker.forget(ns);
  });

  it('tell about objects that no App owns', async () => {
    const ns = await cluster.namespace('rules');
    const orphaned = { warn: true, ignore: [{ kind: 'ConfigMap', name: 'mine-*' }] };
    const project = {
      name: 'team',
      destinations: [{ namespace: '*' }],
      clusterAllow: ALL,
      clusterDeny: [],
      namespaceDeny: [],
      orphaned,
    };
    const app = { id: ns, objects: [configMap('web', '1')], policy: { targetNamespace: ns, project: 'orphans' } };
    await agent.worker.publish([app], { projects: { orphans: project } });
    await receiptOf(ns);
    for (const name of ['mine-1', 'stray'])
      await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/configmaps`, configMap(name, '1'));
    const told = () => agent.worker.statuses.get(ns)?.problems.find(({ code }) => code === 'apply.orphaned');
    await agent.worker.until('it is told', () => told() !== undefined);
    expect(told()?.message).toBe(`no App owns ConfigMap ${ns}/stray`);
    agent.worker.forget(ns);
  });
});

describe('the settings of a cluster', () => {
  it('leave out objects of excluded kinds, with a warning', async () => {
    const ns = await cluster.namespace('rules');
    const settings = { exclusions: [{ groups: [''], kinds: ['Conf*'] }] };
    const objects = [configMap('web', '1'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } }];
    const app = { id: ns, objects, policy: { targetNamespace: ns, settings: 'cm' } };
    await agent.worker.publish([app], { settings: { cm: settings } });
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(actionsOf(receipt)).toEqual({ [`/ServiceAccount/${ns}/web`]: 'created' });
    expect(receipt.problems.map(({ code }) => code)).toEqual(['apply.excluded']);
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    agent.worker.forget(ns);
  });
});

describe('the health of a kind that is followed by its metadata', () => {
  it('is what the script of the settings says, with the whole object before it', async () => {
    const ns = await cluster.namespace('rules');
    const lua = 'return { status = obj.data.value == "1" and "Healthy" or "Degraded", message = "by script" }';
    const settings = { health: { ConfigMap: { lua, openLibs: false } } };
    const app = (value: string) => ({
      id: ns,
      objects: [configMap('web', value)],
      policy: { targetNamespace: ns, settings: 'lua' },
    });
    const healthOf = () => agent.worker.statuses.get(ns)?.resources[0]?.health;
    await agent.worker.publish([app('1')], { settings: { lua: settings } });
    await agent.worker.until('it is Healthy', () => healthOf()?.status === 'Healthy' && healthOf()?.message === 'by script');
    await agent.worker.publish([app('2')], { settings: { lua: settings } });
    await agent.worker.until('it is Degraded', () => healthOf()?.status === 'Degraded' && healthOf()?.message === 'by script');
    agent.worker.forget(ns);
  });
});

describe('the namespace of CreateNamespace', () => {
  it('keeps the metadata that the App gives it, and is never deleted', async () => {
    const ns = uniqueName('rules');
    const policy = {
      targetNamespace: ns,
      createNamespace: true,
      namespaceMetadata: { labels: { team: 'a' }, annotations: { note: 'kept' } },
    };
    const path = `/api/v1/namespaces/${ns}`;
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(path)).toMatchObject({ metadata: { labels: { team: 'a' }, annotations: { note: 'kept' } } });
    const changed = { ...policy, namespaceMetadata: { labels: { team: 'b' } } };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1')], policy: changed }]);
    await receiptOf(ns);
    const namespace = await live(path);
    expect(namespace?.metadata.labels).toMatchObject({ team: 'b' });
    expect(namespace?.metadata.annotations?.['note']).toBeUndefined();
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1')], policy: changed, state: 'removed' }]);
    expect((await receiptOf(ns)).outcome).toBe('removed');
    const left = await live(path);
    expect(left?.metadata.deletionTimestamp).toBeUndefined();
    expect(left?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBeUndefined();
  });
});

it('annotations that nobody understands are told on the App', async () => {
  const ns = await cluster.namespace('rules');
  const object = configMap('web', '1');
  const annotations = { 'argocd.argoproj.io/sync-wav': '1', 'argocd.argoproj.io/sync-wave': 'first' };
  await agent.worker.publish([
    { id: ns, objects: [{ ...object, metadata: { ...object.metadata, annotations } }], policy: { targetNamespace: ns } },
  ]);
  const receipt = await receiptOf(ns);
  expect(receipt.outcome).toBe('synced');
  expect(receipt.problems.map(({ code }) => code).sort()).toEqual(['object.annotation_invalid', 'object.annotation_unknown']);
});
