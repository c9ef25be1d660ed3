import type { App } from '../../core/app/app.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { Changes, Read } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

type AppRow = { cluster: string; id: string; definition: ArrayBuffer };

/** Which App, in the registry. */
export interface AppKey {
  readonly cluster: string;
  readonly id: string;
}

/** What a new set of definitions of one fleet path changes. */
export interface DefinitionChange {
  readonly changed: readonly App[];
  readonly removed: readonly App[];
}

/** How much of an App a fleet path's files say; used to see whether it changed. */
export function definitionHash(app: App): string {
  return sha256Hex(canonicalJson(app));
}

/** Compares new definitions with the registered ones; Apps that `isKept` are never counted as removed: a mistake in their file is no deletion (I2). */
export async function compareDefinitions(
  sql: Sql,
  vault: Vault,
  input: {
    readonly source: string;
    readonly apps: readonly App[];
    readonly isKept: (app: { readonly file: string; readonly id: string }) => boolean;
  },
): Promise<DefinitionChange> {
  const rows = sql.all<AppRow & { hash: string; file: string }>(
    'SELECT cluster, id, hash, file, definition FROM app WHERE source = ?',
    input.source,
  );
  const hashes = new Map(rows.map((row) => [`${row.cluster}/${row.id}`, row.hash]));
  const now = new Set(input.apps.map((app) => `${app.cluster}/${app.id}`));
  const gone = rows.filter((row) => !now.has(`${row.cluster}/${row.id}`) && !input.isKept(row));
  return {
    changed: input.apps.filter((app) => hashes.get(`${app.cluster}/${app.id}`) !== definitionHash(app)),
    removed: await Promise.all(gone.map((row) => openApp(vault, row))),
  };
}

/** How many Apps a fleet path defines today. */
export function countApps(sql: Sql, source: string): number {
  return sql.all<{ n: number }>('SELECT count(*) AS n FROM app WHERE source = ?', source)[0]?.n ?? 0;
}

/** Who defines an App of this name already, if it is another fleet path. */
export function foreignOwner(sql: Sql, source: string, app: App): string | undefined {
  return sql.all<{ source: string }>(
    'SELECT source FROM app WHERE cluster = ? AND id = ? AND source <> ?',
    app.cluster,
    app.id,
    source,
  )[0]?.source;
}

/** Registers definitions; each is rendered next (`again`). */
export async function putApps(
  sql: Sql,
  vault: Vault,
  source: string,
  apps: readonly { readonly app: App; readonly repo: string }[],
): Promise<void> {
  const sealed = await Promise.all(
    apps.map(({ app }) => vault.seal(new TextEncoder().encode(JSON.stringify(app)), `app/${app.cluster}/${app.id}`)),
  );
  sql.transaction(() => {
    apps.forEach(({ app, repo }, i) => {
      const bytes = sealed[i] as Uint8Array; // one for each App, by construction
      sql.run(
        `INSERT INTO app (cluster, id, source, repo, url, revision, file, hash, definition, again) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
         ON CONFLICT (cluster, id) DO UPDATE SET source = excluded.source, repo = excluded.repo, url = excluded.url, revision = excluded.revision, file = excluded.file,
           hash = excluded.hash, definition = excluded.definition, again = 1`,
        app.cluster,
        app.id,
        source,
        repo,
        app.source.repoURL,
        app.source.revision,
        app.origin.file,
        definitionHash(app),
        bytes.slice().buffer,
      );
    });
    return undefined;
  });
}

export function deleteApps(sql: Sql, apps: readonly AppKey[]): void {
  for (const { cluster, id } of apps) {
    sql.run('DELETE FROM app WHERE cluster = ? AND id = ?', cluster, id);
    sql.run('DELETE FROM app_read WHERE cluster = ? AND id = ?', cluster, id);
  }
}

export async function readApp(sql: Sql, vault: Vault, key: AppKey): Promise<App | undefined> {
  const row = sql.all<AppRow>('SELECT cluster, id, definition FROM app WHERE cluster = ? AND id = ?', key.cluster, key.id)[0];
  return row === undefined ? undefined : openApp(vault, row);
}

async function openApp(vault: Vault, row: AppRow): Promise<App> {
  const plain = await vault.open(new Uint8Array(row.definition), `app/${row.cluster}/${row.id}`);
  return JSON.parse(new TextDecoder().decode(plain)) as App; // written by putApps only
}

/** Apps that must be rendered whatever changed: new definitions, and those whose last attempt could not be finished. */
export function appsToTryAgain(sql: Sql, repo: string): AppKey[] {
  return sql.all<{ cluster: string; id: string }>('SELECT cluster, id FROM app WHERE repo = ? AND again = 1', repo);
}

/** Every App that follows a revision. */
export function appsOfRevision(sql: Sql, repo: string, revision: string): AppKey[] {
  return sql.all<{ cluster: string; id: string }>('SELECT cluster, id FROM app WHERE repo = ? AND revision = ?', repo, revision);
}

/** The Apps of a fleet path or of a cluster. */
export function listAppKeys(sql: Sql, of: { readonly source: string } | { readonly cluster: string }): AppKey[] {
  return 'source' in of
    ? sql.all<{ cluster: string; id: string }>('SELECT cluster, id FROM app WHERE source = ?', of.source)
    : sql.all<{ cluster: string; id: string }>('SELECT cluster, id FROM app WHERE cluster = ?', of.cluster);
}

export function setAgain(sql: Sql, key: AppKey, again: boolean): void {
  sql.run('UPDATE app SET again = ? WHERE cluster = ? AND id = ?', again ? 1 : 0, key.cluster, key.id);
}

/** Replaces the record of what an App's render looked at. */
export function putReads(sql: Sql, repo: string, key: AppKey, reads: readonly Read[]): void {
  sql.transaction(() => {
    sql.run('DELETE FROM app_read WHERE cluster = ? AND id = ?', key.cluster, key.id);
    for (const { kind, path } of reads) {
      sql.run(
        'INSERT OR IGNORE INTO app_read (repo, path, kind, cluster, id) VALUES (?, ?, ?, ?, ?)',
        repo,
        path,
        kind.charAt(0),
        key.cluster,
        key.id,
      );
    }
    return undefined;
  });
}

/**
 * The Apps of a revision that a change touches: one of the paths that their render read, listed, missed or probed is among the changed ones.
 * A missing path also appears when something below it does, so every parent of a changed file is asked for as well; a probed path only matters
 * when it comes or goes, which changes the listing of its folder.
 */
export function appsTouched(sql: Sql, repo: string, revision: string, changes: Changes): AppKey[] {
  const parents = new Set(changes.files.flatMap(parentsOf));
  const listings = new Set(changes.dirs);
  const probed = [...changes.files, ...parents].filter((path) => listings.has(parentsOf(path)[0] ?? ''));
  const touched = new Map<string, AppKey>();
  const ask = (kinds: string, paths: readonly string[]) => {
    for (const key of readersOf(sql, { repo, revision, kinds }, paths)) touched.set(`${key.cluster}/${key.id}`, key);
  };
  ask(`'f','m'`, changes.files);
  ask(`'d'`, changes.dirs);
  ask(`'m'`, [...parents]);
  ask(`'p'`, probed);
  return [...touched.values()];
}

/** The folders above a path, nearest first, without the root. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) parents.push(path.slice(0, at));
  return parents;
}

/** A statement takes at most 100 parameters in a Durable Object. */
const PATHS_AT_ONCE = 90;

function readersOf(
  sql: Sql,
  at: { readonly repo: string; readonly revision: string; readonly kinds: string },
  paths: readonly string[],
): AppKey[] {
  const found: AppKey[] = [];
  for (let i = 0; i < paths.length; i += PATHS_AT_ONCE) {
    const part = paths.slice(i, i + PATHS_AT_ONCE);
    found.push(
      ...sql.all<{ cluster: string; id: string }>(
        `SELECT DISTINCT r.cluster, r.id FROM app_read r JOIN app a ON a.cluster = r.cluster AND a.id = r.id
         WHERE r.repo = ? AND a.revision = ? AND r.kind IN (${at.kinds}) AND r.path IN (${part.map(() => '?').join(',')})`,
        at.repo,
        at.revision,
        ...part,
      ),
    );
  }
  return found;
}
