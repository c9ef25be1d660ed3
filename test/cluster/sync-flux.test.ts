import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { deployment } from './hook-objects.ts';
import { configPath, liveCluster, receiptOf as receiptFrom } from './live.ts';

const NO_RETRY = { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 };

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
const flux = (ns: string) => ({ dialect: 'flux' as const, namespace: 'flux-system', targetNamespace: ns, retry: NO_RETRY });

describe('a Kustomization', () => {
  it('with wait is synced when everything is healthy', async () => {
    const ns = await cluster.namespace('flux');
    const objects = [configMap('web', '1'), deployment('db', { behaviour: 'slow', delay: '2s' })];
    await agent.worker.publish([{ id: ns, objects, policy: { ...flux(ns), wait: true } }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.waiting');
    expect(progressOf(ns)?.message).toContain(`Deployment ${ns}/db`);
    const receipt = await receiptOf(ns);
    expect(receipt).toMatchObject({ outcome: 'synced', health: { status: 'Healthy' } });
  });

  it('with wait has failed when its time is up, and a new commit does not wait for that', async () => {
    const ns = await cluster.namespace('flux');
    const stuck = [deployment('db', { behaviour: 'slow', delay: '1h' })];
    await agent.worker.publish([{ id: ns, objects: stuck, policy: { ...flux(ns), wait: true, timeoutSeconds: 2 } }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.problems.map(({ code }) => code)).toContain('apply.deadline');
    await agent.worker.publish([{ id: ns, objects: stuck, policy: { ...flux(ns), wait: true, timeoutSeconds: 600 } }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.waiting');
    await agent.worker.publish([
      { id: ns, objects: [configMap('web', '1')], policy: { ...flux(ns), wait: true, timeoutSeconds: 600 } },
    ]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
  });

  it('with healthChecks waits for an object that it does not own, until that is there', async () => {
    const ns = await cluster.namespace('flux');
    const policy = { ...flux(ns), healthChecks: [`/ConfigMap/${ns}/made-by-another`] };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1')], policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.message.includes('made-by-another') === true);
    await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/configmaps`, configMap('made-by-another', '1'));
    expect((await receiptOf(ns)).outcome).toBe('synced');
  });

  it('that depends on another is synced when that one is ready, and says what it waits for', async () => {
    const ns = await cluster.namespace('flux');
    const [base, app] = [uniqueName('base'), uniqueName('app')];
    const needs = { ...flux(ns), dependsOn: [{ app: base }] };
    const baseApp = (value: string) => [configMap('base', value), deployment('db', { behaviour: 'slow', delay: '2s' })];
    await agent.worker.publish([
      { id: app, objects: [configMap('app', '1')], policy: needs },
      { id: base, objects: baseApp('1'), policy: { ...flux(ns), wait: true } },
    ]);
    await agent.worker.until('it waits', () => progressOf(app)?.code === 'apply.dependency');
    expect(progressOf(app)?.message).toContain(base);
    expect(await live(configPath(ns, 'app'))).toBeUndefined();
    expect((await receiptOf(app)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'base'))).toBeDefined();
    expect(progressOf(app)).toBeUndefined();
  });

  it('that depends on an App that is not there, or on itself, says so and touches nothing', async () => {
    const ns = await cluster.namespace('flux');
    const [lost, a, b] = [uniqueName('lost'), uniqueName('a'), uniqueName('b')];
    await agent.worker.publish([
      { id: lost, objects: [configMap('lost', '1')], policy: { ...flux(ns), dependsOn: [{ app: 'nobody' }] } },
      { id: a, objects: [configMap('a', '1')], policy: { ...flux(ns), dependsOn: [{ app: b }] } },
      { id: b, objects: [configMap('b', '1')], policy: { ...flux(ns), dependsOn: [{ app: a }] } },
    ]);
    await agent.worker.until('one is missing', () => progressOf(lost)?.code === 'apply.dependency_missing');
    await agent.worker.until('a cycle', () => progressOf(a)?.code === 'apply.dependency_cycle');
    expect(progressOf(a)?.message).toContain(`${a} → ${b} → ${a}`);
    expect(await live(configPath(ns, 'lost'))).toBeUndefined();
    // Defined at last.
    await agent.worker.publish([{ id: a, objects: [configMap('a', '1')], policy: flux(ns) }]);
    expect((await receiptOf(b)).outcome).toBe('synced');
  });

  it('that waits for another cluster begins when the Worker says that it may', async () => {
    const ns = await cluster.namespace('flux');
    const objects = [configMap('web', '1')];
    await agent.worker.publish([{ id: ns, objects, policy: flux(ns), waitsFor: ['infra in cluster hub'] }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.code === 'apply.dependency');
    expect(progressOf(ns)?.message).toContain('infra in cluster hub');
    await agent.worker.publish([{ id: ns, objects, policy: flux(ns) }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
  });

  it('leaves alone what says ssa: Ignore, reconcile: disabled or prune: disabled', async () => {
    const ns = await cluster.namespace('flux');
    const marked = (name: string, key: string, value: string) => {
      const object = configMap(name, '1');
      return { ...object, metadata: { ...object.metadata, annotations: { [`kustomize.toolkit.fluxcd.io/${key}`]: value } } };
    };
    const stays = configMap('stays', '1');
    await agent.worker.publish([
      { id: ns, objects: [marked('ignored', 'ssa', 'Ignore'), marked('kept', 'prune', 'Disabled'), stays], policy: flux(ns) },
    ]);
    await receiptOf(ns);
    expect(await live(configPath(ns, 'ignored'))).toBeUndefined();
    await agent.worker.publish([{ id: ns, objects: [stays], policy: flux(ns) }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'kept'))).toBeDefined();
  });
});
