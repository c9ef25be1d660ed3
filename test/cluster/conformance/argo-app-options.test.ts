import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { uniqueName } from '../../devcluster/shared.ts';
import { configMap } from '../agent-process.ts';
import { deployment, hookJob } from '../hook-objects.ts';
import { codesOf, done, type Stage, type StagedApp, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const STAYS = configMap('stays', '1');
const FINALIZERS = { finalizers: ['resources-finalizer.argocd.argoproj.io'] };
const approvedIn = (ms: number) => ({
  metadata: {
    ...FINALIZERS,
    annotations: { 'argocd.argoproj.io/deletion-approved': new Date(Date.now() + ms).toISOString() },
  },
});
const misspelt: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'misspelt' },
  spec: { typo: true, ports: [{ port: 80 }] },
};
const namespaceOf = async (name: string) => {
  const answer = await stage.cluster.call({ method: 'GET', path: `/api/v1/namespaces/${name}` });
  return answer.status === 200 ? (JSON.parse(answer.text) as { metadata: Record<string, Record<string, string>> }) : undefined;
};
/** What kubectl apply leaves: a field manager of its own and the annotation with the last applied object. */
const applyWithKubectl = (app: StagedApp, object: Manifest) =>
  stage.cluster.kubectl(['apply', '-n', app.namespace, '-f', '-'], { input: JSON.stringify(object) });

describe.concurrent('spec.syncPolicy.syncOptions', () => {
  it('CreateNamespace=true: makes the destination, with the labels of managedNamespaceMetadata, and keeps them', async () => {
    const name = uniqueName('made');
    const app = await stage.argo({
      spec: { destination: { server: 'https://kubernetes.default.svc', namespace: name } },
      syncOptions: ['CreateNamespace=true'],
      syncPolicy: {
        managedNamespaceMetadata: { labels: { team: 'a' }, annotations: { 'example.com/why': 'test' } },
      },
    });
    expect((await app.commit([STAYS])).outcome).toBe('synced');
    const made = await namespaceOf(name);
    expect(made?.metadata['labels']).toMatchObject({ team: 'a' });
    expect(made?.metadata['annotations']).toMatchObject({ 'example.com/why': 'test' });
    const labels = { metadata: { labels: { team: 'b' } } };
    await stage.cluster.call({
      method: 'PATCH',
      path: `/api/v1/namespaces/${name}?fieldManager=somebody`,
      body: labels,
      contentType: 'application/merge-patch+json',
    });
    await app.sync();
    expect((await namespaceOf(name))?.metadata['labels']).toMatchObject({ team: 'a' });
    expect((await app.remove()).outcome).toBe('removed');
    expect(await namespaceOf(name)).toBeDefined();
  });

  it('CreateNamespace=false: objects wait for a namespace that is not there', async () => {
    const name = uniqueName('absent');
    const app = await stage.argo({
      spec: { destination: { server: 'https://kubernetes.default.svc', namespace: name } },
      syncOptions: ['CreateNamespace=false'],
    });
    expect((await app.commit([STAYS])).outcome).toBe('failed');
    expect(await namespaceOf(name)).toBeUndefined();
  });

  it('Prune=false: nothing that left Git goes, though automated.prune is on', async () => {
    const app = await stage.argo({ syncOptions: ['Prune=false'] });
    await app.commit([STAYS, configMap('a', '1')]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'kept' });
    await app.until('it says so', ({ sync }) => sync === 'OutOfSync');
  });

  it('Prune=confirm: every deletion waits for the approval', async () => {
    const app = await stage.argo({ syncOptions: ['Prune=confirm'] });
    await app.commit([STAYS, configMap('a', '1')]);
    expect((await app.commit([STAYS])).outcome).toBe('held');
    app.write({ syncOptions: ['Prune=confirm'], ...approvedIn(1_000) });
    expect(done(await app.commit())).toMatchObject({ 'ConfigMap/a': 'pruned' });
  });

  it('Delete=false: the objects stay when the App goes', async () => {
    const app = await stage.argo({ syncOptions: ['Delete=false'] });
    await app.commit([STAYS]);
    expect((await app.remove()).outcome).toBe('removed');
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('Delete=confirm: the App stays until it is approved', async () => {
    const app = await stage.argo({ syncOptions: ['Delete=confirm'] });
    await app.commit([STAYS]);
    expect((await app.remove()).outcome).toBe('held');
    expect(await app.names('ConfigMap')).toEqual(['stays']);
    app.write({ syncOptions: ['Delete=confirm'], ...approvedIn(1_000) });
    expect((await app.remove()).outcome).toBe('removed');
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('Validate=false: unknown fields are left out of every object, where ServerSideApply=true alone refuses them', async () => {
    const app = await stage.argo({ syncOptions: ['ServerSideApply=true'] });
    expect(codesOf(await app.commit([misspelt]))).toEqual(['apply.invalid']);
    app.write({ syncOptions: ['ServerSideApply=true', 'Validate=false'] });
    expect((await app.commit()).outcome).toBe('synced');
    expect((await app.live('Service/misspelt'))?.spec).not.toHaveProperty('typo');
  });

  it('SkipDryRunOnMissingResource=true: objects of kinds that nobody serves do not keep the others from being applied', async () => {
    const app = await stage.argo({ syncOptions: ['SkipDryRunOnMissingResource=true'] });
    const unknown: Manifest = { apiVersion: `${uniqueName('g')}.example.com/v1`, kind: 'Gadget', metadata: { name: 'g' } };
    const receipt = await app.commit([STAYS, unknown]);
    expect(done(receipt)).toMatchObject({ 'ConfigMap/stays': 'created', 'Gadget/g': 'failed' });
  });

  it('ApplyOutOfSyncOnly=true: writes only what differs and still runs hooks; a slow object of before is not waited for', async () => {
    const app = await stage.argo({ syncOptions: ['ApplyOutOfSyncOnly=true'] });
    const slow = deployment('slow', { behaviour: 'slow', delay: '1h' });
    await app.publish([slow, configMap('a', '1')]);
    await app.until('it is applied', ({ sync }) => sync === 'Synced');
    const receipt = await app.commit([slow, configMap('a', '2'), hookJob('PostSync', 'after')]);
    expect(done(receipt)).toEqual({
      'Deployment/slow': 'unchanged',
      'ConfigMap/a': 'configured',
      'Job/after@PostSync': 'succeeded',
    });
  });

  it('PrunePropagationPolicy=orphan: the Pods of a pruned Deployment stay', async () => {
    const app = await stage.argo({ syncOptions: ['PrunePropagationPolicy=orphan'] });
    await app.commit([STAYS, deployment('web')]);
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    await app.commit([STAYS]);
    await app.gone('Deployment/web');
    const sets = await app.list('ReplicaSet');
    expect(sets.map(({ metadata }) => [metadata.deletionTimestamp, 'ownerReferences' in metadata])).toEqual([[undefined, false]]);
  });

  for (const policy of ['foreground', 'background'])
    it(`PrunePropagationPolicy=${policy}: the Pods of a pruned Deployment go`, async () => {
      const app = await stage.argo({ syncOptions: [`PrunePropagationPolicy=${policy}`] });
      await app.commit([STAYS, deployment('web')]);
      await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
      // A finalizer shows how it goes: in the foreground the Deployment stays until its ReplicaSet is gone.
      const [set] = await app.names('ReplicaSet');
      await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: ['example.com/hold'] } });
      await app.commit([STAYS]);
      if (policy === 'foreground') expect((await app.live('Deployment/web'))?.metadata.deletionTimestamp).toBeDefined();
      else await app.gone('Deployment/web');
      await app.patch(`ReplicaSet/${set}`, { metadata: { finalizers: null } });
      await app.gone('Deployment/web');
      await app.gone(`ReplicaSet/${set}`);
    });

  it('PruneLast=true: everything that goes, goes after everything else is healthy', async () => {
    const app = await stage.argo({ syncOptions: ['PruneLast=true'] });
    await app.commit([STAYS, configMap('a', '1')]);
    await app.publish([STAYS, deployment('slow', { behaviour: 'slow', delay: '2s' })]);
    await app.waits('Deployment');
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('Replace=true: what Git does not say is taken away with the next write', async () => {
    const app = await stage.argo({ syncOptions: ['Replace=true'] });
    await app.commit([configMap('a', '1')]);
    await app.patch('ConfigMap/a', { data: { extra: 'x' } });
    await app.commit([configMap('a', '2')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2' });
  });

  it('Replace=true: wins over ServerSideApply=true', async () => {
    const app = await stage.argo({ syncOptions: ['Replace=true', 'ServerSideApply=true'] });
    await app.commit([configMap('a', '1')]);
    await app.patch('ConfigMap/a', { data: { extra: 'x' } });
    await app.commit([configMap('a', '2')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2' });
  });

  it('ServerSideApply=true: fields of others stay, and ours are those of one manager that applies', async () => {
    const app = await stage.argo({ syncOptions: ['ServerSideApply=true'] });
    await app.commit([configMap('a', '1')]);
    await app.patch('ConfigMap/a', { data: { extra: 'x' } });
    await app.commit([configMap('a', '2')]);
    const live = await app.live('ConfigMap/a');
    expect(live?.data).toEqual({ value: '2', extra: 'x' });
    expect(JSON.stringify(live)).not.toContain('last-applied-configuration');
  });

  it('ClientSideApplyMigration=true: what kubectl applied and Git no longer says goes with the first sync', async () => {
    const app = await stage.argo({ syncOptions: ['ServerSideApply=true', 'ClientSideApplyMigration=true'] });
    await applyWithKubectl(app, { ...configMap('a', '1'), data: { value: '1', old: 'x' } });
    await app.commit([configMap('a', '2')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2' });
  });

  it('ClientSideApplyMigration=false: what kubectl applied stays its own', async () => {
    const app = await stage.argo({ syncOptions: ['ServerSideApply=true', 'ClientSideApplyMigration=false'] });
    await applyWithKubectl(app, { ...configMap('a', '1'), data: { value: '1', old: 'x' } });
    await app.commit([configMap('a', '2')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2', old: 'x' });
  });

  it('argocd.argoproj.io/client-side-apply-migration-manager: the named manager is taken over, too', async () => {
    const app = await stage.argo({
      syncOptions: ['ServerSideApply=true'],
      metadata: { annotations: { 'argocd.argoproj.io/client-side-apply-migration-manager': 'our-script' } },
    });
    const object = { ...configMap('a', '1', app.namespace), data: { value: '1', old: 'x' } };
    await stage.cluster.call({
      method: 'POST',
      path: `${app.path('ConfigMap/').slice(0, -1)}?fieldManager=our-script`,
      body: object,
    });
    await app.commit([configMap('a', '2')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2' });
  });

  it('FailOnSharedResource=true: an object of another App fails the sync and nothing is written', async () => {
    const [first, second] = [await stage.argo(), await stage.argo({ syncOptions: ['FailOnSharedResource=true'] })];
    const shared = configMap('shared', '1', first.namespace);
    await first.commit([shared]);
    const receipt = await second.commit([STAYS, shared]);
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', ['apply.shared']]);
    expect(await second.names('ConfigMap')).toEqual([]);
  });

  it('FailOnSharedResource=false: an object of another App is left to it with a warning, the others are written', async () => {
    const [first, second] = [await stage.argo(), await stage.argo({ syncOptions: ['FailOnSharedResource=false'] })];
    const shared = (value: string) => configMap('shared', value, first.namespace);
    await first.commit([shared('1')]);
    const receipt = await second.commit([STAYS, shared('2')]);
    expect(codesOf(receipt)).toEqual(['apply.shared']);
    expect(await second.names('ConfigMap')).toEqual(['stays']);
    expect((await first.live('ConfigMap/shared'))?.data).toEqual({ value: '1' });
  });

  for (const respect of ['true', 'false'])
    it(`RespectIgnoreDifferences=${respect}: a write for another reason ${respect === 'true' ? 'keeps' : 'overwrites'} an ignored field`, async () => {
      const app = await stage.argo({
        syncOptions: [`RespectIgnoreDifferences=${respect}`],
        spec: { ignoreDifferences: [{ group: '', kind: 'ConfigMap', jsonPointers: ['/data/value'] }] },
      });
      const of = (other: string): Manifest => ({ ...configMap('a', 'git'), data: { value: 'git', other } });
      await app.commit([of('1')]);
      await app.patch('ConfigMap/a', { data: { value: 'somebody' } });
      await app.commit([of('2')]);
      expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: respect === 'true' ? 'somebody' : 'git', other: '2' });
    });

  it('what Argo CD does anyway (Prune=true, Delete=true, Validate=true, …=false): changes nothing and warns of nothing', async () => {
    const syncOptions = [
      'Prune=true',
      'Delete=true',
      'Validate=true',
      'PruneLast=false',
      'Replace=false',
      'Force=false',
      'ApplyOutOfSyncOnly=false',
      'SkipDryRunOnMissingResource=false',
    ];
    const app = await stage.argo({ syncOptions });
    expect(app.parsed.warnings).toEqual([]);
    await app.commit([STAYS, configMap('a', '1')]);
    await app.patch('ConfigMap/stays', { data: { extra: 'x' } });
    // PruneLast=false: what goes does not wait for what is slow.
    const receipt = await app.commit([configMap('stays', '2'), deployment('slow', { behaviour: 'slow', delay: '1h' })]);
    expect(done(receipt)).toMatchObject({ 'ConfigMap/a': 'pruned', 'ConfigMap/stays': 'configured' });
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '2', extra: 'x' });
    await app.delete('Deployment/slow');
    await app.remove();
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('Force=true and ServerSideApply=false: are warnings that name the option', async () => {
    const app = await stage.argo({ syncOptions: ['Force=true', 'ServerSideApply=false', 'Frobnicate=true'] });
    const named = app.parsed.warnings.map(({ message }) => message);
    for (const option of ['Force=true', 'ServerSideApply=false', 'Frobnicate=true'])
      expect(named.filter((message) => message.includes(option))).toHaveLength(1);
    expect((await app.commit([STAYS])).outcome).toBe('synced');
  });
});
