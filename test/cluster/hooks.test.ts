import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { hookJob, jobPath } from './hook-objects.ts';
import { actionsOf, configPath, eventually, liveCluster, receiptOf as receiptFrom } from './live.ts';

const FINALIZER = 'argocd.argoproj.io/hook-finalizer';
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
const progressOf = (app: string) => agent.worker.statuses.get(app)?.progress;
const jobsIn = async (namespace: string): Promise<readonly { metadata: { name: string; uid: string } }[]> =>
  JSON.parse((await cluster.call({ method: 'GET', path: `/apis/batch/v1/namespaces/${namespace}/jobs` })).text).items;

describe('hooks of Argo CD', () => {
  it('run before and after the objects, each to its end, and are let go then', async () => {
    const ns = await cluster.namespace('hooks');
    const objects = [
      hookJob('PreSync', 'before', { behaviour: 'succeed', delay: '1s' }),
      configMap('web', '1'),
      hookJob('PostSync', 'after'),
    ];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
    await agent.worker.until('the sync waits', () => progressOf(ns)?.state === 'waiting');
    expect(progressOf(ns)).toMatchObject({ phase: 'PreSync', code: 'apply.waiting' });
    expect(progressOf(ns)?.message).toContain(`Job ${ns}/before`);
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    expect(await live(jobPath(ns, 'after'))).toBeUndefined();

    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('synced');
    expect(receipt.results.filter(({ hook }) => hook !== undefined).map(({ key, hook }) => [key, hook])).toEqual([
      [`batch/Job/${ns}/before`, { phase: 'PreSync', state: 'succeeded' }],
      [`batch/Job/${ns}/after`, { phase: 'PostSync', state: 'succeeded' }],
    ]);
    for (const name of ['before', 'after']) {
      const job = await live(jobPath(ns, name));
      expect(job?.metadata).toBeDefined();
      expect(JSON.stringify(job)).not.toContain(FINALIZER);
    }
    await agent.worker.until('it is Synced', () => agent.worker.statuses.get(ns)?.sync === 'Synced');
    expect(progressOf(ns)).toBeUndefined();
    // Hooks are no part of the App: neither of its resources nor of its health.
    expect(agent.worker.statuses.get(ns)?.resources.map(({ key }) => key)).toEqual([`/ConfigMap/${ns}/web`]);
  });

  it('that fail stop the sync, let SyncFail hooks run, and run anew with the next commit', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns, retry: NO_RETRY };
    const broken = [hookJob('PreSync', 'migrate', { behaviour: 'fail' }), configMap('web', '1'), hookJob('SyncFail', 'alarm')];
    await agent.worker.publish([{ id: ns, objects: broken, policy }]);
    const failed = await receiptOf(ns);
    expect(failed.outcome).toBe('failed');
    expect(failed.problems.map(({ code }) => code)).toContain('apply.hook_failed');
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    expect(await live(jobPath(ns, 'alarm'))).toBeDefined();
    const first = await live(jobPath(ns, 'migrate'));
    expect(JSON.stringify(first)).not.toContain(FINALIZER);

    await agent.worker.publish([{ id: ns, objects: [hookJob('PreSync', 'migrate'), configMap('web', '1')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    const second = await live(jobPath(ns, 'migrate'));
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
    expect(await live(configPath(ns, 'web'))).toBeDefined();
  });

  it.each([
    ['HookSucceeded', 'ok', true],
    ['HookSucceeded', 'bad', false],
    ['HookFailed', 'ok', false],
    ['HookFailed', 'bad', true],
    ['BeforeHookCreation', 'ok', false],
  ] as const)('with %s, after a sync that was %s, are deleted: %s', async (deletePolicy, how, isDeleted) => {
    const ns = await cluster.namespace('hooks');
    const annotations = { 'argocd.argoproj.io/hook-delete-policy': deletePolicy };
    const objects = [
      configMap('web', '1'),
      hookJob('PostSync', 'smoke', { annotations, ...(how === 'bad' ? { behaviour: 'fail' as const } : {}) }),
    ];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, retry: NO_RETRY } }]);
    expect((await receiptOf(ns)).outcome).toBe(how === 'ok' ? 'synced' : 'failed');
    if (isDeleted) await eventually('the hook is gone', async () => (await live(jobPath(ns, 'smoke'))) === undefined);
    else expect(await live(jobPath(ns, 'smoke'))).toBeDefined();
  });

  it('whose Job goes by itself when it has finished are seen to succeed first', async () => {
    const ns = await cluster.namespace('hooks');
    const objects = [hookJob('PreSync', 'migrate', { ttlSeconds: 0 }), configMap('web', '1')];
    await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns } }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    await eventually('the Job is gone', async () => (await live(jobPath(ns, 'migrate'))) === undefined);
  });

  it('with a generated name are new ones in each run', async () => {
    const ns = await cluster.namespace('hooks');
    const objects = (value: string) => [hookJob('PreSync', 'migrate-*'), configMap('web', value)];
    for (const value of ['1', '2']) {
      const revision = `${value}${'0'.repeat(39)}`;
      await agent.worker.publish([{ id: ns, objects: objects(value), policy: { targetNamespace: ns }, revision }]);
      expect((await receiptOf(ns)).outcome).toBe('synced');
    }
    const names = (await jobsIn(ns)).map(({ metadata }) => metadata.name).sort();
    expect(names).toEqual([
      expect.stringMatching(/^migrate-1000000-presync-\d+$/),
      expect.stringMatching(/^migrate-2000000-presync-\d+$/),
    ]);
  });

  it('do not run when nothing is out of sync, and do when a person asks', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns };
    const objects = [hookJob('PreSync', 'migrate'), configMap('web', '1')];
    await agent.worker.publish([{ id: ns, objects, policy }]);
    await receiptOf(ns);
    const first = await live(jobPath(ns, 'migrate'));
    await agent.worker.publish([{ id: ns, objects, policy, revision: 'another' }]);
    await receiptOf(ns);
    expect((await live(jobPath(ns, 'migrate')))?.metadata.uid).toBe(first?.metadata.uid);
    const requests = [{ id: uniqueName('request'), kind: 'sync' as const, actor: 'me' }];
    await agent.worker.publish([{ id: ns, objects, policy, revision: 'another', requests }]);
    expect((await receiptOf(ns)).requests).toEqual([requests[0]?.id]);
    expect((await live(jobPath(ns, 'migrate')))?.metadata.uid).not.toBe(first?.metadata.uid);
  });

  it('do not run for a part of the App, of which only what was chosen is written', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns, autoSync: false };
    const objects = [hookJob('PreSync', 'migrate'), configMap('a', '1'), configMap('b', '1')];
    const requests = [{ id: uniqueName('request'), kind: 'sync' as const, actor: 'me', resources: [`/ConfigMap/${ns}/b`] }];
    await agent.worker.publish([{ id: ns, objects, policy, requests }]);
    const receipt = await receiptOf(ns);
    expect(actionsOf(receipt)).toEqual({ [`/ConfigMap/${ns}/b`]: 'created' });
    expect(await live(configPath(ns, 'a'))).toBeUndefined();
    expect(await jobsIn(ns)).toEqual([]);
  });
});

describe('a sync that hangs in a hook', () => {
  const stuck = hookJob('PreSync', 'stuck', { behaviour: 'slow', delay: '1h' });

  it('is superseded by a new commit at once, and its hook is deleted', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns };
    await agent.worker.publish([{ id: ns, objects: [stuck, configMap('web', '1')], policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.phase === 'PreSync');
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '2')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: '2' } });
    await eventually('the hook is gone', async () => (await jobsIn(ns)).length === 0);
  });

  it('is ended by a person: its hook is deleted, and nothing begins it again until something changes', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns };
    const objects = [stuck, configMap('web', '1')];
    await agent.worker.publish([{ id: ns, objects, policy }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.phase === 'PreSync');
    const requests = [{ id: uniqueName('request'), kind: 'terminate' as const, actor: 'me' }];
    await agent.worker.publish([{ id: ns, objects, policy, requests }]);
    await agent.worker.until('it ended', () =>
      agent.worker.receipts.some(({ app, outcome }) => app === ns && outcome === 'failed'),
    );
    const receipt = agent.worker.receipts.findLast(({ app }) => app === ns);
    expect(receipt).toMatchObject({ outcome: 'failed', requests: [requests[0]?.id] });
    expect(receipt?.problems.map(({ code }) => code)).toContain('apply.terminated');
    await eventually('the hook is gone', async () => (await jobsIn(ns)).length === 0);
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    // Another App's sync comes and goes; this one stays as it was left.
    await agent.worker.publish([{ id: ns, objects, policy, requests }]);
    await agent.worker.publish([{ id: uniqueName('other'), objects: [configMap('other', '1')], policy }]);
    await eventually('the other App is there', async () => (await live(configPath(ns, 'other'))) !== undefined);
    expect(await jobsIn(ns)).toEqual([]);
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '2')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
  });
});

describe('the removal of an App with hooks', () => {
  it('runs PreDelete hooks, deletes, runs PostDelete hooks, and ends when all is gone', async () => {
    const ns = await cluster.namespace('hooks');
    const policy = { targetNamespace: ns, deleteHooks: ['PreDelete', 'PostDelete'] as const, awaitDeletion: true };
    const objects = [
      hookJob('PreDelete', 'backup', { behaviour: 'succeed', delay: '1s' }),
      hookJob('PostDelete', 'farewell'),
      hookJob('PreSync', 'migrate'),
      configMap('web', '1'),
    ];
    await agent.worker.publish([{ id: ns, objects, policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect((await jobsIn(ns)).map(({ metadata }) => metadata.name)).toEqual(['migrate']);

    await agent.worker.publish([{ id: ns, objects, policy, state: 'removed' }]);
    await agent.worker.until('it waits', () => progressOf(ns)?.phase === 'PreDelete');
    expect(await live(configPath(ns, 'web'))).toBeDefined();
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('removed');
    expect(receipt.results.flatMap(({ hook }) => (hook === undefined ? [] : [hook]))).toEqual([
      { phase: 'PreDelete', state: 'succeeded' },
      { phase: 'PostDelete', state: 'succeeded' },
    ]);
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    expect(await live(jobPath(ns, 'migrate'))).toBeUndefined();
  });
});
