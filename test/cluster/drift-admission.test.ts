import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy } from '../../core/app/policy.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

/** F37: what an admission policy of the real API server does to our writes. */
let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;
const POLICIES = '/apis/admissionregistration.k8s.io/v1';

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const LABELS = (of: string) => `has(${of}.metadata.labels) ? ${of}.metadata.labels : {}`;

/** Changes the ConfigMap `web` of a namespace on each create and update by a CEL expression over `object` and `oldObject`. */
async function mutate(ns: string, expression: string): Promise<() => Promise<void>> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: ns };
  await live.create(`${POLICIES}/mutatingadmissionpolicies`, {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }],
      },
      matchConditions: [
        { name: 'web', expression: 'object.metadata.name.startsWith("web")' },
        // Not for who changes labels: so a test can touch an object without being mutated itself.
        { name: 'labels', expression: `oldObject == null || (${LABELS('object')}) == (${LABELS('oldObject')})` },
      ],
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  await live.create(`${POLICIES}/mutatingadmissionpolicybindings`, {
    apiVersion,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: ns },
  });
  // The API server learns of it a moment later.
  await eventually('the policy', async () => {
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-probe' }, data: { value: 'a' } };
    const path = `/api/v1/namespaces/${ns}/configmaps?dryRun=All`;
    const answer = await cluster.call({ method: 'POST', path, body: probe });
    const { data } = JSON.parse(answer.text) as { data?: Record<string, string> };
    return answer.status < 300 && JSON.stringify(data) !== '{"value":"a"}';
  });
  return async () => {
    await live.remove(`${POLICIES}/mutatingadmissionpolicybindings/${ns}`);
    await live.remove(`${POLICIES}/mutatingadmissionpolicies/${ns}`);
  };
}

const statusOf = (ns: string) => agent.worker.statuses.get(ns);
const dataOf = async (ns: string) => (await live.get(configPath(ns, 'web')))?.data;
const versionOf = async (ns: string) => (await live.get(configPath(ns, 'web')))?.metadata.resourceVersion;
const healsOf = (ns: string) =>
  agent.worker.drifts.filter((drift) => drift.key.endsWith(`${ns}/web`) && drift.action === 'healed');

async function publish(ns: string, policy: Partial<AppPolicy> = {}): Promise<void> {
  const objects = [configMap('web', 'git'), configMap('probe', 'right')];
  await agent.worker.publish([{ id: ns, objects, policy: { targetNamespace: ns, ...policy } }]);
  await receiptOf(agent.worker, ns);
}

async function flush(ns: string): Promise<void> {
  await live.patch(configPath(ns, 'probe'), { data: { value: `wrong-${Math.random()}` } });
  await eventually('the heal of the probe', async () => (await live.get(configPath(ns, 'probe')))?.data?.['value'] === 'right');
}

describe('F37: an admission policy', () => {
  it('that always makes the same of a write is no drift, and what somebody else makes of it is healed', async () => {
    const ns = await cluster.namespace('admission');
    const remove = await mutate(ns, `Object{data: {"value": "ADMITTED"}}`);
    await publish(ns);
    await agent.worker.synced(ns);
    const version = await versionOf(ns);
    await flush(ns);
    expect(await versionOf(ns)).toBe(version);
    expect(await dataOf(ns)).toEqual({ value: 'ADMITTED' });
    // Synced, because applying again would change nothing; but nobody is left to believe that Git's value is there.
    const { sync, problems = [] } = statusOf(ns) ?? {};
    expect([sync, problems]).toMatchObject(['Synced', [{ code: 'drift.mutated', where: `ConfigMap ${ns}/web` }]]);
    expect(problems[0]?.message).toContain('/data/value');
    await remove();
  });

  it.each<[string, Partial<AppPolicy>, boolean]>([
    ['an Application leaves it alone', {}, false],
    ['an Application with IncludeMutationWebhook writes once', { sync: { includeMutations: true } }, true],
    ['a Kustomization writes once', { dialect: 'flux', namespace: 'flux-system' }, true],
  ])('that came later and would add a field that Git does not have: %s', async (_, policy, isWritten) => {
    const ns = await cluster.namespace('admission');
    await publish(ns, policy);
    await agent.worker.synced(ns);
    const remove = await mutate(ns, `Object{data: {"injected": "yes"}}`);
    await live.patch(configPath(ns, 'web'), { metadata: { labels: { touched: 'yes' } } });
    if (isWritten) await eventually('the write', async () => (await dataOf(ns))?.['injected'] === 'yes');
    await flush(ns);
    await agent.worker.synced(ns);
    expect(await dataOf(ns)).toEqual({ value: 'git', ...(isWritten ? { injected: 'yes' } : {}) });
    if (isWritten) await agent.worker.until('the report', () => healsOf(ns).length > 0);
    expect(healsOf(ns)).toHaveLength(isWritten ? 1 : 0);
    await remove();
  });

  it('that makes something else of each write is not fought: it backs off, and says who changes what', async () => {
    const ns = await cluster.namespace('admission');
    const remove = await mutate(
      ns,
      `Object{data: {"value": oldObject != null && "value" in oldObject.data ? oldObject.data["value"] + "x" : "x"}}`,
    );
    await publish(ns);
    await live.patch(configPath(ns, 'web'), { metadata: { labels: { touched: 'yes' } } });
    const problemsOf = () =>
      (statusOf(ns)?.resources ?? []).flatMap(({ key, problem }) =>
        key.endsWith('/web') && problem !== undefined ? [problem] : [],
      );
    await agent.worker.until('the problem', () => problemsOf().some(({ code }) => code === 'drift.mutated'));
    expect(problemsOf()[0]?.message).toContain('/data/value');
    await agent.worker.until('OutOfSync', () => statusOf(ns)?.sync === 'OutOfSync');
    expect(statusOf(ns)?.drift.findLast((drift) => drift.key.endsWith('/web'))).toMatchObject({ mutated: ['/data/value'] });
    const version = await versionOf(ns);
    for (let i = 0; i < 3; i++) await flush(ns);
    expect(Number(await versionOf(ns))).toBe(Number(version));
    expect(healsOf(ns).length).toBeLessThanOrEqual(2);
    await remove();
  });
});

it('F37: who changes a field again after each heal is named, with the time of the next one', async () => {
  const ns = await cluster.namespace('admission');
  await publish(ns);
  await agent.worker.synced(ns);
  const fought = () =>
    (statusOf(ns)?.resources ?? []).some(
      ({ problem }) => problem?.code === 'drift.fought' && problem.message.includes('somebody'),
    );
  let theirs = 0;
  await eventually('the problem', async () => {
    if ((await dataOf(ns))?.['value'] === 'git') {
      theirs++;
      await live.patch(configPath(ns, 'web'), { data: { value: 'theirs' } });
    }
    return fought();
  });
  expect(theirs).toBeLessThanOrEqual(5);
  expect(statusOf(ns)?.sync).toBe('OutOfSync');
  await agent.worker.synced(ns);
  expect(await dataOf(ns)).toEqual({ value: 'git' });
});
