import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
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
const problemsOf = (app: string) => agent.worker.statuses.get(app)?.problems.map(({ code }) => code);

describe('an App that is filled from the cluster', () => {
  it('waits for what it is filled from, and follows when that changes', async () => {
    const ns = await cluster.namespace('inputs');
    const from = [{ kind: 'ConfigMap' as const, name: 'values', optional: false }];
    const policy = {
      dialect: 'flux' as const,
      namespace: ns,
      targetNamespace: ns,
      substitute: { values: {}, from, always: false },
    };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', `\${COLOUR}`)], policy }]);
    await agent.worker.until('it is told', () => problemsOf(ns)?.includes('substitute.missing') === true);
    expect(await live(configPath(ns, 'web'))).toBeUndefined();
    await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'values' },
      data: { COLOUR: 'red' },
    });
    await eventually('it is filled', async () => (await live(configPath(ns, 'web')))?.data?.['value'] === 'red');
    await liveCluster(cluster).patch(configPath(ns, 'values'), { data: { COLOUR: 'blue' } });
    await eventually('it follows', async () => (await live(configPath(ns, 'web')))?.data?.['value'] === 'blue');
    await agent.worker.until('it is Synced', () => agent.worker.statuses.get(ns)?.sync === 'Synced');
  });

  it('S10: says nothing of values that come from Secrets, when the API server quotes them', async () => {
    const ns = await cluster.namespace('inputs');
    const secret = 'sEcReT-cAnArY-1';
    await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'values' },
      stringData: { TOKEN: secret },
    });
    const from = [{ kind: 'Secret' as const, name: 'values', optional: false }];
    const policy = {
      dialect: 'flux' as const,
      namespace: ns,
      targetNamespace: ns,
      substitute: { values: {}, from, always: false },
      retry: { limit: 0, durationSeconds: 1, factor: 1, maxDurationSeconds: 1 },
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ name: `\${TOKEN}`, port: 80 }] },
    };
    await agent.worker.publish([{ id: ns, objects: [service], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    await agent.worker.until('its status is there', () => problemsOf(ns)?.includes('apply.invalid') === true);
    const everything = JSON.stringify([receipt, agent.worker.statuses.get(ns)]);
    expect(everything).not.toContain(secret);
    expect(agent.output).not.toContain(secret);
  });
});

describe('an App with a ServiceAccount of its own', () => {
  it('S31: may do what that account may, and no more', async () => {
    const ns = await cluster.namespace('inputs');
    const rights = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
    await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'deployer' },
    });
    await liveCluster(cluster).create(`${rights}/roles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'deployer' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
    });
    await liveCluster(cluster).create(`${rights}/rolebindings`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'deployer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
      subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: ns }],
    });
    const policy = { targetNamespace: ns, serviceAccount: { namespace: ns, name: 'deployer' } };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1')], policy }]);
    expect((await receiptOf(ns)).outcome).toBe('synced');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, data: {} };
    await agent.worker.publish([{ id: ns, objects: [configMap('web', '1'), secret], policy }]);
    const receipt = await receiptOf(ns);
    expect(receipt.outcome).toBe('failed');
    expect(receipt.problems.map(({ code }) => code)).toEqual(['apply.forbidden']);
    await liveCluster(cluster).patch(configPath(ns, 'web'), { data: { value: 'drift' } });
    await eventually('drift is healed', async () => (await live(configPath(ns, 'web')))?.data?.['value'] === '1');
  });
});
