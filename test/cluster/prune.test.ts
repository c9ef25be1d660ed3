import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteObject } from '../../agent/apply/object/prune-object.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../devcluster/shared.ts';
import { configPath, liveCluster } from './live.ts';
import { appIn, codeOf, gotten, type ObjectBench, objectBench } from './one-object.ts';

let cluster: SharedCluster;
let bench: ObjectBench;
let ns: string;

beforeAll(async () => {
  cluster = sharedCluster();
  bench = await objectBench();
});
beforeEach(async () => {
  ns = await cluster.namespace('prune');
});

const live = (path: string) => liveCluster(cluster).get(path);
const key = () => `/ConfigMap/${ns}/c`;
const remove = (policy: AppPolicy, options: Parameters<typeof deleteObject>[3] = {}) =>
  deleteObject(bench.tools(), key(), policy, options);

async function made(policy: AppPolicy, annotations?: Record<string, string>, finalizers?: readonly string[]): Promise<void> {
  const metadata = {
    name: 'c',
    namespace: ns,
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  gotten((await bench.sync({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } }, policy)).written);
}

describe('deleting one object', () => {
  it('is done when it is the App’s, and again nothing when it is gone', async () => {
    const policy = appIn(ns);
    await made(policy);
    expect(gotten(await remove(policy, { propagation: 'background' })).state).toBe('gone');
    expect(await live(configPath(ns, 'c'))).toBeUndefined();
    expect(gotten(await remove(policy)).state).toBe('gone');
  });

  it('leaves alone what is another App’s', async () => {
    await made(appIn(ns));
    expect(gotten(await remove({ ...appIn(ns), name: 'another' })).state).toBe('kept');
    expect(await live(configPath(ns, 'c'))).toBeDefined();
  });

  it('F17: tells which finalizers it waits for, and does not wait', async () => {
    const policy = appIn(ns);
    await made(policy, undefined, ['example.com/never', 'example.com/removed']);
    expect(gotten(await remove(policy))).toEqual({
      state: 'going',
      finalizers: expect.arrayContaining(['example.com/never', 'example.com/removed']) as unknown,
    });
    expect(gotten(await remove(policy)).state).toBe('going');
    await liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { finalizers: null } });
    expect(gotten(await remove(policy)).state).toBe('gone');
  });

  const kept: readonly (readonly [string, Record<string, string>, boolean])[] = [
    ['Prune=false when Git lost it', { 'argocd.argoproj.io/sync-options': 'Prune=false' }, false],
    ['Delete=false when its App goes', { 'argocd.argoproj.io/sync-options': 'Validate=false, Delete=false' }, true],
    ['Helm’s keep', { 'helm.sh/resource-policy': 'keep' }, false],
    ['Helm’s keep when its App goes', { 'helm.sh/resource-policy': 'keep' }, true],
    ['Flux’ prune: disabled', { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' }, true],
    ['Flux’ reconcile: disabled', { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }, false],
    ['Flux’ ssa: Ignore', { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' }, false],
  ];
  for (const [name, annotations, removal] of kept)
    it(`respects ${name} on the live object`, async () => {
      const policy = appIn(ns);
      await made(policy);
      await liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { annotations } });
      expect(gotten(await remove(policy, { removal })).state).toBe('kept');
    });

  it('does not take Prune=false for Delete=false, nor the other way round', async () => {
    const policy = appIn(ns);
    await made(policy, { 'argocd.argoproj.io/sync-options': 'Delete=false' });
    expect(gotten(await remove(policy, { propagation: 'background' })).state).toBe('gone');
    await made(policy, { 'argocd.argoproj.io/sync-options': 'Prune=false' });
    expect(gotten(await remove(policy, { removal: true, propagation: 'background' })).state).toBe('gone');
  });

  const propagations: readonly (readonly [string, Partial<AppPolicy>, Parameters<typeof deleteObject>[3], readonly string[]])[] =
    [
      ['in the foreground by default for Argo CD', {}, {}, ['foregroundDeletion']],
      ['in the background for PrunePropagationPolicy=background', { sync: { prunePropagation: 'background' } }, {}, []],
      ['leaving dependents for PrunePropagationPolicy=orphan', { sync: { prunePropagation: 'orphan' } }, {}, ['orphan']],
      ['in the background by default for Flux', { dialect: 'flux' }, {}, []],
      ['as the caller says for a whole App', {}, { propagation: 'background' }, []],
    ];
  for (const [name, changes, options, finalizers] of propagations)
    it(`works ${name}`, async () => {
      const policy = appIn(ns, changes);
      await made(policy, undefined, ['example.com/hold']);
      expect(gotten(await remove(policy, options)).finalizers.toSorted()).toEqual([...finalizers, 'example.com/hold'].toSorted());
    });

  it('F13: denied by admission is a failure that names the policy, and the object stays', async () => {
    const policy = appIn(ns);
    await made(policy);
    const name = uniqueName('keep');
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'] };
    const guard: Manifest = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: 'false', message: 'kept by order' }],
      },
    };
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': ns } };
    const binding: Manifest = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector: selector } },
    };
    await liveCluster(cluster).create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', guard);
    await liveCluster(cluster).create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', binding);
    // The policy holds a moment after it was made: until then only another object is deleted, by a dry-run.
    await expect
      .poll(async () => (await cluster.call({ method: 'DELETE', path: `${configPath(ns, 'c')}?dryRun=All` })).status, {
        timeout: 20_000,
      })
      .toBe(422);
    const denied = await remove(policy);
    expect(codeOf(denied)).toBe('apply.admission');
    expect(denied.ok ? '' : denied.error.problem.message).toContain(name);
    expect(await live(configPath(ns, 'c'))).toBeDefined();
  });

  it('F18: of a Namespace tells that the objects in it hold it', async () => {
    const policy = appIn(ns);
    gotten((await bench.sync({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } }, policy)).written);
    await made(policy, undefined, ['example.com/hold']);
    const space = `/Namespace//${ns}`;
    expect(gotten(await deleteObject(bench.tools(), space, policy))).toMatchObject({ state: 'going' });
    expect(gotten(await deleteObject(bench.tools(), space, policy))).toEqual({
      state: 'going',
      finalizers: expect.arrayContaining(['kubernetes']) as unknown,
    });
    await liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { finalizers: null } });
    await expect
      .poll(async () => gotten(await deleteObject(bench.tools(), space, policy)).state, { timeout: 20_000 })
      .toBe('gone');
  });

  it('of a kind that is not served has nothing to do', async () =>
    expect(gotten(await deleteObject(bench.tools(), `nowhere.example.com/Nothing/${ns}/x`, appIn(ns))).state).toBe('gone'));
});

describe('deleting an App', () => {
  it('F15: never takes a definition along in Argo CD’s dialect, as Argo CD never does', async () => {
    const policy = appIn(ns);
    const group = `${uniqueName('g')}.example.com`;
    const schema = { openAPIV3Schema: { type: 'object' } };
    const definition: Manifest = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'things', singular: 'thing', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    };
    gotten((await bench.sync(definition, policy)).written);
    const definitionKey = `apiextensions.k8s.io/CustomResourceDefinition//things.${group}`;
    expect(gotten(await deleteObject(bench.tools(), definitionKey, policy, { removal: true })).state).toBe('kept');
  });
});
