import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleasePolicy } from '../../core/app/policy.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { deployment, job, jobPath } from './hook-objects.ts';
import { configPath, eventually, liveCluster, receiptOf as receiptFrom } from './live.ts';

let cluster: SharedCluster;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = sharedCluster();
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const live = (path: string) => liveCluster(cluster).get(path);
const receiptOf = (app: string) => receiptFrom(agent.worker, app);
const action = { disableHooks: false, disableWait: false, timeoutSeconds: 30, retries: 0 };

const policyOf = (ns: string, changes: Partial<ReleasePolicy> = {}) => ({
  dialect: 'flux' as const,
  namespace: 'flux-system',
  targetNamespace: ns,
  timeoutSeconds: 30,
  release: {
    name: 'web',
    namespace: ns,
    install: action,
    upgrade: { ...action, remediation: 'rollback' as const },
    rollback: action,
    uninstall: action,
    driftDetection: 'enabled' as const,
    ...changes,
  },
});
const helmHook = (types: string, name: string, options: Parameters<typeof job>[1] = {}): Manifest =>
  job(name, { ...options, annotations: { 'helm.sh/hook': types } });

describe('a Helm release', () => {
  it('that Helm or Flux has installed is upgraded, not installed over itself', async () => {
    const ns = await cluster.namespace('release-moved');
    const marks = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': ns };
    const theirs = configMap('web', 'theirs');
    const moved = { ...theirs, metadata: { ...theirs.metadata, namespace: ns, annotations: marks } };
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(moved) });
    const hooks = [helmHook('pre-install', 'on-install'), helmHook('pre-upgrade', 'on-upgrade')];
    await agent.worker.publish([{ id: ns, objects: [...hooks, configMap('web', 'ours')], policy: policyOf(ns) }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(jobPath(ns, 'on-upgrade'))).toBeDefined();
    expect(await live(jobPath(ns, 'on-install'))).toBeUndefined();
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: 'ours' } });
  });

  it('is installed beside the objects of another one', async () => {
    const ns = await cluster.namespace('release-other');
    const marks = { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': ns };
    const theirs = configMap('web', 'theirs');
    const other = { ...theirs, metadata: { ...theirs.metadata, namespace: ns, annotations: marks } };
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(other) });
    const hooks = [helmHook('pre-install', 'on-install'), helmHook('pre-upgrade', 'on-upgrade')];
    await agent.worker.publish([{ id: ns, objects: [...hooks, configMap('web', 'ours')], policy: policyOf(ns) }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(jobPath(ns, 'on-install'))).toBeDefined();
    expect(await live(jobPath(ns, 'on-upgrade'))).toBeUndefined();
  });

  it('runs hooks of its action only: install first, then upgrade', async () => {
    const ns = await cluster.namespace('release');
    const objects = (value: string) => [
      helmHook('pre-install', 'on-install'),
      helmHook('post-upgrade', 'on-upgrade'),
      helmHook('pre-rollback', 'on-rollback'),
      helmHook('test', 'check'),
      configMap('web', value),
    ];
    const policy = policyOf(ns, { test: { ignoreFailures: false, timeoutSeconds: 30 } });
    await agent.worker.publish([{ id: ns, objects: objects('1'), policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: '1' } });
    expect(await live(jobPath(ns, 'on-install'))).toBeDefined();
    expect(await live(jobPath(ns, 'on-upgrade'))).toBeUndefined();
    const tested = await live(jobPath(ns, 'check'));
    expect(tested).toBeDefined();

    await agent.worker.publish([{ id: ns, objects: objects('2'), policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: '2' } });
    expect(await live(jobPath(ns, 'on-upgrade'))).toBeDefined();
    expect(await live(jobPath(ns, 'on-rollback'))).toBeUndefined();
    expect((await live(jobPath(ns, 'check')))?.metadata.uid).not.toBe(tested?.metadata.uid);
  });

  it('that fails to upgrade goes back to what ran before, says that it failed, and stays there', async () => {
    const ns = await cluster.namespace('release');
    const good = [configMap('web', 'good'), deployment('web')];
    const policy = policyOf(ns, { upgrade: { ...action, remediation: 'rollback', remediateLast: true } });
    await agent.worker.publish([{ id: ns, objects: good, policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');

    const bad = [
      configMap('web', 'bad'),
      configMap('extra', '1'),
      helmHook('post-upgrade', 'smoke', { behaviour: 'fail' }),
      deployment('web'),
    ];
    await agent.worker.publish([{ id: ns, objects: bad, policy, fallback: good }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.results.map(({ problem }) => problem?.code)).toContain('apply.hook_failed');
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: 'good' } });
    expect(await live(configPath(ns, 'extra'))).toBeUndefined();

    // Drift is healed towards what it went back to.
    await liveCluster(cluster).patch(configPath(ns, 'web'), { data: { value: 'somebody' } });
    await eventually('it is healed', async () => (await live(configPath(ns, 'web')))?.data?.['value'] === 'good');

    await agent.worker.publish([{ id: ns, objects: [configMap('web', 'better'), deployment('web')], policy, fallback: good }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    expect(await live(configPath(ns, 'web'))).toMatchObject({ data: { value: 'better' } });
  });

  it('that fails to install is uninstalled', async () => {
    const ns = await cluster.namespace('release');
    const bad = [configMap('web', '1'), helmHook('post-install', 'smoke', { behaviour: 'fail' })];
    const policy = policyOf(ns, { install: { ...action, remediateLast: true } });
    await agent.worker.publish([{ id: ns, objects: bad, policy }]);
    expect((await receiptOf(ns)).outcome).toBe('failed');
    await eventually('it is gone', async () => (await live(configPath(ns, 'web'))) === undefined);
  });
});
