import { describe, expect, it } from 'vitest';
import { problem } from '../../../core/problem/problem.ts';
import { readDesired } from '../../../src/deliver/desired-apps.ts';
import { appsToTryAgain, isCurrent, readApp } from '../../../src/registry/apps.ts';
import { listSources, readTip } from '../../../src/registry/sources.ts';
import { application, createFleet, FLEET, SHOP } from './fleet-fixture.ts';

type Fleet = Awaited<ReturnType<typeof createFleet>>;

/** Two Apps, web and api, defined in clusters/eu of one repository and deployed from another. */
async function twoApps(): Promise<Fleet> {
  const fleet = await createFleet();
  fleet.addSource('clusters/eu');
  fleet.host.push(FLEET, { 'clusters/eu/web.yaml': application('web'), 'clusters/eu/api.yaml': application('api') });
  fleet.host.push(SHOP, { 'apps/web/a.yaml': '1', 'apps/web/b.yaml': '1', 'apps/api/a.yaml': '1', 'README.md': 'x' });
  expect(await fleet.settle(FLEET)).toEqual(['api', 'web']);
  return fleet;
}

const problemsOf = (fleet: Fleet) => listSources(fleet.sql).flatMap(({ problems }) => problems.map(({ code }) => code));
const desired = (fleet: Fleet, app: string, cluster = 'eu-1') => readDesired(fleet.cluster(cluster).sql, app);
const codesOf = (fleet: Fleet, app: string) => desired(fleet, app)?.problems.map(({ code }) => code);

describe('a revision that cannot be read', () => {
  it('for a passing reason changes nothing at first: Apps are told when it lasts, and brought when it is over', async () => {
    const fleet = await twoApps();
    const before = fleet.cluster('eu-1').ledgerLength();
    const repair = fleet.host.fail(SHOP, problem('git.unavailable', 'the host does not answer'));
    await fleet.settle(SHOP);
    expect([fleet.cluster('eu-1').ledgerLength(), readTip(fleet.sql, SHOP, 'HEAD').problem?.code]).toEqual([
      before,
      'git.unavailable',
    ]);
    fleet.now += 5 * 60_000;
    await fleet.settle(SHOP);
    await fleet.settle(SHOP);
    expect([codesOf(fleet, 'web'), fleet.cluster('eu-1').ledgerLength()]).toEqual([['git.unavailable'], before + 1]);
    repair();
    await fleet.settle(SHOP);
    expect([codesOf(fleet, 'web'), readTip(fleet.sql, SHOP, 'HEAD').problem]).toEqual([[], undefined]);
  });

  it('for a passing reason and comes back moved: what changed meanwhile is brought', async () => {
    const fleet = await twoApps();
    fleet.host.fail(SHOP, problem('git.unavailable', 'the host does not answer'))();
    const repair = fleet.host.fail(SHOP, problem('git.unavailable', 'the host does not answer'));
    await fleet.settle(SHOP);
    repair();
    fleet.host.edit(SHOP, { 'apps/api/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['api']);
  });

  it('for a reason that a person must remove is told at once', async () => {
    const fleet = await twoApps();
    const repair = fleet.host.fail(SHOP, problem('git.auth', 'the credentials are refused'));
    await fleet.settle(SHOP);
    expect(codesOf(fleet, 'web')).toEqual(['git.auth']);
    repair();
    await fleet.settle(SHOP);
    expect(codesOf(fleet, 'web')).toEqual([]);
  });

  it('does not make a new App wait once it is readable again', async () => {
    const fleet = await twoApps();
    const repair = fleet.host.fail(SHOP, problem('git.unavailable', 'the host does not answer'));
    fleet.host.edit(FLEET, { 'clusters/eu/db.yaml': application('db', { path: 'apps/web' }) });
    await fleet.settle(FLEET);
    expect(codesOf(fleet, 'db')).toEqual(['git.unavailable']);
    repair();
    expect(await fleet.settle(SHOP)).toEqual(['db']);
  });

  it('of the fleet path is no problem of its definitions any more when it is over', async () => {
    const fleet = await twoApps();
    const repair = fleet.host.fail(FLEET, problem('git.unavailable', 'the host does not answer'));
    await fleet.settle(FLEET);
    repair();
    await fleet.settle(FLEET);
    expect([problemsOf(fleet), readTip(fleet.sql, FLEET, 'HEAD').problem]).toEqual([[], undefined]);
  });
});

describe('journeys of two repositories at once', () => {
  it('that move an App from one to the other render it in the new one only (F26)', async () => {
    const fleet = await twoApps();
    const other = 'git.example.com/org/other';
    fleet.host.push(other, { 'apps/web/a.yaml': 'from the other repository' });
    fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': application('web', { repo: other }) });
    await fleet.journey(FLEET);
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual([]);
    expect(await fleet.settle(other)).toEqual(['web']);
    expect(desired(fleet, 'web')?.definition.source.repoURL).toContain('other');
  });

  it('a definition that changes while its App is rendered is neither lost nor overtaken by the older one', async () => {
    const fleet = await twoApps();
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    let meanwhile: Promise<unknown> = Promise.resolve();
    fleet.host.beforeRender = async () => {
      fleet.host.beforeRender = async () => undefined;
      fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': application('web', { path: 'apps/api' }) });
      meanwhile = fleet.journey(FLEET);
      await meanwhile;
    };
    await fleet.journey(SHOP);
    expect(appsToTryAgain(fleet.sql, SHOP)).toEqual([{ cluster: 'eu-1', id: 'web' }]);
    await fleet.settle(SHOP);
    expect(desired(fleet, 'web')?.definition.source.path).toBe('apps/api');
    const app = await readApp(fleet.sql, fleet.vault, { cluster: 'eu-1', id: 'web' });
    expect(app !== undefined && isCurrent(fleet.sql, app)).toBe(true);
  });

  it('an App that is removed while it is rendered stays removed (F05)', async () => {
    const fleet = await twoApps();
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    fleet.host.beforeRender = async () => {
      fleet.host.beforeRender = async () => undefined;
      fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': undefined });
      await fleet.journey(FLEET);
    };
    await fleet.journey(SHOP);
    expect(fleet.apps()).toEqual(['api present', 'web removed']);
    expect(await fleet.settle(SHOP, FLEET)).toEqual([]);
    expect(fleet.apps()).toEqual(['api present', 'web removed']);
  });
});

describe('many Apps', () => {
  it('are published in batches of fifty, and one change publishes one', async () => {
    const fleet = await createFleet();
    fleet.addSource('clusters/eu');
    const names = Array.from({ length: 120 }, (_, i) => `app-${i}`);
    fleet.host.push(FLEET, Object.fromEntries(names.map((name) => [`clusters/eu/${name}.yaml`, application(name)])));
    fleet.host.push(SHOP, Object.fromEntries(names.map((name) => [`apps/${name}/a.yaml`, '1'])));
    await fleet.settle(FLEET);
    expect(fleet.batches.map((batch) => batch.length)).toEqual([50, 50, 20]);
    fleet.host.edit(SHOP, { 'apps/app-7/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['app-7']);
    expect(fleet.batches.at(-1)).toEqual(['app-7']);
  });

  it('go to their own clusters, and a cluster that was removed meanwhile costs the others nothing', async () => {
    const fleet = await createFleet(['eu-1', 'us-1']);
    fleet.addSource('clusters');
    fleet.host.push(SHOP, { 'apps/web/a.yaml': '1', 'apps/api/a.yaml': '1' });
    fleet.host.push(FLEET, {
      'clusters/web.yaml': application('web'),
      'clusters/api.yaml': application('api', { destination: { name: 'us-1' } }),
    });
    await fleet.settle(FLEET);
    expect([fleet.apps('eu-1'), fleet.apps('us-1')]).toEqual([['web present'], ['api present']]);
    fleet.sql.run(`DELETE FROM cluster WHERE name = 'us-1'`);
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2', 'apps/api/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['api', 'web']);
  });
});
