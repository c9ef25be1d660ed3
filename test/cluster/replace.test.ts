import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { warningsOf } from '../../agent/apply/object/send-object.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { type SharedCluster, sharedCluster } from '../devcluster/shared.ts';
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
  ns = await cluster.namespace('replace');
});

const live = (path: string) => liveCluster(cluster).get(path);

function configMap(data: Record<string, string>, annotations?: Record<string, string>): Manifest {
  const metadata = { name: 'c', namespace: ns, ...(annotations === undefined ? {} : { annotations }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

const argo = (option: string) => ({ 'argocd.argoproj.io/sync-options': option });

describe('Replace=true', () => {
  it('creates what is missing, and then finds nothing to do', async () => {
    const manifest = configMap({ a: '1' }, argo('Replace=true'));
    expect(gotten((await bench.sync(manifest, appIn(ns))).written).action).toBe('created');
    expect((await bench.sync(manifest, appIn(ns))).written).toBeUndefined();
  });

  it('removes what Git does not say, whoever wrote it', async () => {
    const manifest = (value: string) => configMap({ a: value }, argo('Replace=true'));
    gotten((await bench.sync(manifest('1'), appIn(ns))).written);
    await liveCluster(cluster).patch(configPath(ns, 'c'), { data: { theirs: 'x' }, metadata: { labels: { theirs: 'x' } } });
    expect((await bench.sync(manifest('1'), appIn(ns))).written).toBeUndefined();
    expect(gotten((await bench.sync(manifest('2'), appIn(ns))).written).action).toBe('configured');
    const object = await live(configPath(ns, 'c'));
    expect(object?.data).toEqual({ a: '2' });
    expect(object?.metadata.labels).toBeUndefined();
    expect((await bench.sync(manifest('2'), appIn(ns))).written).toBeUndefined();
  });

  it('removes a field that only left Git', async () => {
    gotten((await bench.sync(configMap({ a: '1', b: '2' }, argo('Replace=true')), appIn(ns))).written);
    gotten((await bench.sync(configMap({ a: '1' }, argo('Replace=true')), appIn(ns))).written);
    expect((await live(configPath(ns, 'c')))?.data).toEqual({ a: '1' });
  });

  it('keeps the address and the ports of a Service', async () => {
    const path = `/api/v1/namespaces/${ns}/services/s`;
    const service = (team: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: ns, labels: { team }, annotations: argo('Replace=true') },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    gotten((await bench.sync(service('a'), appIn(ns))).written);
    const before = (await live(path))?.spec as { clusterIP: string; ports: { nodePort: number }[] };
    gotten((await bench.sync(service('b'), appIn(ns))).written);
    expect(await live(path)).toMatchObject({
      metadata: { labels: { team: 'b' } },
      spec: { clusterIP: before.clusterIP, ports: [{ nodePort: before.ports[0]?.nodePort }] },
    });
  });

  it('keeps the volume of a claim, and its finalizers', async () => {
    const path = `/api/v1/namespaces/${ns}/persistentvolumeclaims/p`;
    const claim = (team: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'p', namespace: ns, labels: { team }, annotations: argo('Replace=true') },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    gotten((await bench.sync(claim('a'), appIn(ns))).written);
    await liveCluster(cluster).patch(path, { spec: { volumeName: 'pv-1' } });
    gotten((await bench.sync(claim('b'), appIn(ns))).written);
    expect(await live(path)).toMatchObject({
      metadata: { labels: { team: 'b' }, finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { volumeName: 'pv-1' },
    });
  });

  it('changes a Job in place where that is possible', async () => {
    const path = `/apis/batch/v1/namespaces/${ns}/jobs/j`;
    const job = (team: string): Manifest => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j', namespace: ns, labels: { team }, annotations: argo('Replace=true') },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.com/job:1' }] } } },
    });
    gotten((await bench.sync(job('a'), appIn(ns))).written);
    const before = await live(path);
    gotten((await bench.sync(job('b'), appIn(ns))).written);
    const after = await live(path);
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.labels).toMatchObject({ team: 'b' });
  });

  it('with Force=true deletes and makes anew whatever has changed', async () => {
    const manifest = (value: string) => configMap({ a: value }, argo('Replace=true,Force=true'));
    gotten((await bench.sync(manifest('1'), appIn(ns))).written);
    const before = await live(configPath(ns, 'c'));
    const written = gotten((await bench.sync(manifest('2'), appIn(ns))).written);
    expect(written.warnings?.map(({ code }) => code)).toEqual(['apply.recreated']);
    expect((await live(configPath(ns, 'c')))?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('never deletes a Namespace, Force=true or not', async () => {
    const manifest = (team: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: ns, labels: { team }, annotations: argo('Replace=true,Force=true') },
    });
    const before = await live(`/api/v1/namespaces/${ns}`);
    gotten((await bench.sync(manifest('a'), appIn(ns))).written);
    gotten((await bench.sync(manifest('b'), appIn(ns))).written);
    const after = await live(`/api/v1/namespaces/${ns}`);
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.deletionTimestamp).toBeUndefined();
    expect(after?.metadata.labels).toMatchObject({ team: 'b' });
  });
});

describe('an annotation on the live object alone', () => {
  const annotate = (annotations: Record<string, string>) =>
    liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { annotations }, data: { theirs: 'x' } });

  it('has it replaced: Replace=true', async () => {
    gotten((await bench.sync(configMap({ a: '1' }), appIn(ns))).written);
    await annotate(argo('Replace=true'));
    gotten((await bench.sync(configMap({ a: '2' }), appIn(ns))).written);
    expect((await live(configPath(ns, 'c')))?.data).toEqual({ a: '2' });
  });

  it('has it recreated: Flux’ force, where a field is immutable', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    const manifest = (value: string): Manifest => ({ ...configMap({ a: value }), immutable: true });
    gotten((await bench.sync(manifest('1'), policy)).written);
    const before = await live(configPath(ns, 'c'));
    await liveCluster(cluster).patch(configPath(ns, 'c'), {
      metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/force': 'enabled' } },
    });
    gotten((await bench.sync(manifest('2'), policy)).written);
    const after = await live(configPath(ns, 'c'));
    expect(after?.data).toEqual({ a: '2' });
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });
});

describe('an object that is made only when it is missing (ssa: IfNotPresent)', () => {
  const manifest = (value: string) => configMap({ a: value }, { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' });

  it('is made once, and left alone afterwards', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    expect(gotten((await bench.sync(manifest('1'), policy)).written).action).toBe('created');
    await liveCluster(cluster).patch(configPath(ns, 'c'), { data: { a: 'theirs' } });
    expect((await bench.sync(manifest('2'), policy)).written).toBeUndefined();
    expect((await live(configPath(ns, 'c')))?.data).toEqual({ a: 'theirs' });
  });

  it('is made again when somebody deletes it', async () => {
    const policy = appIn(ns, { dialect: 'flux' });
    gotten((await bench.sync(manifest('1'), policy)).written);
    await liveCluster(cluster).remove(configPath(ns, 'c'));
    expect(gotten((await bench.sync(manifest('2'), policy)).written).action).toBe('created');
  });
});

describe('an object that a person took out of Flux’ hands', () => {
  for (const annotation of ['reconcile: disabled', 'ssa: Ignore'])
    it(`by ${annotation} on the live object is not written`, async () => {
      const policy = appIn(ns, { dialect: 'flux' });
      gotten((await bench.sync(configMap({ a: '1' }), policy)).written);
      const [name, value] = annotation.split(': ');
      const annotations = { [`kustomize.toolkit.fluxcd.io/${name}`]: value };
      await liveCluster(cluster).patch(configPath(ns, 'c'), { metadata: { annotations } });
      expect((await bench.sync(configMap({ a: '2' }), policy)).written).toBeUndefined();
      expect((await live(configPath(ns, 'c')))?.data).toEqual({ a: '1' });
    });
});

describe('fields that a kind does not have', () => {
  const service: () => Manifest = () => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: ns },
    spec: { typo: true, ports: [{ port: 80, portName: 'x' }] },
  });

  it('are left out with a warning for each, as Argo CD’s client-side apply has them left out', async () => {
    const { written, object } = await bench.sync(service(), appIn(ns));
    expect(gotten(written).action).toBe('created');
    expect(
      warningsOf(object)
        .map(({ code, message }) => [code, message])
        .toSorted(),
    ).toEqual([
      ['apply.field_unknown', 'spec.ports[port=80,protocol="TCP"].portName is not a field of its kind'],
      ['apply.field_unknown', 'spec.typo is not a field of its kind'],
    ]);
    expect((await bench.sync(service(), appIn(ns))).written).toBeUndefined();
  });

  it('are refused for Flux, and for Argo CD with ServerSideApply=true', async () => {
    expect(codeOf((await bench.sync(service(), appIn(ns, { dialect: 'flux' }))).compared)).toBe('apply.invalid');
    expect(codeOf((await bench.sync(service(), appIn(ns, { sync: { serverSideApply: true } }))).compared)).toBe('apply.invalid');
  });

  it('do not hide what else is wrong', async () => {
    const manifest = { ...service(), spec: { typo: true, ports: 'eighty' } };
    expect(codeOf((await bench.sync(manifest, appIn(ns))).compared)).toBe('apply.invalid');
  });
});
