import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { configMap } from '../agent-process.ts';
import { hookJob } from '../hook-objects.ts';
import { done, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const STAYS = configMap('stays', '1');

describe.concurrent('other policies of an Application', () => {
  it('spec.syncPolicy.automated.prune: false keeps what left Git, and says OutOfSync', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { prune: false, selfHeal: true } } });
    await app.commit([STAYS, configMap('a', '1')]);
    await app.commit([STAYS]);
    await app.until('it says so', ({ sync }) => sync === 'OutOfSync');
    expect(await app.names('ConfigMap')).toEqual(['a', 'stays']);
  });

  it('spec.syncPolicy.automated.enabled: false syncs only when asked', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { enabled: false, prune: true } } });
    await app.publish([STAYS]);
    await app.until('it is OutOfSync', ({ sync }) => sync === 'OutOfSync');
    expect(await app.names('ConfigMap')).toEqual([]);
    expect((await app.sync()).outcome).toBe('synced');
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('spec.syncPolicy.automated.selfHeal: false leaves drift, true heals it', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { prune: true, selfHeal: false } } });
    await app.commit([STAYS]);
    await app.patch('ConfigMap/stays', { data: { value: 'drift' } });
    await app.until('it is OutOfSync', ({ sync }) => sync === 'OutOfSync');
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: 'drift' });
    app.write({});
    await app.publish();
    await app.synced();
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '1' });
  });

  it('spec.syncPolicy.automated.allowEmpty: an App without objects is pruned where it says so, and held where it does not', async () => {
    const [held, empty] = [
      await stage.argo(),
      await stage.argo({ syncPolicy: { automated: { prune: true, selfHeal: true, allowEmpty: true } } }),
    ];
    await Promise.all([held.commit([STAYS]), empty.commit([STAYS])]);
    expect((await held.commit([])).outcome).toBe('held');
    expect((await empty.commit([])).outcome).toBe('synced');
    expect([await held.names('ConfigMap'), await empty.names('ConfigMap')]).toEqual([['stays'], []]);
  });

  it('spec.syncPolicy.retry: tries a failed sync again, with its hooks', async () => {
    const retry = { limit: 1, backoff: { duration: '1s', factor: 1, maxDuration: '1s' } };
    const app = await stage.argo({ syncPolicy: { retry } });
    const first = await app.commit([hookJob('PreSync', 'fails*', { behaviour: 'fail' }), STAYS]);
    expect(first.outcome).toBe('failed');
    await stage.worker.until(
      'the second receipt',
      () => stage.worker.receipts.filter((receipt) => receipt.app === app.id && receipt.outcome === 'failed').length >= 2,
    );
    expect((await app.names('Job')).length).toBe(2);
  });

  it('argocd.argoproj.io/skip-reconcile: "true" leaves the App alone', async () => {
    const app = await stage.argo();
    await app.commit([STAYS]);
    app.write({ metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } });
    await app.publish([configMap('stays', '2')]);
    const witness = await stage.argo();
    await witness.commit([STAYS]);
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: '1' });
  });

  it('resource.exclusions: an excluded object is not applied, and named in a warning; one that was applied is let go', async () => {
    const settings = { 'resource.exclusions': JSON.stringify([{ apiGroups: [''], kinds: ['Secret'], clusters: ['*'] }]) };
    const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } };
    const app = await stage.argo();
    await app.commit([STAYS, secret]);
    app.write({ settings });
    await app.commit([STAYS, secret]);
    await app.until('it is told', ({ problems }) => problems.some(({ code }) => code === 'apply.excluded'));
    expect(await app.live('Secret/s')).toBeDefined();
    expect(app.resource('Secret/s')).toBeUndefined();
    await app.commit([STAYS]);
    expect(await app.live('Secret/s')).toBeDefined();
  });

  it('resource.inclusions: what none of them names is not applied', async () => {
    const settings = { 'resource.inclusions': JSON.stringify([{ apiGroups: [''], kinds: ['ConfigMap'], clusters: ['*'] }]) };
    const app = await stage.argo({ settings });
    await app.commit([STAYS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } }]);
    expect(await app.names('ConfigMap')).toEqual(['stays']);
    expect(await app.live('ServiceAccount/sa')).toBeUndefined();
  });

  it('resource.customizations.health: a script judges, and an App is as healthy as it says', async () => {
    const script = 'return { status = obj.spec.ports[1].port == 80 and "Healthy" or "Degraded", message = "by script" }';
    const app = await stage.argo({ settings: { 'resource.customizations.health.Service': script } });
    const service = (port: number): Manifest => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ port }] },
    });
    await app.commit([service(80)]);
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    await app.commit([service(81)]);
    await app.until('it is Degraded', ({ health }) => health.status === 'Degraded');
    expect(app.resource('Service/s')?.health.message).toBe('by script');
  });

  it('a change of the Application alone, long after its last commit, takes effect', async () => {
    const app = await stage.argo({ syncPolicy: { automated: { prune: false, selfHeal: true } } });
    await app.commit([STAYS, configMap('a', '1')]);
    await app.commit([STAYS]);
    // By then the agent has stored the bundle and keeps no copy.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    app.write({});
    expect(done(await app.commit())).toMatchObject({ 'ConfigMap/a': 'pruned' });
  });

  it('resource.customizations.health: a script sees all of an object whose kind is watched by its metadata only', async () => {
    const settings = {
      'resource.customizations.health.ConfigMap':
        'return { status = obj.data.value == "1" and "Healthy" or "Degraded", message = "by script" }',
    };
    const app = await stage.argo({ settings });
    await app.commit([STAYS]);
    await app.until('it is Healthy', ({ health }) => health.status === 'Healthy');
    await app.commit([configMap('stays', '2')]);
    await app.until('it is Degraded', ({ health }) => health.status === 'Degraded');
    expect(app.resource('ConfigMap/stays')?.health.message).toBe('by script');
  });
});
