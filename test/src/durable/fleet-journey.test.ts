import { describe, expect, it } from 'vitest';
import { readDesired } from '../../../src/deliver/desired-apps.ts';
import { readApp } from '../../../src/registry/apps.ts';
import { listSources } from '../../../src/registry/sources.ts';
import { dump } from './cluster-fixture.ts';
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

describe('a push', () => {
  it('renders exactly the Apps that read what changed', async () => {
    const fleet = await twoApps();
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['web']);
    fleet.host.edit(SHOP, { 'README.md': 'y' });
    expect(await fleet.settle(SHOP)).toEqual([]);
    fleet.host.edit(SHOP, { 'apps/api/new.yaml': '1', 'apps/web/b.yaml': undefined });
    expect(await fleet.settle(SHOP)).toEqual(['api', 'web']);
  });

  it('whose commits a webhook named hands them to the fetch', async () => {
    const fleet = await twoApps();
    await fleet.journey(SHOP, ['c1', 'c2']);
    expect(fleet.host.announced).toEqual(['c1', 'c2']);
  });

  it('lets the repository go of what no tip needs, and an idle one is left alone', async () => {
    const fleet = await twoApps();
    fleet.host.retained = undefined;
    await fleet.journey(SHOP);
    expect(fleet.host.retained).toBeUndefined();
    const commit = fleet.host.edit(SHOP, { 'new.txt': 'new' });
    await fleet.journey(SHOP);
    expect(fleet.host.retained).toEqual([commit]);
  });

  it('that changes nothing asks for nothing but the revisions', async () => {
    const fleet = await twoApps();
    const before = dump(fleet.sql);
    expect(await fleet.settle(FLEET, SHOP)).toEqual([]);
    expect(dump(fleet.sql)).toBe(before);
  });

  it('whose older commit is forgotten brings every App of the revision', async () => {
    const fleet = await twoApps();
    fleet.sql.run('UPDATE tip SET info = ?', JSON.stringify({ commit: 'gone', author: '', subject: '', committedAt: 0 }));
    expect(await fleet.settle(SHOP)).toEqual(['api', 'web']);
  });

  it('is repeated as a whole when publishing fails: nothing of it is settled (I10)', async () => {
    const fleet = await twoApps();
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    const before = dump(fleet.sql);
    fleet.beforePublish = async () => Promise.reject(new Error('the Cluster object is away'));
    await expect(fleet.journey(SHOP)).rejects.toThrow('away');
    expect(dump(fleet.sql)).toBe(before);
    fleet.beforePublish = async () => undefined;
    expect(await fleet.settle(SHOP)).toEqual(['web']);
  });

  it('costs an App whose render throws only that App, which is tried again (I7)', async () => {
    const fleet = await twoApps();
    fleet.host.beforeRender = async ({ policyName }) => {
      if (policyName === 'web') throw new Error('canary-in-a-message');
    };
    const good = desired(fleet, 'web')?.digest;
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2', 'apps/api/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['api']);
    expect([codesOf(fleet, 'web'), desired(fleet, 'web')?.digest]).toEqual([['bug'], good]);
    expect(dump(fleet.cluster('eu-1').sql)).not.toContain('canary-in-a-message');
    fleet.host.beforeRender = async () => undefined;
    expect(await fleet.settle(SHOP)).toEqual(['web']);
    expect(codesOf(fleet, 'web')).toEqual([]);
  });

  it('that empties an App holds it, and the next one that fills it goes on (F29)', async () => {
    const fleet = await twoApps();
    const good = desired(fleet, 'web')?.digest;
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '', 'apps/web/b.yaml': '' });
    await fleet.settle(SHOP);
    expect([codesOf(fleet, 'web'), desired(fleet, 'web')?.digest]).toEqual([['render.empty'], good]);
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': undefined, 'apps/web/b.yaml': undefined });
    await fleet.settle(SHOP);
    expect([codesOf(fleet, 'web'), desired(fleet, 'web')?.digest]).toEqual([['git.path_missing'], good]);
    fleet.host.edit(SHOP, { 'apps/web/c.yaml': '3' });
    expect(await fleet.settle(SHOP)).toEqual(['web']);
    expect(codesOf(fleet, 'web')).toEqual([]);
  });
});

describe('definitions', () => {
  it('that are added, changed and removed become Apps, renders and tombstones', async () => {
    const fleet = await twoApps();
    fleet.host.edit(FLEET, {
      'clusters/eu/web.yaml': application('web', { path: 'apps/api' }),
      'clusters/eu/api.yaml': undefined,
      'clusters/eu/db.yaml': application('db', { path: 'apps/web' }),
    });
    expect(await fleet.settle(FLEET)).toEqual(['db', 'web']);
    expect(fleet.apps()).toEqual(['api removed', 'db present', 'web present']);
    expect(await readApp(fleet.sql, fleet.vault, { cluster: 'eu-1', id: 'api' })).toBeUndefined();
  });

  it('of a file with a mistake are kept, however many they were (I2)', async () => {
    const fleet = await twoApps();
    fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': 'kind: [', 'clusters/eu/db.yaml': application('db') });
    await fleet.settle(FLEET);
    expect(fleet.apps()).toEqual(['api present', 'db present', 'web present']);
    expect(problemsOf(fleet)).toContain('yaml.syntax');
    fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': application('web') });
    await fleet.settle(FLEET);
    expect(problemsOf(fleet)).toEqual([]);
  });

  it('that are all gone at once are kept (I2), and go when one of them is back', async () => {
    const fleet = await twoApps();
    fleet.host.edit(FLEET, {
      'clusters/eu/web.yaml': undefined,
      'clusters/eu/api.yaml': undefined,
      'clusters/eu/note.yaml': 'kind: Note\napiVersion: v1',
    });
    await fleet.settle(FLEET);
    expect([fleet.apps(), problemsOf(fleet)[0]]).toEqual([['api present', 'web present'], 'fleet.empty']);
    fleet.host.edit(FLEET, { 'clusters/eu/api.yaml': application('api') });
    await fleet.settle(FLEET);
    expect(fleet.apps()).toEqual(['api present', 'web removed']);
  });

  it('of a path that is gone are kept, and the Apps go on being brought (I2)', async () => {
    const fleet = await twoApps();
    fleet.host.push(FLEET, { 'README.md': 'moved' });
    await fleet.settle(FLEET);
    expect([fleet.apps(), problemsOf(fleet)]).toEqual([['api present', 'web present'], ['git.path_missing']]);
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['web']);
    fleet.host.push(FLEET, { 'clusters/eu/web.yaml': application('web'), 'clusters/eu/api.yaml': application('api') });
    await fleet.settle(FLEET);
    expect(problemsOf(fleet)).toEqual([]);
  });

  it('are repeated when publishing their removal fails', async () => {
    const fleet = await twoApps();
    fleet.host.edit(FLEET, { 'clusters/eu/api.yaml': undefined });
    fleet.beforePublish = async () => Promise.reject(new Error('away'));
    await expect(fleet.journey(FLEET)).rejects.toThrow('away');
    fleet.beforePublish = async () => undefined;
    await fleet.settle(FLEET);
    expect(fleet.apps()).toEqual(['api removed', 'web present']);
  });

  it('of Helm values, the hash of nothing and every other row show no secret (S12)', async () => {
    const fleet = await twoApps();
    const source = { helm: { values: 'password: canary-77aa', parameters: [{ name: 'token', value: 'canary-88bb' }] } };
    fleet.host.edit(FLEET, { 'clusters/eu/web.yaml': application('web', { source }) });
    await fleet.settle(FLEET);
    const app = await readApp(fleet.sql, fleet.vault, { cluster: 'eu-1', id: 'web' });
    expect(JSON.stringify(app)).toContain('canary-77aa');
    expect(dump(fleet.sql) + dump(fleet.cluster('eu-1').sql)).not.toMatch(/canary-(77aa|88bb)/);
  });
});

describe('two fleet paths', () => {
  async function twoPaths(second = FLEET): Promise<Fleet> {
    const fleet = await createFleet();
    fleet.addSource('a');
    fleet.addSource('b', second);
    fleet.host.push(SHOP, { 'apps/web/a.yaml': '1', 'apps/api/a.yaml': '1', 'apps/x/a.yaml': '1', 'apps/y/a.yaml': '1' });
    fleet.host.push(FLEET, { 'a/web.yaml': application('web'), 'a/x.yaml': application('x'), 'b/y.yaml': application('y') });
    if (second !== FLEET) fleet.host.push(second, { 'b/web.yaml': application('web'), 'b/y.yaml': application('y') });
    await fleet.settle(FLEET, second);
    return fleet;
  }

  it.each([
    ['a to b', 'a', 'b'],
    ['b to a', 'b', 'a'],
  ])('may hand an App from %s in one commit without its being removed (I2)', async (_name, from, to) => {
    const fleet = await twoPaths();
    if (from === 'b') {
      fleet.host.edit(FLEET, { 'a/web.yaml': undefined, 'b/web.yaml': application('web') });
      await fleet.settle(FLEET);
    }
    fleet.host.edit(FLEET, { [`${from}/web.yaml`]: undefined, [`${to}/web.yaml`]: application('web') });
    await fleet.settle(FLEET);
    expect(fleet.apps()).toEqual(['web present', 'x present', 'y present']);
    expect(problemsOf(fleet)).toEqual([]);
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': '2' });
    expect(await fleet.settle(SHOP)).toEqual(['web']);
  });

  it('that define one name: the first keeps it, and the second is told', async () => {
    const fleet = await twoPaths();
    fleet.host.edit(FLEET, { 'b/web.yaml': application('web', { path: 'apps/api' }) });
    expect(await fleet.settle(FLEET)).toEqual([]);
    expect([desired(fleet, 'web')?.definition.source.path, problemsOf(fleet)]).toEqual(['apps/web', ['app.duplicate']]);
  });

  it('of two repositories: the second gets the name as soon as the first gives it up', async () => {
    const fleet = await twoPaths('git.example.com/org/other');
    expect(problemsOf(fleet)).toEqual(['app.duplicate']);
    fleet.host.edit(FLEET, { 'a/web.yaml': undefined });
    await fleet.settle(FLEET);
    expect([fleet.apps(), problemsOf(fleet)]).toEqual([['web present', 'x present', 'y present'], []]);
  });
});

describe('a fleet path that shares its folder with what its Apps deploy', () => {
  async function mixed(): Promise<Fleet> {
    const fleet = await createFleet();
    fleet.addSource('', SHOP);
    fleet.host.push(SHOP, {
      'web.yaml': application('web'),
      'api.yaml': application('api'),
      'apps/web/a.yaml': 'kind: ConfigMap',
      'apps/api/a.yaml': 'kind: ConfigMap',
    });
    await fleet.settle(SHOP);
    return fleet;
  }

  it('reads only the files that changed when none of them is a definition', async () => {
    const fleet = await mixed();
    fleet.host.read.length = 0;
    fleet.host.edit(SHOP, { 'apps/web/a.yaml': 'kind: Secret\napiVersion: v1', 'apps/web/run.sh': '#!/bin/sh' });
    expect(await fleet.settle(SHOP)).toEqual(['web']);
    expect(fleet.host.read).toEqual(['apps/web/a.yaml']);
  });

  it.each([
    ['a definition that changes', { 'web.yaml': application('web', { path: 'apps/api' }) }, ['api present', 'web present']],
    ['a definition that goes', { 'web.yaml': undefined }, ['api present', 'web removed']],
    [
      'a file that becomes a definition',
      { 'apps/web/a.yaml': application('db', { path: 'apps/api' }) },
      ['api present', 'db present', 'web present'],
    ],
    ['a file that becomes unreadable', { 'apps/web/a.yaml': 'kind: [' }, ['api present', 'web present']],
  ])('sees %s', async (_name, changes, apps) => {
    const fleet = await mixed();
    fleet.host.read.length = 0;
    fleet.host.edit(SHOP, changes);
    await fleet.settle(SHOP);
    expect(fleet.apps()).toEqual(apps);
    expect(fleet.host.read).toContain('api.yaml');
  });

  it('leaves out the App that deploys the fleet path itself', async () => {
    const fleet = await createFleet();
    fleet.addSource('clusters/eu');
    fleet.host.push(SHOP, { 'apps/web/a.yaml': '1' });
    fleet.host.push(FLEET, {
      'clusters/eu/web.yaml': application('web'),
      'clusters/eu/root.yaml': application('root', { repo: FLEET, path: 'clusters/eu' }),
    });
    await fleet.settle(FLEET);
    expect([fleet.apps(), problemsOf(fleet)]).toEqual([['web present'], ['fleet.ignored']]);
  });
});
