import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppPolicy, IgnoreRule } from '../../core/app/policy.ts';
import type { ClusterSettings } from '../../core/app/settings.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { type AgentProcess, configMap, startPair, stopPair } from './agent-process.ts';
import { configPath, eventually, type LiveCluster, liveCluster, receiptOf } from './live.ts';

let cluster: SharedCluster;
let live: LiveCluster;
let agent: AgentProcess;
let probes = 0;
let settings: Record<string, ClusterSettings> = {};

beforeAll(async () => {
  cluster = sharedCluster();
  live = liveCluster(cluster);
  agent = await startPair();
});
afterAll(() => stopPair(agent));

const FLUX: Partial<AppPolicy> = { dialect: 'flux', namespace: 'flux-system' };
const deploymentPath = (ns: string) => `/apis/apps/v1/namespaces/${ns}/deployments/web`;

/** A Deployment whose pods no one has to make. */
function web(image: string, replicas: number | undefined = 1): Manifest {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image,
              env: [
                { name: 'MODE', value: 'git' },
                { name: 'LEVEL', value: 'git' },
              ],
            },
            { name: 'side', image: 'side:1' },
          ],
        },
      },
    },
  };
}

async function publish(ns: string, objects: readonly Manifest[], policy: Partial<AppPolicy>): Promise<void> {
  await agent.worker.publish(
    [{ id: ns, objects: [...objects, configMap('probe', 'right')], policy: { targetNamespace: ns, ...policy } }],
    {
      settings,
    },
  );
  await receiptOf(agent.worker, ns);
}

/** An App of these objects in a namespace of its own, synced. */
async function synced(objects: readonly Manifest[], policy: Partial<AppPolicy>): Promise<string> {
  const ns = await cluster.namespace('ignore');
  await publish(ns, objects, policy);
  await agent.worker.synced(ns);
  return ns;
}

/** Another drift is healed: what the agent was going to do about an earlier one, it has done by then. */
async function flush(ns: string): Promise<void> {
  probes++;
  await live.patch(configPath(ns, 'probe'), { data: { value: `wrong-${probes}` } });
  await eventually('the heal of the probe', async () => (await live.get(configPath(ns, 'probe')))?.data?.['value'] === 'right');
}

/** Server-side apply as somebody else. */
async function applyAs(manager: string, path: string, object: unknown): Promise<void> {
  const answer = await cluster.call({
    method: 'PATCH',
    path: `${path}?fieldManager=${manager}&force=true`,
    body: object,
    contentType: 'application/apply-patch+yaml',
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

const replicasOf = async (ns: string) => (await live.get(deploymentPath(ns)))?.spec?.['replicas'];
const imageOf = async (ns: string) => JSON.stringify((await live.get(deploymentPath(ns)))?.spec?.['template']);
const scaleTo = (ns: string, replicas: number) =>
  cluster.call({
    method: 'PATCH',
    path: `${deploymentPath(ns)}/scale?fieldManager=kube-controller-manager`,
    body: { spec: { replicas } },
    contentType: 'application/merge-patch+json',
  });
const driftsOf = (ns: string, kind: string) =>
  agent.worker.drifts.filter((drift) => drift.key.includes(`/${kind}/${ns}/`) || drift.key.includes(`${kind}//`));

/** The object is as somebody left it, and nobody minds. */
async function expectLeftAlone(ns: string): Promise<void> {
  await flush(ns);
  await agent.worker.synced(ns);
  expect(driftsOf(ns, 'Deployment')).toEqual([]);
}

const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };

describe('ignoreDifferences', () => {
  it.each<[string, IgnoreRule]>([
    ['a JSON pointer', { ...DEPLOYMENT, pointers: ['/spec/replicas'] }],
    ['a jq expression', { ...DEPLOYMENT, jq: ['.spec.replicas'] }],
    ['a manager', { ...DEPLOYMENT, managers: ['kube-controller-manager'] }],
    ['a pointer, a name and a namespace glob', { ...DEPLOYMENT, name: 'web', namespace: '*', pointers: ['/spec/replicas'] }],
  ])('leaves to an autoscaler what %s names, and F38: fights it not', async (_, rule) => {
    const ns = await synced([web('web:1')], { ignore: [rule] });
    await scaleTo(ns, 3);
    await expectLeftAlone(ns);
    expect(await replicasOf(ns)).toBe(3);
  });

  it('with jq reaches into lists, and hides nothing beside it', async () => {
    const jq = ['.spec.template.spec.containers[] | select(.name == "web") | .env[] | select(.name == "LEVEL").value'];
    const ns = await synced([web('web:1')], { ignore: [{ ...DEPLOYMENT, jq }] });
    const containers = (level: string, mode: string) => ({
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'web',
                env: [
                  { name: 'MODE', value: mode },
                  { name: 'LEVEL', value: level },
                ],
              },
            ],
          },
        },
      },
    });
    const patch = (body: unknown) =>
      cluster.call({
        method: 'PATCH',
        path: `${deploymentPath(ns)}?fieldManager=somebody`,
        body,
        contentType: 'application/strategic-merge-patch+json',
      });
    await patch(containers('theirs', 'git'));
    await expectLeftAlone(ns);
    expect(await imageOf(ns)).toContain('theirs');
    await patch(containers('theirs', 'evil'));
    await eventually('the heal', async () => !(await imageOf(ns)).includes('evil'));
    await agent.worker.until('the report', () => driftsOf(ns, 'Deployment').length > 0);
    expect(driftsOf(ns, 'Deployment')[0]?.fields).toEqual(['/spec/template/spec/containers/0/env/0/value']);
  });

  it('a write for another reason writes Git’s value of the ignored field too', async () => {
    const rule = { ...DEPLOYMENT, pointers: ['/spec/replicas'] };
    const ns = await synced([web('web:1')], { ignore: [rule] });
    await scaleTo(ns, 3);
    await expectLeftAlone(ns);
    await publish(ns, [web('web:2')], { ignore: [rule] });
    expect(await replicasOf(ns)).toBe(1);
    await agent.worker.synced(ns);
  });

  it.each<[string, IgnoreRule]>([
    ['a pointer', { ...DEPLOYMENT, pointers: ['/spec/replicas'] }],
    ['jq', { ...DEPLOYMENT, jq: ['.spec.replicas'] }],
    ['a manager', { ...DEPLOYMENT, managers: ['kube-controller-manager'] }],
  ])('F38: with RespectIgnoreDifferences the autoscaler’s replicas stay when the image changes (%s)', async (_, rule) => {
    const policy = { ignore: [rule], sync: { respectIgnoreDifferences: true } };
    const ns = await synced([web('web:1')], policy);
    await scaleTo(ns, 4);
    await expectLeftAlone(ns);
    await publish(ns, [web('web:2')], policy);
    expect(await replicasOf(ns)).toBe(4);
    expect(await imageOf(ns)).toContain('web:2');
    await scaleTo(ns, 5);
    await expectLeftAlone(ns);
  });

  it('with RespectIgnoreDifferences an injected caBundle stays when a rule of the webhook changes', async () => {
    const name = uniqueName('hook');
    const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`;
    const hook = (resource: string): Manifest => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: 'check.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          clientConfig: { caBundle: Buffer.from('from Git').toString('base64'), service: { namespace: 'none', name: 'none' } },
          rules: [{ apiGroups: ['none.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] }],
        },
      ],
    });
    const policy = {
      ignore: [{ group: 'admissionregistration.k8s.io', kind: '*', jq: ['.webhooks[]?.clientConfig.caBundle'] }],
      sync: { respectIgnoreDifferences: true },
    };
    const ns = await synced([hook('a')], policy);
    const caBundle = Buffer.from('injected').toString('base64');
    const injected = await cluster.call({
      method: 'PATCH',
      path: `${path}?fieldManager=cert-manager-cainjector`,
      body: [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }],
      contentType: 'application/json-patch+json',
    });
    expect(injected.status).toBe(200);
    await flush(ns);
    await agent.worker.synced(ns);
    await publish(ns, [hook('b')], policy);
    const text = JSON.stringify(await live.get(path));
    expect(text).toContain(caBundle);
    expect(text).toContain('"resources":["b"]');
    await live.remove(path);
  });

  it('of the settings hold for every App, and ignored updates are not even compared', async () => {
    settings = {
      cm: {
        ignore: [{ group: 'apps', kind: '*', pointers: ['/spec/replicas'] }],
        ignoreUpdates: [{ group: '*', kind: '*', pointers: ['/spec/template/metadata/annotations'] }],
      },
    };
    const ns = await synced([web('web:1')], { settings: 'cm' });
    await scaleTo(ns, 3);
    await live.patch(deploymentPath(ns), { spec: { template: { metadata: { annotations: { touched: 'yes' } } } } });
    await expectLeftAlone(ns);
    expect(await replicasOf(ns)).toBe(3);
  });

  it('the rules of an aggregated ClusterRole are its controller’s', async () => {
    const name = uniqueName('aggregated');
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
    const role = (note: string): Manifest => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name, annotations: { note } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [name]: 'yes' } }] },
      rules: [],
    });
    const ns = await synced([role('1')], {});
    const source = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}-source`;
    await live.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `${name}-source`, labels: { [name]: 'yes' } },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    });
    const isFilled = async () => JSON.stringify(await live.get(path)).includes('"pods"');
    await eventually('the aggregation', isFilled);
    await flush(ns);
    await publish(ns, [role('2')], {});
    await agent.worker.synced(ns);
    expect(JSON.stringify(await live.get(path))).toContain('"note":"2"');
    expect(await isFilled()).toBe(true);
    expect(driftsOf(ns, 'ClusterRole')).toEqual([]);
    await live.remove(source);
    await live.remove(path);
  });
});

describe('Flux’ ignore', () => {
  const ignore = [{ kind: 'Deploy.*', labelSelector: 'kustomize.toolkit.fluxcd.io/name', pointers: ['/spec/replicas'] }];

  it('F38: leaves a field to the manager that applies it, and gives up its ownership with the next write', async () => {
    const ns = await synced([web('web:1')], { ...FLUX, ignore });
    const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } };
    await applyAs('scaler', deploymentPath(ns), scaled);
    await expectLeftAlone(ns);
    await publish(ns, [web('web:2')], { ...FLUX, ignore });
    expect(await replicasOf(ns)).toBe(3);
    // It is the scaler's alone: without it nobody would say how many.
    const answer = await cluster.call({ method: 'GET', path: deploymentPath(ns) });
    const { managedFields } = JSON.parse(answer.text).metadata as {
      managedFields: { manager: string; subresource?: string; fieldsV1: object }[];
    };
    const owners = managedFields
      .filter((entry) => entry.subresource === undefined && JSON.stringify(entry.fieldsV1).includes('f:replicas"'))
      .map((entry) => entry.manager);
    expect(owners).toEqual(['scaler']);
    await agent.worker.synced(ns);
  });

  it('keeps the value of somebody who only edits it', async () => {
    const ns = await synced([web('web:1')], { ...FLUX, ignore });
    await live.patch(deploymentPath(ns), { spec: { replicas: 3 } });
    await expectLeftAlone(ns);
    await publish(ns, [web('web:2')], { ...FLUX, ignore });
    expect(await replicasOf(ns)).toBe(3);
    await agent.worker.synced(ns);
  });

  it('holds for objects that exist: a new one gets Git’s value', async () => {
    const ns = await synced([web('web:1', 2)], { ...FLUX, ignore });
    expect(await replicasOf(ns)).toBe(2);
  });
});

describe('rules that are not valid', () => {
  const problems = (ns: string) =>
    agent.worker.statuses.get(ns)?.problems.filter(({ code }) => code === 'diff.ignore_invalid') ?? [];

  it.each<[string, IgnoreRule, string]>([
    ['a pointer', { ...DEPLOYMENT, pointers: ['spec.replicas'] }, '"spec.replicas" is not a JSON pointer'],
    ['jq that is none', { ...DEPLOYMENT, jq: ['.spec.[[['] }, 'ignore rule 1 (apps/Deployment)'],
    ['S20: jq that never ends', { ...DEPLOYMENT, jq: ['.spec | until(false; .)'] }, 'ignore rule 1 (apps/Deployment)'],
    ['jq that names nothing', { ...DEPLOYMENT, jq: ['1 + 1'] }, 'ignore rule 1 (apps/Deployment)'],
  ])('are named, and hide nothing: %s', async (_, rule, text) => {
    const ns = await synced([web('web:1')], { ignore: [rule] });
    await live.patch(deploymentPath(ns), { spec: { replicas: 3 } });
    await eventually('the heal', async () => (await replicasOf(ns)) === 1);
    await agent.worker.until('the problem', () => problems(ns).length > 0);
    expect(problems(ns)[0]?.message).toContain(text);
  });
});
