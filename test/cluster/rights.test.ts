import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { AgentProcess, configMap } from './agent-process.ts';
import { FakeWorker } from './fake-worker.ts';
import { actionsOf, configPath, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;
let dir: string;
const name = uniqueName('narrow');

/** An agent whose ServiceAccount may read everything and write ConfigMaps, and what it keeps in its own namespace. */
beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  dir = await mkdtemp(join(tmpdir(), 'plumbline-rights-'));
  const own = await cluster.namespace('plumbline');
  const rbac = 'rbac.authorization.k8s.io';
  const read = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] };
  const configMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'patch', 'delete'] };
  const state = { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'patch', 'delete'] };
  const subjects = [{ kind: 'ServiceAccount', name: 'plumbline-agent', namespace: own }];
  await live.create(`/api/v1/namespaces/${own}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'plumbline-agent' },
  });
  await live.create(`/apis/${rbac}/v1/clusterroles`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [read, configMaps],
  });
  await live.create(`/apis/${rbac}/v1/clusterrolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects,
  });
  await live.create(`/apis/${rbac}/v1/namespaces/${own}/roles`, {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name },
    rules: [state],
  });
  await live.create(`/apis/${rbac}/v1/namespaces/${own}/rolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects,
  });
  const token = await cluster.serviceAccountToken(own, 'plumbline-agent');
  const kubeconfig = join(dir, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const worker = new FakeWorker();
  await worker.start();
  agent = new AgentProcess(worker, { namespace: own, kubeconfig });
  await agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await agent.worker.stop();
  await rm(dir, { recursive: true });
});

describe('an agent with narrow rights', () => {
  it('applies what it may, and says which right it lacks for the rest', async () => {
    const ns = await cluster.namespace('rights');
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'forbidden' } };
    const retry = { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 };
    await agent.worker.publish([
      { id: ns, objects: [configMap('allowed', 'a'), account], policy: { targetNamespace: ns, retry } },
    ]);
    const receipt = await receiptOf(agent.worker, ns);
    expect(receipt.outcome).toBe('failed');
    expect(actionsOf(receipt)).toEqual({
      [`/ConfigMap/${ns}/allowed`]: 'created',
      [`/ServiceAccount/${ns}/forbidden`]: 'failed',
    });
    expect(receipt.problems.map((found) => found.code)).toEqual(['apply.forbidden']);
    expect(receipt.problems[0]?.message).toContain('serviceaccounts');
    expect(await live.get(configPath(ns, 'allowed'))).toBeDefined();
  });

  it('other Apps go on', async () => {
    const ns = await cluster.namespace('rights');
    await agent.worker.publish([{ id: ns, objects: [configMap('fine', 'a')], policy: { targetNamespace: ns } }]);
    expect((await receiptOf(agent.worker, ns)).outcome).toBe('synced');
    await agent.worker.synced(ns);
  });
});
