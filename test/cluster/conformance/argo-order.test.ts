import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { uniqueName } from '../../devcluster/shared.ts';
import { configMap } from '../agent-process.ts';
import { deployment, hookJob, inWave } from '../hook-objects.ts';
import { liveCluster } from '../live.ts';
import { codesOf, done, type Stage, type StagedApp, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const SLOW = { behaviour: 'slow', delay: '1s' } as const;
const NEVER = { behaviour: 'slow', delay: '1h' } as const;
const bad: Manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bad' }, spec: { ports: [{ port: 99_999_999 }] } };

/** When objects were created, oldest first: resourceVersions of a cluster are in the order of its writes. */
async function orderOf(app: StagedApp, ...kinds: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(kinds.map(async (kind) => (await app.list(kind)).map((object) => ({ kind, object }))));
  return lists
    .flat()
    .filter(({ object }) => object.metadata.name !== 'default')
    .sort((a, b) => Number(a.object.metadata.resourceVersion) - Number(b.object.metadata.resourceVersion))
    .map(({ kind, object }) => `${kind}/${object.metadata.name}`);
}

describe.concurrent('argocd.argoproj.io/sync-wave', () => {
  it('sync-wave: negative waves come first, then 0, then the others', async () => {
    const app = await stage.argo();
    const waves = [7, 0, -3, 2, -10];
    await app.commit(waves.map((wave) => inWave(wave, configMap(`w${wave}`, '1'))));
    expect(await orderOf(app, 'ConfigMap')).toEqual(['w-10', 'w-3', 'w0', 'w2', 'w7'].map((name) => `ConfigMap/${name}`));
  });

  it('sync-wave: each waits until the one before is healthy', async () => {
    const app = await stage.argo();
    await app.publish([deployment('db', SLOW), inWave(1, configMap('later', '1'))]);
    await app.waits('Deployment');
    expect(await app.names('ConfigMap')).toEqual([]);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['later']);
  });

  it('sync-wave: one that becomes Degraded fails the sync, and the next is not begun', async () => {
    const app = await stage.argo();
    const dead: Manifest = withDeadline(deployment('db', NEVER), 1);
    const receipt = await app.commit([dead, inWave(1, configMap('later', '1'))]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.degraded']]);
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('sync-wave: an object that fails lets the rest of its wave be written, and the next is not begun (F44)', async () => {
    const app = await stage.argo();
    const unknown: Manifest = { apiVersion: 'v1', kind: 'Quux', metadata: { name: 'q' } };
    const receipt = await app.commit([unknown, configMap('beside', '1'), inWave(1, configMap('later', '1'))]);
    expect([receipt.outcome, done(receipt)]).toEqual(['failed', { 'Quux/q': 'failed', 'ConfigMap/beside': 'created' }]);
    expect(await app.names('ConfigMap')).toEqual(['beside']);
  });

  it('sync-wave: what is pruned goes in the reverse order', async () => {
    const app = await stage.argo();
    const all = [-1, 0, 4].map((wave) => inWave(wave, configMap(`w${wave}`, '1')));
    await app.commit([configMap('stays', '1'), ...all]);
    await app.patch('ConfigMap/w4', { metadata: { finalizers: ['example.com/hold'] } });
    await app.publish([configMap('stays', '1')]);
    await app.waits('example.com/hold');
    expect(await app.names('ConfigMap')).toEqual(['stays', 'w-1', 'w0', 'w4']);
    await app.patch('ConfigMap/w0', { metadata: { finalizers: ['example.com/hold'] } });
    await app.patch('ConfigMap/w4', { metadata: { finalizers: null } });
    await app.gone('ConfigMap/w4');
    await app.until('w0 is asked to go', ({ progress }) => progress?.message.includes('w0') === true);
    expect(await app.names('ConfigMap')).toEqual(['stays', 'w-1', 'w0']);
    await app.patch('ConfigMap/w0', { metadata: { finalizers: null } });
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('sync-wave: a removed App goes in the reverse order', async () => {
    const app = await stage.argo();
    await app.commit([configMap('base', '1'), inWave(1, configMap('top', '1'))]);
    await app.patch('ConfigMap/top', { metadata: { finalizers: ['example.com/hold'] } });
    await app.publish(undefined, { removed: true });
    await app.waits('example.com/hold');
    expect(await app.names('ConfigMap')).toEqual(['base', 'top']);
    await app.patch('ConfigMap/top', { metadata: { finalizers: null } });
    await app.gone('ConfigMap/base');
  });

  it('sync-wave: a Sync hook waits its turn', async () => {
    const app = await stage.argo();
    await app.publish([
      configMap('first', '1'),
      inWave(1, hookJob('Sync', 'between', { behaviour: 'succeed', delay: '1s' })),
      inWave(2, configMap('last', '1')),
    ]);
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual(['first']);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['first', 'last']);
  });

  it('sync-wave: a Namespace and a definition come before what needs them, whatever their wave', async () => {
    const app = await stage.argo();
    const name = uniqueName('later');
    const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const receipt = await app.commit([inWave(5, namespace), configMap('a', '1', name)]);
    expect(receipt.outcome).toBe('synced');
  });
});

describe.concurrent('the order within a wave', () => {
  it('kinds: ServiceAccount, Secret, ConfigMap, Service come before the Deployment that needs them', async () => {
    const app = await stage.argo();
    const of = (apiVersion: string, kind: string, rest: object = {}): Manifest => ({
      apiVersion,
      kind,
      metadata: { name: 'a' },
      ...rest,
    });
    await app.commit([
      deployment('a'),
      of('v1', 'Service', { spec: { ports: [{ port: 80 }] } }),
      configMap('a', '1'),
      of('v1', 'Secret', { stringData: { a: 'b' } }),
      of('v1', 'ServiceAccount'),
    ]);
    // A Deployment is written to by its controller, and its Pods were made after it: they stand for it.
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    const order = (await orderOf(app, 'ServiceAccount', 'Secret', 'ConfigMap', 'Service', 'Pod')).map(
      (name) => name.split('/')[0],
    );
    expect([...order.slice(0, 4)].sort()).toEqual(['ConfigMap', 'Secret', 'Service', 'ServiceAccount']);
    expect(order.slice(4)).toEqual(['Pod']);
  });

  it('a change that the API server refuses keeps all others from being written, so that nothing is left half way', async () => {
    const app = await stage.argo();
    const service = (port: number): Manifest => ({ ...bad, metadata: { name: 'a' }, spec: { ports: [{ port }] } });
    await app.commit([configMap('a', '1'), service(80)]);
    const receipt = await app.commit([configMap('a', '2'), service(99_999_999)]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.invalid']]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '1' });
  });
});

function withDeadline(object: Manifest, seconds: number): Manifest {
  // `deployment` gives it a spec.
  return { ...object, spec: { ...(object['spec'] as object), progressDeadlineSeconds: seconds } };
}

describe.concurrent('metadata.finalizers of an Application', () => {
  const withFinalizers = (...finalizers: readonly string[]) => ({ metadata: { finalizers } });

  it('none: the objects stay and are nobody’s', async () => {
    const app = await stage.argo(withFinalizers());
    await app.commit([configMap('a', '1')]);
    expect((await app.remove()).outcome).toBe('removed');
    expect(JSON.stringify(await app.live('ConfigMap/a'))).not.toContain('tracking-id');
  });

  for (const mode of ['', '/foreground'])
    it(`resources-finalizer.argocd.argoproj.io${mode}: the objects go in the foreground, and the App stays until they are gone`, async () => {
      const app = await stage.argo(withFinalizers(`resources-finalizer.argocd.argoproj.io${mode}`));
      await app.commit([deployment('web')]);
      await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
      const [set] = await app.names('ReplicaSet');
      await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: ['example.com/hold'] } });
      await app.publish(undefined, { removed: true });
      await app.waits('foregroundDeletion');
      expect(await app.live('Deployment/web')).toBeDefined();
      await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: null } });
      await app.gone('Deployment/web');
    });

  it('resources-finalizer.argocd.argoproj.io/background: the objects go in the background', async () => {
    const app = await stage.argo(withFinalizers('resources-finalizer.argocd.argoproj.io/background'));
    await app.commit([deployment('web')]);
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    const [set] = await app.names('ReplicaSet');
    await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: ['example.com/hold'] } });
    expect((await app.remove()).outcome).toBe('removed');
    await app.gone('Deployment/web');
    await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: null } });
  });

  it('pre-delete-finalizer and post-delete-finalizer: may be written down; the hooks run either way', async () => {
    const app = await stage.argo(
      withFinalizers(
        'resources-finalizer.argocd.argoproj.io',
        'pre-delete-finalizer.argocd.argoproj.io',
        'post-delete-finalizer.argocd.argoproj.io',
      ),
    );
    await app.commit([configMap('a', '1'), hookJob('PreDelete', 'before'), hookJob('PostDelete', 'after')]);
    expect(done(await app.remove())).toMatchObject({
      'Job/before@PreDelete': 'succeeded',
      'Job/after@PostDelete': 'succeeded',
      'ConfigMap/a': 'pruned',
    });
  });
});

describe.concurrent('objects that others have', () => {
  it('a Namespace in Git is not deleted with an App that shares it without a person', async () => {
    const app = await stage.argo();
    const name = uniqueName('kept');
    await app.commit([configMap('a', '1'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    const receipt = await app.commit([configMap('a', '1')]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['held', ['apply.held_deletion']]);
    expect(await liveCluster(stage.cluster).get(`/api/v1/namespaces/${name}`)).toBeDefined();
  });
});
