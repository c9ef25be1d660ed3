import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../core/objects/object.ts';
import { uniqueName } from '../../devcluster/shared.ts';
import { configMap } from '../agent-process.ts';
import { codesOf, done, type Stage, startStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const STAYS = configMap('stays', '1');
const account: Manifest = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } };
/** Every minute for an hour: always open. */
const always = { schedule: '* * * * *', duration: '1h', applications: ['*'] };

describe.concurrent('an AppProject', () => {
  it('S14 destinations: an object in another namespace is refused, the others are written', async () => {
    const other = await stage.argo();
    const app = await stage.argo();
    app.write({ project: { destinations: [{ server: '*', namespace: app.namespace }] } });
    const receipt = await app.commit([STAYS, configMap('a', '1', other.namespace)]);
    expect(codesOf(receipt)).toEqual(['apply.project']);
    expect([await app.names('ConfigMap'), await other.names('ConfigMap')]).toEqual([['stays'], []]);
  });

  it('S14 clusterResourceWhitelist: cluster-scoped kinds are refused unless it names them', async () => {
    const namespace = (): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: uniqueName('project') } });
    const [none, one] = [
      await stage.argo({ project: { clusterResourceWhitelist: [] } }),
      await stage.argo({ project: { clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }] } }),
    ];
    expect(codesOf(await none.commit([STAYS, namespace()]))).toEqual(['apply.project']);
    expect((await one.commit([STAYS, namespace()])).outcome).toBe('synced');
  });

  it('S14 namespaceResourceBlacklist and namespaceResourceWhitelist: kinds that are refused are not written', async () => {
    const [denied, allowed] = [
      await stage.argo({ project: { namespaceResourceBlacklist: [{ group: '', kind: 'ServiceAccount' }] } }),
      await stage.argo({ project: { namespaceResourceWhitelist: [{ group: '', kind: 'ConfigMap' }] } }),
    ];
    for (const app of [denied, allowed]) {
      expect(codesOf(await app.commit([STAYS, account]))).toEqual(['apply.project']);
      expect([await app.names('ConfigMap'), await app.live('ServiceAccount/sa')]).toEqual([['stays'], undefined]);
    }
  });

  it('syncWindows: while a deny window is open nothing is begun, and it says until when', async () => {
    const app = await stage.argo({ project: { syncWindows: [{ kind: 'deny', ...always }] } });
    await app.publish([STAYS]);
    await app.until('it waits', ({ progress }) => progress?.code === 'apply.window');
    const refused = await app.sync();
    expect([refused.outcome, await app.names('ConfigMap')]).toEqual(['failed', []]);
  });

  it('syncWindows[].manualSync: true lets a person sync all the same', async () => {
    const app = await stage.argo({ project: { syncWindows: [{ kind: 'deny', manualSync: true, ...always }] } });
    await app.publish([STAYS]);
    await app.until('it waits', ({ progress }) => progress?.code === 'apply.window');
    expect((await app.sync()).outcome).toBe('synced');
    expect(await app.names('ConfigMap')).toEqual(['stays']);
  });

  it('syncWindows: an allow window that is open lets it sync, one that is closed does not', async () => {
    const closed = { kind: 'allow', schedule: '0 0 29 2 *', duration: '1m', applications: ['*'] };
    const [open, shut] = [
      await stage.argo({ project: { syncWindows: [{ kind: 'allow', ...always }] } }),
      await stage.argo({ project: { syncWindows: [closed] } }),
    ];
    await shut.publish([STAYS]);
    expect(done(await open.commit([STAYS]))).toEqual({ 'ConfigMap/stays': 'created' });
    await shut.until('it waits', ({ progress }) => progress?.code === 'apply.window');
    expect(await shut.names('ConfigMap')).toEqual([]);
  });

  it('syncWindows: drift is not healed while a deny window is open', async () => {
    const app = await stage.argo();
    await app.commit([STAYS]);
    app.write({ project: { syncWindows: [{ kind: 'deny', ...always }] } });
    await app.publish();
    await app.patch('ConfigMap/stays', { data: { value: 'drift' } });
    await app.until('it is noticed', ({ sync }) => sync === 'OutOfSync');
    const witness = await stage.argo();
    await witness.commit([STAYS]);
    expect((await app.live('ConfigMap/stays'))?.data).toEqual({ value: 'drift' });
  });

  it('orphanedResources.warn: an object in the namespace that no App has is named, and ignored ones are not', async () => {
    const orphanedResources = { warn: true, ignore: [{ kind: 'ConfigMap', name: 'ignored-*' }] };
    const app = await stage.argo({ project: { orphanedResources } });
    await app.commit([STAYS]);
    await app.create('ConfigMap', configMap('ignored-one', '1'));
    await app.create('ConfigMap', configMap('stray', '1'));
    await app.until('it is told', ({ problems }) => problems.some(({ code }) => code === 'apply.orphaned'));
    const told = JSON.stringify(app.status?.problems);
    expect([told.includes('stray'), told.includes('ignored-one')]).toEqual([true, false]);
    expect(await app.names('ConfigMap')).toEqual(['ignored-one', 'stays', 'stray']);
  });
});
