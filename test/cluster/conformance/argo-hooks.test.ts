import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { configMap } from '../agent-process.ts';
import { deployment, hookJob, inWave, job } from '../hook-objects.ts';
import { annotated, codesOf, done, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const WEB = configMap('web', '1');
const NEVER = { behaviour: 'slow', delay: '1h' } as const;
const SOON = { behaviour: 'succeed', delay: '1s' } as const;
const FAILS = { behaviour: 'fail' } as const;

function helmJob(types: string, name: string, annotations: Readonly<Record<string, string>> = {}): Manifest {
  return job(name, { annotations: { 'helm.sh/hook': types, ...annotations } });
}

const deletedBy = (policy: string) => ({ 'argocd.argoproj.io/hook-delete-policy': policy });

describe.concurrent('argocd.argoproj.io/hook', () => {
  it('PreSync: runs to its end before anything is written', async () => {
    const app = await stage.argo();
    await app.publish([hookJob('PreSync', 'before', SOON), WEB]);
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual([]);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['web']);
  });

  it('PreSync: that fails keeps everything from being written', async () => {
    const app = await stage.argo();
    const receipt = await app.commit([hookJob('PreSync', 'before', FAILS), WEB, hookJob('PostSync', 'after')]);
    expect([receipt.outcome, await app.names('ConfigMap'), await app.names('Job')]).toEqual(['failed', [], ['before']]);
  });

  it('Sync: runs in its wave, beside the objects, and the next wave waits for it', async () => {
    const app = await stage.argo();
    await app.publish([WEB, hookJob('Sync', 'during', SOON), inWave(1, configMap('later', '1'))]);
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual(['web']);
    await app.synced();
    expect(await app.names('ConfigMap')).toEqual(['later', 'web']);
  });

  it('PostSync: runs when every object is healthy', async () => {
    const app = await stage.argo();
    await app.publish([deployment('slow', { behaviour: 'slow', delay: '1s' }), hookJob('PostSync', 'after')]);
    await app.waits('Deployment');
    expect(await app.names('Job')).toEqual([]);
    await app.synced();
    expect(await app.names('Job')).toEqual(['after']);
  });

  it('PostSync: does not run when an object failed', async () => {
    const app = await stage.argo();
    const bad: Manifest = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'bad' },
      spec: { ports: [{ port: 99_999_999 }] },
    };
    expect((await app.commit([WEB, bad, hookJob('PostSync', 'after')])).outcome).toBe('failed');
    expect(await app.names('Job')).toEqual([]);
  });

  it('PostSync: that fails is a failed sync, of an App that is written', async () => {
    const app = await stage.argo();
    const receipt = await app.commit([WEB, hookJob('PostSync', 'after', FAILS)]);
    expect([receipt.outcome, done(receipt)['Job/after@PostSync']]).toEqual(['failed', 'failed']);
    expect(await app.names('ConfigMap')).toEqual(['web']);
  });

  it('SyncFail: runs when a hook failed, and not when all went well', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('SyncFail', 'alarm')]);
    expect(await app.names('Job')).toEqual([]);
    const failed = await app.commit([
      WEB,
      hookJob('PreSync', 'before', FAILS),
      hookJob('SyncFail', 'alarm'),
      configMap('a', '1'),
    ]);
    expect(done(failed)).toMatchObject({ 'Job/before@PreSync': 'failed', 'Job/alarm@SyncFail': 'succeeded' });
  });

  it('SyncFail: runs when an object failed', async () => {
    const app = await stage.argo();
    const unknown: Manifest = { apiVersion: 'gone.example.com/v1', kind: 'Gone', metadata: { name: 'g' } };
    const failed = await app.commit([WEB, unknown, hookJob('SyncFail', 'alarm')]);
    expect(failed.outcome).toBe('failed');
    expect(done(failed)).toMatchObject({ 'Job/alarm@SyncFail': 'succeeded' });
  });

  it('PreDelete: runs before anything of the App goes', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreDelete', 'backup', { ...SOON, annotations: deletedBy('HookSucceeded') })]);
    expect(await app.names('Job')).toEqual([]);
    await app.publish(undefined, { removed: true });
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual(['web']);
    await app.gone('ConfigMap/web');
    await app.gone('Job/backup');
  });

  it('PreDelete: that fails keeps the App', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreDelete', 'backup', FAILS)]);
    expect((await app.remove()).outcome).toBe('failed');
    expect(await app.names('ConfigMap')).toEqual(['web']);
  });

  it('PostDelete: runs when everything is gone, and goes by its delete policy', async () => {
    const app = await stage.argo();
    const annotations = deletedBy('HookSucceeded');
    await app.commit([WEB, hookJob('PostDelete', 'clean-up', { ...SOON, annotations }), hookJob('PostDelete', 'stays')]);
    await app.publish(undefined, { removed: true });
    await app.waits('Job');
    expect(await app.names('ConfigMap')).toEqual([]);
    await app.gone('Job/clean-up');
    expect(await app.names('Job')).toEqual(['stays']);
  });

  it('Skip: is neither applied nor run', async () => {
    const app = await stage.argo();
    const receipt = await app.commit([WEB, hookJob('Skip', 'never')]);
    expect(receipt.outcome).toBe('synced');
    expect(await app.names('Job')).toEqual([]);
  });

  it('PreSync, PostSync: one object that says both runs twice', async () => {
    const app = await stage.argo();
    const receipt = await app.commit([WEB, hookJob('PreSync, PostSync', 'twice')]);
    expect(done(receipt)).toMatchObject({ 'Job/twice@PreSync': 'succeeded', 'Job/twice@PostSync': 'succeeded' });
  });

  it('an unknown type: is a warning, and the object is not applied', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('BeforeSync', 'odd')]);
    await app.synced();
    expect(app.status?.problems.map(({ code }) => code)).toEqual(['object.annotation_invalid']);
    expect(await app.names('Job')).toEqual([]);
  });

  it('a hook in a negative wave: runs before the others of its phase', async () => {
    const app = await stage.argo();
    await app.publish([inWave(-1, hookJob('PreSync', 'first', SOON)), hookJob('PreSync', 'second'), WEB]);
    await app.waits('Job');
    expect(await app.names('Job')).toEqual(['first']);
    await app.synced();
    expect(await app.names('Job')).toEqual(['first', 'second']);
  });

  it('a hook that is no Job: counts as done when it is there', async () => {
    const app = await stage.argo();
    const hook = annotated(configMap('note', '1'), { 'argocd.argoproj.io/hook': 'PreSync' });
    expect(done(await app.commit([WEB, hook]))).toMatchObject({ 'ConfigMap/note@PreSync': 'succeeded' });
  });

  it('generateName: each run has a name of its own, and the old ones stay', async () => {
    const app = await stage.argo();
    const hook = hookJob('PreSync', 'migrate-*');
    await app.commit([WEB, hook]);
    await app.commit([configMap('web', '2'), hook]);
    const names = await app.names('Job');
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^migrate-[0-9a-f]{7}-presync-\d+$/);
  });

  it('hooks do not run for a heal, which is no sync of a new commit', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PostSync', 'after')]);
    const before = (await app.live('Job/after'))?.metadata.uid;
    await app.patch('ConfigMap/web', { data: { value: 'drift' } });
    await app.until('it is healed', () => stage.worker.drifts.some(({ key }) => key === app.key('ConfigMap/web')));
    await app.synced();
    expect((await app.live('ConfigMap/web'))?.data).toEqual({ value: '1' });
    expect((await app.live('Job/after'))?.metadata.uid).toBe(before);
  });
});

describe.concurrent('argocd.argoproj.io/hook-delete-policy', () => {
  it('HookSucceeded: goes after a sync that succeeded', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreSync', 'before', { annotations: deletedBy('HookSucceeded') })]);
    await app.gone('Job/before');
  });

  it('HookSucceeded: stays after a sync that failed', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreSync', 'before', { ...FAILS, annotations: deletedBy('HookSucceeded') })]);
    expect(await app.names('Job')).toEqual(['before']);
  });

  it('HookFailed: goes after a sync that failed', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreSync', 'before', { ...FAILS, annotations: deletedBy('HookFailed') })]);
    await app.gone('Job/before');
  });

  it('HookFailed: stays after a sync that succeeded', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreSync', 'before', { annotations: deletedBy('HookFailed') })]);
    expect(await app.names('Job')).toEqual(['before']);
  });

  for (const [name, annotations] of [
    ['BeforeHookCreation', deletedBy('BeforeHookCreation')],
    ['no policy', {}],
  ] as const)
    it(`${name}: stays, and goes before the next run makes it anew`, async () => {
      const app = await stage.argo();
      const hook = hookJob('PreSync', 'before', { annotations });
      await app.commit([WEB, hook]);
      const first = (await app.live('Job/before'))?.metadata.uid;
      expect(first).toBeDefined();
      await app.commit([configMap('web', '2'), hook]);
      expect((await app.live('Job/before'))?.metadata.uid).not.toBe(first);
    });

  it('HookSucceeded,HookFailed: goes either way', async () => {
    const app = await stage.argo();
    const policy = deletedBy('HookSucceeded,HookFailed');
    await app.commit([WEB, hookJob('PreSync', 'before', { annotations: policy })]);
    await app.gone('Job/before');
    await app.commit([configMap('web', '2'), hookJob('PreSync', 'before', { ...FAILS, annotations: policy })]);
    await app.gone('Job/before');
  });

  it('an unknown policy: is a warning, and the default holds', async () => {
    const app = await stage.argo();
    await app.commit([WEB, hookJob('PreSync', 'before', { annotations: deletedBy('HookDone') })]);
    await app.synced();
    expect(app.status?.problems.map(({ code }) => code)).toEqual(['object.annotation_invalid']);
    expect(await app.names('Job')).toEqual(['before']);
  });
});

describe.concurrent('helm.sh/hook in an Application', () => {
  it('pre-install and pre-upgrade: run before, post-install and post-upgrade after, in every sync', async () => {
    const app = await stage.argo();
    const hooks = ['pre-install', 'pre-upgrade', 'post-install', 'post-upgrade'].map((type) => helmJob(type, type));
    const all = {
      'Job/pre-install@PreSync': 'succeeded',
      'Job/pre-upgrade@PreSync': 'succeeded',
      'Job/post-install@PostSync': 'succeeded',
      'Job/post-upgrade@PostSync': 'succeeded',
    };
    expect(done(await app.commit([WEB, ...hooks]))).toMatchObject(all);
    expect(done(await app.commit([configMap('web', '2'), ...hooks]))).toMatchObject(all);
  });

  it('pre-delete and post-delete: run around the removal', async () => {
    const app = await stage.argo();
    await app.commit([WEB, helmJob('pre-delete', 'before'), helmJob('post-delete', 'after')]);
    const removed = await app.remove();
    expect([removed.outcome, done(removed)]).toEqual([
      'removed',
      expect.objectContaining({ 'Job/before@PreDelete': 'succeeded', 'Job/after@PostDelete': 'succeeded' }),
    ]);
  });

  it('test and rollback hooks: are left out; crd-install: is an ordinary object', async () => {
    const app = await stage.argo();
    const ordinary = annotated(configMap('ordinary', '1'), { 'helm.sh/hook': 'crd-install' });
    await app.commit([WEB, helmJob('test', 'test'), helmJob('pre-rollback,post-rollback', 'rollback'), ordinary]);
    expect([await app.names('Job'), await app.names('ConfigMap')]).toEqual([[], ['ordinary', 'web']]);
  });

  it('helm.sh/hook-weight: is the wave', async () => {
    const app = await stage.argo();
    const first = helmJob('pre-install', 'first', { 'helm.sh/hook-weight': '-5' });
    await app.publish([helmJob('pre-install', 'second', { 'helm.sh/hook-weight': '5' }), slowly(first), WEB]);
    await app.waits('Job');
    expect(await app.names('Job')).toEqual(['first']);
    await app.synced();
    expect(await app.names('Job')).toEqual(['first', 'second']);
  });

  it('helm.sh/hook-delete-policy: hook-succeeded, hook-failed and before-hook-creation count as Argo CD’s', async () => {
    const app = await stage.argo();
    const policy = (name: string) => helmJob('pre-install', name, { 'helm.sh/hook-delete-policy': name });
    const hooks = [policy('hook-succeeded'), policy('hook-failed'), policy('before-hook-creation')];
    await app.commit([WEB, ...hooks]);
    await app.gone('Job/hook-succeeded');
    expect(await app.names('Job')).toEqual(['before-hook-creation', 'hook-failed']);
  });

  it('argocd.argoproj.io/hook: wins over helm.sh/hook', async () => {
    const app = await stage.argo();
    const both = helmJob('pre-install', 'both', { 'argocd.argoproj.io/hook': 'PostSync' });
    expect(done(await app.commit([WEB, both]))).toMatchObject({ 'Job/both@PostSync': 'succeeded' });
  });
});

/** The same Job, ending a second later. */
function slowly(object: Manifest): Manifest {
  const { spec } = job(object.metadata.name, SOON);
  return { ...object, ...(spec === undefined ? {} : { spec }) };
}

describe.concurrent('a sync that hangs', () => {
  it('a hook that never ends: a new commit supersedes it at once, and its Job is deleted', async () => {
    const app = await stage.argo();
    await app.publish([hookJob('PreSync', 'stuck', NEVER), WEB]);
    await app.waits('Job');
    expect((await app.commit([configMap('web', '2')])).outcome).toBe('synced');
    await app.gone('Job/stuck');
    expect((await app.live('ConfigMap/web'))?.data).toEqual({ value: '2' });
  });

  it('terminate: ends it, deletes its Job, and nothing begins it again but a person or a new commit', async () => {
    const app = await stage.argo();
    await app.publish([hookJob('PreSync', 'stuck', NEVER), WEB]);
    await app.waits('Job');
    const receipt = await app.commit(undefined, { request: { kind: 'terminate' } });
    expect([receipt.outcome, codesOf(receipt)]).toEqual(['failed', expect.arrayContaining(['apply.terminated'])]);
    await app.gone('Job/stuck');
    expect(await app.names('ConfigMap')).toEqual([]);
    expect((await app.commit([WEB])).outcome).toBe('synced');
  });

  it('selective sync: writes what was chosen and runs no hooks', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { enabled: false } } });
    await app.publish([WEB, configMap('other', '1'), hookJob('PreSync', 'before', NEVER), hookJob('PostSync', 'after')]);
    const receipt = await app.sync({ resources: [app.key('ConfigMap/web')] });
    expect(receipt.outcome).toBe('synced');
    expect([await app.names('ConfigMap'), await app.names('Job')]).toEqual([['web'], []]);
  });

  it('dry run: says what it would do and does nothing', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { enabled: false } } });
    await app.publish([WEB, hookJob('PreSync', 'before')]);
    const receipt = await app.sync({ dryRun: true });
    expect([receipt.dryRun, done(receipt)]).toEqual([true, expect.objectContaining({ 'ConfigMap/web': 'created' })]);
    expect([await app.names('ConfigMap'), await app.names('Job')]).toEqual([[], []]);
  });
});
