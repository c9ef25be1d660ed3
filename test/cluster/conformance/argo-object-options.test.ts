import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { uniqueName } from '../../devcluster/shared.ts';
import { configMap } from '../agent-process.ts';
import { deployment } from '../hook-objects.ts';
import { annotated, codesOf, done, type Stage, startStage, withOptions } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const STAYS = configMap('stays', '1');
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const approved = (at: string) => ({ metadata: { annotations: { 'argocd.argoproj.io/deletion-approved': at } } });

/** A Service with a field that its kind does not have. */
const misspelt: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'misspelt' },
  spec: { typo: true, ports: [{ port: 80 }] },
};

describe.concurrent('argocd.argoproj.io/sync-options on an object', () => {
  it('Prune=false: stays when Git loses it, and the App is OutOfSync', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Prune=false')]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'kept' });
    await app.until('it says so', ({ sync }) => sync === 'OutOfSync');
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('Prune=true: goes though the App says Prune=false', async () => {
    const app = await stage.argo({ syncOptions: ['Prune=false'] });
    await app.commit([STAYS, configMap('a', '1'), withOptions(configMap('b', '1'), 'Prune=true')]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'kept', 'ConfigMap/b': 'pruned' });
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('Prune=confirm: waits until argocd.argoproj.io/deletion-approved says yes', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Prune=confirm')]);
    const held = await app.commit([STAYS]);
    expect([held.outcome, codesOf(held)]).toEqual(['held', ['apply.held_deletion']]);
    expect(await app.live('ConfigMap/a')).toBeDefined();
    app.write(approved(later(1_000)));
    expect(done(await app.commit())).toMatchObject({ 'ConfigMap/a': 'pruned' });
    await app.gone('ConfigMap/a');
  });

  it('Delete=false: stays when the App goes, and nobody owns it then', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Delete=false')]);
    expect((await app.remove()).outcome).toBe('removed');
    expect(await app.names('ConfigMap')).toEqual(['a']);
    expect(JSON.stringify(await app.live('ConfigMap/a'))).not.toContain('tracking-id');
  });

  it('Delete=false: is no Prune=false', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Delete=false')]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'pruned' });
  });

  it('Delete=true: goes though the App says Delete=confirm', async () => {
    const app = await stage.argo({ syncOptions: ['Delete=confirm'] });
    await app.commit([withOptions(STAYS, 'Delete=true')]);
    expect((await app.remove()).outcome).toBe('removed');
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('Delete=confirm: keeps the whole App until a person approves', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Delete=confirm')]);
    expect((await app.remove()).outcome).toBe('held');
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
    app.write({
      metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'], ...approved(later(1_000)).metadata },
    });
    expect((await app.remove()).outcome).toBe('removed');
    expect(await app.names('ConfigMap')).toEqual([]);
  });

  it('Validate=false: is written without the field that its kind does not have, where ServerSideApply=true would refuse it', async () => {
    const app = await stage.argo({ syncOptions: ['ServerSideApply=true'] });
    const refused = await app.commit([STAYS, misspelt]);
    expect([refused.outcome, codesOf(refused)]).toEqual(['failed', ['apply.invalid']]);
    await app.commit([STAYS, withOptions(misspelt, 'Validate=false')]);
    await app.synced();
    expect((await app.live('Service/misspelt'))?.spec).not.toHaveProperty('typo');
    expect(app.status?.problems.map(({ code }) => code)).toEqual(['apply.field_unknown']);
  });

  it('SkipDryRunOnMissingResource=true: lets the others go on, and is applied when its kind comes', async () => {
    const app = await stage.argo();
    const group = `${uniqueName('g')}.example.com`;
    const widget: Manifest = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1 } };
    const receipt = await app.commit([STAYS, withOptions(widget, 'SkipDryRunOnMissingResource=true')]);
    expect(done(receipt)).toMatchObject({ 'ConfigMap/stays': 'created', 'Widget/w': 'failed' });
    expect(codesOf(receipt)).toContain('apply.kind_unknown');
    await stage.cluster.call({ method: 'POST', path: CRDS, body: widgetDefinition(group) });
    await app.synced();
    expect((await stage.cluster.call({ method: 'DELETE', path: `${CRDS}/widgets.${group}` })).status).toBe(200);
  });

  it('Replace=true: takes away what Git does not say; Replace=false leaves it', async () => {
    const app = await stage.argo();
    await app.commit([withOptions(configMap('a', '1'), 'Replace=true'), withOptions(configMap('b', '1'), 'Replace=false')]);
    for (const name of ['a', 'b']) await app.patch(`ConfigMap/${name}`, { data: { extra: 'x' } });
    await app.commit([withOptions(configMap('a', '2'), 'Replace=true'), withOptions(configMap('b', '2'), 'Replace=false')]);
    expect((await app.live('ConfigMap/a'))?.data).toEqual({ value: '2' });
    expect((await app.live('ConfigMap/b'))?.data).toEqual({ value: '2', extra: 'x' });
  });

  it('Force=true,Replace=true: deletes and makes it anew', async () => {
    const app = await stage.argo();
    const forced = (value: string) => withOptions(configMap('a', value), 'Force=true, Replace=true');
    await app.commit([forced('1')]);
    const before = (await app.live('ConfigMap/a'))?.metadata.uid;
    await app.commit([forced('2')]);
    const after = await app.live('ConfigMap/a');
    expect(after?.data).toEqual({ value: '2' });
    expect(after?.metadata.uid).not.toBe(before);
  });

  it('Force=true: without Replace=true recreates nothing', async () => {
    const app = await stage.argo();
    const forced = (value: string) => withOptions(configMap('a', value), 'Force=true');
    await app.commit([forced('1')]);
    const before = (await app.live('ConfigMap/a'))?.metadata.uid;
    await app.commit([forced('2')]);
    expect((await app.live('ConfigMap/a'))?.metadata.uid).toBe(before);
  });

  it('ServerSideApply=true and ServerSideApply=false: it is applied server-side either way', async () => {
    const app = await stage.argo();
    await app.commit([
      withOptions(configMap('a', '1'), 'ServerSideApply=true'),
      withOptions(configMap('b', '1'), 'ServerSideApply=false'),
    ]);
    for (const name of ['a', 'b'])
      expect(JSON.stringify(await app.live(`ConfigMap/${name}`))).toMatch(/"manager":"plumbline","operation":"Apply"/);
  });

  it('PruneLast=true: goes after everything else is healthy', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, configMap('first', '1'), withOptions(configMap('last', '1'), 'PruneLast=true')]);
    await app.publish([STAYS, deployment('slow', { behaviour: 'slow', delay: '2s' })]);
    await app.waits('Deployment');
    expect(await app.names('ConfigMap')).toEqual(['last', 'stays']);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('a value that nobody knows: is a warning of the App that names object, key and what is accepted; the rest counts', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, withOptions(configMap('a', '1'), 'Prune=maybe , Delete=false')]);
    await app.synced();
    const [warning] = app.status?.problems ?? [];
    expect(warning).toMatchObject({ code: 'object.annotation_invalid', where: expect.stringContaining('/a') });
    expect(warning?.message).toContain('argocd.argoproj.io/sync-options');
    expect(warning?.message).toContain('Prune=confirm');
    await app.remove();
    expect(await app.names('ConfigMap')).toEqual(['a']);
  });
});

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function widgetDefinition(group: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

describe.concurrent('other annotations of Argo CD on an object', () => {
  it('argocd.argoproj.io/compare-options: IgnoreExtraneous leaves the App Synced though the object is not in Git', async () => {
    const app = await stage.argo();
    const keys = { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous', 'argocd.argoproj.io/sync-options': 'Prune=false' };
    await app.commit([STAYS, annotated(configMap('a', '1'), keys)]);
    expect(done(await app.commit([STAYS]))).toMatchObject({ 'ConfigMap/a': 'kept' });
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('argocd.argoproj.io/compare-options: ServerSideDiff and IncludeMutationWebhook are known, another value is a warning', async () => {
    const app = await stage.argo();
    const compare = (name: string, value: string) =>
      annotated(configMap(name, '1'), { 'argocd.argoproj.io/compare-options': value });
    await app.commit([
      compare('a', 'ServerSideDiff=true,IncludeMutationWebhook=true'),
      compare('b', 'ServerSideDiff=false'),
      compare('c', 'IgnoreEverything'),
    ]);
    await app.synced();
    const warned = app.status?.problems.map(({ code, where }) => `${code} ${where}`);
    expect(warned).toEqual([expect.stringMatching(/^object\.annotation_invalid .*\/c/)]);
  });

  it('argocd.argoproj.io/ignore-healthcheck: a Degraded object does not make the App Degraded', async () => {
    const app = await stage.argo();
    const ignored = annotated(deployment('bad', { behaviour: 'slow', delay: '1h' }), {
      'argocd.argoproj.io/ignore-healthcheck': 'true',
    });
    await app.commit([STAYS, ignored, deployment('good')]);
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    expect(app.resource('apps/Deployment/bad')?.health.status).toBe('Progressing');
  });

  it('argocd.argoproj.io/tracking-id: is written by us, whatever Git says, with the namespace of an App that is not in argocd', async () => {
    const app = await stage.argo();
    const lying = annotated(configMap('a', '1'), { 'argocd.argoproj.io/tracking-id': 'other:/ConfigMap:other/a' });
    await app.commit([lying, deployment('web')]);
    const trackingOf = async (short: string) => (await app.live(short))?.metadata.annotations?.['argocd.argoproj.io/tracking-id'];
    expect(await trackingOf('ConfigMap/a')).toBe(`${app.id}:/ConfigMap:${app.namespace}/a`);
    expect(await trackingOf('Deployment/web')).toBe(`${app.id}:apps/Deployment:${app.namespace}/web`);
  });

  it('argocd.argoproj.io/tracking-id: of an Application outside argocd begins with its namespace', async () => {
    const app = await stage.argo({ metadata: { namespace: 'team' } });
    await app.commit([STAYS]);
    const { annotations } = (await app.live('ConfigMap/stays'))?.metadata ?? {};
    const expected = `team_${app.namespace}:/ConfigMap:${app.namespace}/stays`;
    expect([app.id, annotations?.['argocd.argoproj.io/tracking-id']]).toEqual([`team_${app.namespace}`, expected]);
  });

  it('argocd.argoproj.io/ignore-restart-policy: "true" judges a Pod that may end as one that runs for ever', async () => {
    const app = await stage.argo();
    const pod = (name: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'example.com/main:1' }] },
    });
    const ignoring = annotated(pod('runs'), { 'argocd.argoproj.io/ignore-restart-policy': 'true' });
    await app.commit([pod('ends'), ignoring]);
    await app.until('it runs', () => app.resource('Pod/runs')?.health.status === 'Healthy');
    expect(app.resource('Pod/ends')?.health.status).toBe('Progressing');
  });

  it('helm.sh/resource-policy: keep is neither pruned nor deleted with the App', async () => {
    const app = await stage.argo();
    const keep = (name: string) => annotated(configMap(name, '1'), { 'helm.sh/resource-policy': 'keep' });
    await app.commit([STAYS, keep('a'), keep('b')]);
    await app.commit([STAYS, keep('b')]);
    await app.remove();
    expect(await app.names('ConfigMap')).toEqual(['a', 'b']);
  });

  it('argocd.argoproj.io/hook: Skip is not applied, and an object that gets it stays as it is', async () => {
    const app = await stage.argo();
    const skip = (object: Manifest) => annotated(object, { 'argocd.argoproj.io/hook': 'Skip' });
    await app.commit([STAYS, skip(configMap('never', '1')), configMap('once', '1')]);
    await app.commit([STAYS, skip(configMap('never', '1')), skip(configMap('once', '2'))]);
    expect(await app.names('ConfigMap')).toEqual(['once', 'stays']);
    expect((await app.live('ConfigMap/once'))?.data).toEqual({ value: '1' });
  });

  it('argocd.argoproj.io/sync-wave: a bad integer is a warning and counts as 0', async () => {
    const app = await stage.argo();
    await app.commit([STAYS, annotated(configMap('a', '1'), { 'argocd.argoproj.io/sync-wave': 'one' })]);
    await app.synced();
    expect(app.status?.problems.map(({ code }) => code)).toEqual(['object.annotation_invalid']);
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('argocd.argoproj.io/…: a key that nobody knows is a warning that names it', async () => {
    const app = await stage.argo();
    await app.commit([annotated(configMap('a', '1'), { 'argocd.argoproj.io/sync-wawe': '1' })]);
    await app.synced();
    expect(app.status?.problems).toMatchObject([{ code: 'object.annotation_unknown', where: expect.stringContaining('/a') }]);
    expect(app.status?.problems[0]?.message).toContain('argocd.argoproj.io/sync-wawe');
  });

  it('argocd.argoproj.io/ignore-resource-updates, ignore-restart-policy, installation-id and links: are known', async () => {
    const app = await stage.argo();
    const keys = {
      'argocd.argoproj.io/ignore-resource-updates': 'true',
      'argocd.argoproj.io/ignore-restart-policy': 'true',
      'argocd.argoproj.io/installation-id': 'one',
      'argocd.argoproj.io/ignore-default-links': 'true',
      'link.argocd.argoproj.io/external-link': 'https://example.com',
    };
    await app.commit([annotated(configMap('a', '1'), keys)]);
    await app.synced();
    expect(app.status?.problems).toEqual([]);
  });
});
