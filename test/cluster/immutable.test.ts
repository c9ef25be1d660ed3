import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitDefinition } from '../../agent/apply/object/object-target.ts';
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
  ns = await cluster.namespace('immutable');
});

const live = (path: string) => liveCluster(cluster).get(path);
const jobs = () => `/apis/batch/v1/namespaces/${ns}/jobs/j`;

function job(image: string, annotations: Record<string, string> = {}): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: ns, annotations },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }] } } },
  };
}

const messageOf = (result: Awaited<ReturnType<ObjectBench['sync']>>['compared']) =>
  result.ok ? '' : result.error.problem.message;

describe('F16: a field that cannot be changed in place', () => {
  const cases: readonly (readonly [string, (ns: string, changed: boolean) => Manifest, string])[] = [
    [
      'the selector of a Deployment',
      (namespace, changed) => {
        const labels = { app: changed ? 'b' : 'a' };
        const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example.com/c:1' }] } };
        const spec = { selector: { matchLabels: labels }, template };
        return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace }, spec };
      },
      'spec.selector',
    ],
    [
      'the address of a Service',
      (namespace, changed) => {
        const spec = { ...(changed ? { clusterIP: 'None' } : {}), ports: [{ port: 80 }] };
        return { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace }, spec };
      },
      'spec.clusterIPs[0]',
    ],
    [
      'the service of a StatefulSet',
      (namespace, changed) => {
        const template = {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'c', image: 'example.com/c:1' }] },
        };
        const spec = { serviceName: changed ? 'b' : 'a', selector: { matchLabels: { app: 'a' } }, template };
        return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace }, spec };
      },
      'spec',
    ],
    [
      'the data of an immutable ConfigMap',
      (namespace, changed) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace },
        immutable: true,
        data: { a: changed ? '2' : '1' },
      }),
      'data',
    ],
  ];
  for (const [name, manifest, field] of cases)
    it(`${name} gives a hint that names it, and changes nothing`, async () => {
      gotten((await bench.sync(manifest(ns, false), appIn(ns))).written);
      const { compared } = await bench.sync(manifest(ns, true), appIn(ns));
      expect(codeOf(compared)).toBe('apply.immutable');
      expect(messageOf(compared)).toMatch(new RegExp(`^${field.replace(/[[\]]/g, '\\$&')}: `));
      expect(messageOf(compared)).toContain('argocd.argoproj.io/sync-options: Force=true,Replace=true');
    });

  it('names Flux’ own annotation in Flux’ dialect', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    gotten((await bench.sync(job('example.com/a:1'), policy)).written);
    const { compared } = await bench.sync(job('example.com/a:2'), policy);
    expect(messageOf(compared)).toContain('kustomize.toolkit.fluxcd.io/force: Enabled');
    expect(messageOf(compared)).not.toContain('example.com');
  });

  it('is changed by recreating the object where Flux’ annotation asks for it', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    const force = { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' };
    gotten((await bench.sync(job('example.com/a:1', force), policy)).written);
    const before = await live(jobs());
    const { compared, written } = await bench.sync(job('example.com/a:2', force), policy);
    expect(gotten(compared)).toMatchObject({ state: 'differs', fields: ['/spec/template'] });
    expect(gotten(written)).toMatchObject({ action: 'configured', warnings: [{ code: 'apply.recreated' }] });
    const after = await live(jobs());
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(JSON.stringify(after?.spec)).toContain('example.com/a:2');
  });

  it('is changed by recreating every object where the whole App asks for it', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    gotten((await bench.sync(job('example.com/a:1'), policy)).written);
    expect(gotten((await bench.sync(job('example.com/a:2'), policy)).written).action).toBe('configured');
    expect(JSON.stringify((await live(jobs()))?.spec)).toContain('example.com/a:2');
  });

  it('beside another mistake never deletes the object, because it could not be made again', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    gotten((await bench.sync(job('example.com/a:1'), policy)).written);
    const before = await live(jobs());
    const broken = job('example.com/a:2');
    const manifest = { ...broken, spec: { ...(broken['spec'] as object), parallelism: -1 } };
    expect(codeOf((await bench.sync(manifest, policy)).compared)).toBe('apply.invalid');
    expect((await live(jobs()))?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('never deletes an object whose successor would be refused', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    gotten((await bench.sync(job('example.com/a:1'), policy)).written);
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none' },
      spec: { hard: { 'count/jobs.batch': '1' } },
    };
    await liveCluster(cluster).create(`/api/v1/namespaces/${ns}/resourcequotas`, quota);
    await expect
      .poll(async () => JSON.stringify(await live(`/api/v1/namespaces/${ns}/resourcequotas/none`)), { timeout: 20_000 })
      .toContain('"used":{"count/jobs.batch":"1"}');
    const before = await live(jobs());
    const { written } = await bench.sync(job('example.com/a:2'), policy);
    expect(codeOf(written)).toBe('apply.admission');
    expect((await live(jobs()))?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('waits for finalizers a bounded time, and says which', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    const manifest = (value: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: ns, finalizers: ['example.com/wait'] },
      immutable: true,
      data: { value },
    });
    gotten((await bench.sync(manifest('1'), policy)).written);
    const { written } = await bench.sync(manifest('2'), policy);
    expect(codeOf(written)).toBe('apply.finalizer_pending');
    expect(written !== undefined && !written.ok ? written.error.problem.message : '').toContain('example.com/wait');
    await liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { finalizers: null } });
    expect(gotten((await bench.sync(manifest('2'), policy)).written).action).toBe('created');
  });
});

describe('F15: what must not be lost', () => {
  it('is not recreated though the App asks for it: a PersistentVolumeClaim', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    const claim = (storageClassName: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'p', namespace: ns },
      spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    gotten((await bench.sync(claim('a'), policy)).written);
    const before = await live(`/api/v1/namespaces/${ns}/persistentvolumeclaims/p`);
    const { compared } = await bench.sync(claim('b'), policy);
    expect(codeOf(compared)).toBe('apply.immutable');
    expect(messageOf(compared)).toContain('never recreated');
    expect((await live(`/api/v1/namespaces/${ns}/persistentvolumeclaims/p`))?.metadata.uid).toBe(before?.metadata.uid);
  });

  it('is not recreated though the App asks for it: a CustomResourceDefinition', async () => {
    const policy = appIn(ns, { dialect: 'flux', sync: { force: true } });
    const group = `${uniqueName('g')}.example.com`;
    const schema = { openAPIV3Schema: { type: 'object' } };
    const definition = (scope: string): Manifest => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope,
        names: { plural: 'things', singular: 'thing', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    gotten((await bench.sync(definition('Namespaced'), policy)).written);
    gotten(await awaitDefinition(bench.tools(), `things.${group}`, 10_000));
    expect(codeOf((await bench.sync(definition('Cluster'), policy)).compared)).toBe('apply.immutable');
  });
});

describe('a binding to another role', () => {
  const binding = (name: string): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace: ns },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'User', name: 'somebody' }],
  });

  it('is recreated in Argo CD’s dialect without being asked, as kubectl auth reconcile does', async () => {
    gotten((await bench.sync(binding('a'), appIn(ns))).written);
    expect(gotten((await bench.sync(binding('b'), appIn(ns))).written).warnings).toMatchObject([{ code: 'apply.recreated' }]);
  });

  it('is refused in Flux’ dialect', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    gotten((await bench.sync(binding('a'), policy)).written);
    expect(codeOf((await bench.sync(binding('b'), policy)).compared)).toBe('apply.immutable');
  });
});
