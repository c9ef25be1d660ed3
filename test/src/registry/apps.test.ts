import { beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../core/app/app.ts';
import { migrate } from '../../../src/platform/durable-sql.ts';
import type { Read } from '../../../src/platform/ports.ts';
import { openVault } from '../../../src/platform/vault.ts';
import {
  appsToTryAgain,
  appsTouched,
  changedApps,
  deleteGone,
  foreignOwner,
  goneApps,
  markGone,
  putApps,
  putReads,
  readApp,
  setAgain,
  settleApp,
} from '../../../src/registry/apps.ts';
import { deleteCluster, putCluster } from '../../../src/registry/clusters.ts';
import { FLEET_MIGRATIONS } from '../../../src/registry/schema.ts';
import { deleteSource, putSource } from '../../../src/registry/sources.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { definition } from '../durable/cluster-fixture.ts';

const REPO = 'git.example.com/shop';
const SOURCE = 'fleet#HEAD:eu';
const vault = await openVault('a secret of thirty-two characters');
let sql = createNodeSql();

const app = (id: string, change: Partial<App> = {}): App => ({
  ...definition(id),
  render: { engine: 'auto' },
  warnings: [],
  ...change,
});
const put = (...apps: readonly App[]) =>
  putApps(
    sql,
    vault,
    SOURCE,
    apps.map((one) => ({ app: one, repo: REPO })),
  );
const KEY = { cluster: 'eu-1', id: 'web' };

beforeEach(() => {
  sql = createNodeSql();
  migrate(sql, { fleet: FLEET_MIGRATIONS });
  putCluster(sql, 'eu-1', 'token');
  putSource(sql, { id: SOURCE, repo: 'fleet', url: 'https://fleet', revision: 'HEAD', path: 'eu', cluster: 'eu-1' });
});

describe('what a change touches', () => {
  const touched = async (
    reads: readonly Read[],
    change: { files?: string[]; dirs?: string[] },
    at: { repo?: string; revision?: string } = {},
  ) => {
    await put(app('web'));
    putReads(sql, REPO, KEY, reads);
    const { repo = REPO, revision = 'main' } = at;
    return appsTouched(sql, repo, revision, { files: change.files ?? [], dirs: change.dirs ?? [] }).length === 1;
  };

  it.each<[string, Read, { files?: string[]; dirs?: string[] }]>([
    ['a file that was read', { kind: 'file', path: 'a/b.yaml' }, { files: ['a/b.yaml'] }],
    ['the listing of a folder', { kind: 'dir', path: 'a' }, { files: ['a/new'], dirs: ['a'] }],
    ['the listing of the root', { kind: 'dir', path: '' }, { files: ['new'], dirs: [''] }],
    ['a missing file that appears', { kind: 'missing', path: 'a/b.yaml' }, { files: ['a/b.yaml'], dirs: ['a'] }],
    [
      'a missing folder that appears with a file deep inside',
      { kind: 'missing', path: 'a' },
      { files: ['a/b/c/d.yaml'], dirs: ['', 'a', 'a/b', 'a/b/c'] },
    ],
    ['a probed file that goes', { kind: 'probed', path: 'a/b.yaml' }, { files: ['a/b.yaml'], dirs: ['a'] }],
    ['a probed file of the root that goes', { kind: 'probed', path: 'b.yaml' }, { files: ['b.yaml'], dirs: [''] }],
    ['a probed folder that goes', { kind: 'probed', path: 'a/b' }, { files: ['a/b/c.yaml'], dirs: ['a', 'a/b'] }],
    ['a probed file that becomes a folder', { kind: 'probed', path: 'a/b' }, { files: ['a/b', 'a/b/c'], dirs: ['a', 'a/b'] }],
  ])('includes an App that looked at %s', async (_name, read, change) => expect(await touched([read], change)).toBe(true));

  it.each<[string, Read, { files?: string[]; dirs?: string[] }]>([
    ['another file of the folder that was listed', { kind: 'dir', path: 'a' }, { files: ['a/b.yaml'] }],
    ['the listing of a folder below', { kind: 'dir', path: 'a' }, { files: ['a/b/new'], dirs: ['a/b'] }],
    ['the content of a probed file', { kind: 'probed', path: 'a/b.yaml' }, { files: ['a/b.yaml'] }],
    ['a file in a probed folder that stays', { kind: 'probed', path: 'a/b' }, { files: ['a/b/c.yaml'], dirs: ['a/b'] }],
    ['a path that only begins alike', { kind: 'missing', path: 'a' }, { files: ['ab/c.yaml'], dirs: ['', 'ab'] }],
    ['a file with the name of a folder that was read', { kind: 'file', path: 'a' }, { files: ['a/b'], dirs: ['a'] }],
    ['the same path in another case', { kind: 'file', path: 'a/B.yaml' }, { files: ['a/b.yaml'] }],
  ])('leaves out an App when it is %s', async (_name, read, change) => expect(await touched([read], change)).toBe(false));

  it('leaves out Apps of another revision and of another repository', async () => {
    const reads: Read[] = [{ kind: 'file', path: 'a' }];
    expect(await touched(reads, { files: ['a'] }, { revision: 'v1' })).toBe(false);
    expect(await touched(reads, { files: ['a'] }, { repo: 'other' })).toBe(false);
  });

  it('leaves out an App that moved to another repository and was not rendered there yet (F26)', async () => {
    await put(app('web'));
    putReads(sql, REPO, KEY, [{ kind: 'file', path: 'a' }]);
    await putApps(sql, vault, SOURCE, [{ app: app('web'), repo: 'other' }]);
    expect(appsTouched(sql, REPO, 'main', { files: ['a'], dirs: [] })).toEqual([]);
  });

  it('is asked for in parts when a thousand paths changed', async () => {
    const files = Array.from({ length: 1000 }, (_, i) => `f/${i}.yaml`);
    expect(await touched([{ kind: 'file', path: 'f/999.yaml' }], { files })).toBe(true);
  });
});

describe('definitions', () => {
  it('count as changed when anything in them did, and are new at first', async () => {
    expect(changedApps(sql, SOURCE, [app('web')])).toHaveLength(1);
    await put(app('web'));
    expect(changedApps(sql, SOURCE, [app('web')])).toEqual([]);
    expect(changedApps(sql, SOURCE, [app('web', { render: { engine: 'helm' } })])).toHaveLength(1);
  });

  it('that are kept are not gone (I2)', async () => {
    await put(app('web'), app('api'));
    const gone = (isKept: (one: { file: string; id: string }) => boolean) =>
      goneApps(sql, vault, { source: SOURCE, apps: [], isKept }).then((apps) => apps.map(({ id }) => id));
    expect(await gone(() => false)).toEqual(['api', 'web']);
    expect(await gone(({ file }) => file === 'fleet/web.yaml')).toEqual(['api']);
    expect(await gone(({ id }) => id === 'api')).toEqual(['web']);
  });

  it('belong to one fleet path until they are gone from it', async () => {
    await put(app('web'));
    expect(foreignOwner(sql, 'other', KEY)).toBe(SOURCE);
    expect(foreignOwner(sql, SOURCE, KEY)).toBeUndefined();
    markGone(sql, [KEY]);
    expect(foreignOwner(sql, 'other', KEY)).toBeUndefined();
  });

  it('that are gone are read by nobody, and deleted unless they came back', async () => {
    await put(app('web'), app('api'));
    markGone(sql, [KEY, { cluster: 'eu-1', id: 'api' }]);
    expect(await readApp(sql, vault, KEY)).toBeUndefined();
    await put(app('web'));
    deleteGone(sql, [KEY, { cluster: 'eu-1', id: 'api' }]);
    expect((await readApp(sql, vault, KEY))?.id).toBe('web');
    expect(sql.all('SELECT id FROM app')).toEqual([{ id: 'web' }]);
  });

  it('are not registered for a fleet path or cluster that was taken away while they were read', async () => {
    deleteSource(sql, SOURCE);
    await put(app('web'));
    putSource(sql, { id: SOURCE, repo: 'fleet', url: 'https://fleet', revision: 'HEAD', path: 'eu', cluster: 'eu-1' });
    deleteCluster(sql, 'eu-1');
    await put(app('web'));
    expect(sql.all('SELECT id FROM app')).toEqual([]);
  });

  it('do not open in the place of another App', async () => {
    await put(app('web'), app('api'));
    sql.run(`UPDATE app SET definition = (SELECT definition FROM app WHERE id = 'api') WHERE id = 'web'`);
    await expect(readApp(sql, vault, KEY)).rejects.toThrow('altered');
  });
});

describe('an attempt', () => {
  it('that ended well is not repeated, one that could not be finished is', async () => {
    await put(app('web'));
    expect(appsToTryAgain(sql, REPO)).toEqual([KEY]);
    settleApp(sql, app('web'), { repo: REPO, reads: [], again: false });
    expect(appsToTryAgain(sql, REPO)).toEqual([]);
    settleApp(sql, app('web'), { repo: REPO, reads: [], again: true });
    expect(appsToTryAgain(sql, REPO)).toEqual([KEY]);
  });

  it('with a definition that was replaced meanwhile ends nothing', async () => {
    await put(app('web'));
    await put(app('web', { render: { engine: 'helm' } }));
    settleApp(sql, app('web'), { repo: REPO, reads: [{ kind: 'file', path: 'a' }], again: false });
    expect(appsToTryAgain(sql, REPO)).toEqual([KEY]);
    expect(sql.all('SELECT 1 FROM app_read')).toEqual([]);
  });

  it('that looked at nothing keeps what the one before looked at', async () => {
    await put(app('web'));
    settleApp(sql, app('web'), { repo: REPO, reads: [{ kind: 'file', path: 'a' }], again: false });
    settleApp(sql, app('web'), { repo: REPO, reads: [], again: true });
    expect(appsTouched(sql, REPO, 'main', { files: ['a'], dirs: [] })).toEqual([KEY]);
    setAgain(sql, KEY, false);
  });
});
