import type { App } from '../../core/app/app.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { Changes, Read } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

type AppRow = { definition: ArrayBuffer };

/** Which App, in the registry. */
export interface AppKey {
  readonly cluster: string;
  readonly id: string;
}

/** Hashes that were computed before: an App is compared where it is defined, published and settled. */
const hashes = new WeakMap<App, string>();

/** How much of an App a fleet path's files say; used to see whether it changed. */
function definitionHash(app: App): string {
  const hash = hashes.get(app) ?? sha256Hex(canonicalJson(app));
  hashes.set(app, hash);
  return hash;
}

/** Of a fleet path's definitions those that are new or not what is registered. */
export function changedApps(sql: Sql, source: string, apps: readonly App[]): App[] {
  const rows = sql.all<{ cluster: string; id: string; hash: string }>(
    'SELECT cluster, id, hash FROM app WHERE source = ?',
    source,
  );
  const registered = new Map(rows.map((row) => [keyText(row), row.hash]));
  return apps.filter((app) => registered.get(keyText(app)) !== definitionHash(app));
}

/**
 * The registered Apps that a fleet path's definitions no longer hold. Apps that `isKept` are never among them: a mistake in their file is no
 * deletion (I2).
 */
export async function goneApps(
  sql: Sql,
  vault: Vault,
  input: {
    readonly source: string;
    readonly apps: readonly AppKey[];
    readonly isKept: (app: { readonly file: string; readonly id: string }) => boolean;
  },
): Promise<App[]> {
  const rows = sql.all<{ cluster: string; id: string; file: string }>(
    'SELECT cluster, id, file FROM app WHERE source = ? ORDER BY cluster, id',
    input.source,
  );
  const now = new Set(input.apps.map(keyText));
  const gone = rows.filter((row) => !now.has(keyText(row)) && !input.isKept(row));
  return (await Promise.all(gone.map((row) => openApp(sql, vault, row)))).flatMap((app) => app ?? []);
}

/** An App's key as one text. */
export function keyText({ cluster, id }: AppKey): string {
  return `${cluster}/${id}`;
}

/** How many Apps a fleet path defines today. */
export function countApps(sql: Sql, source: string): number {
  return sql.all<{ n: number }>(`SELECT count(*) AS n FROM app WHERE source = ? AND hash <> ''`, source)[0]?.n ?? 0;
}

/** Who defines an App of this name already, if it is another fleet path. */
export function foreignOwner(sql: Sql, source: string, app: AppKey): string | undefined {
  return sql.all<{ source: string }>(
    `SELECT source FROM app WHERE cluster = ? AND id = ? AND source <> ? AND hash <> ''`,
    app.cluster,
    app.id,
    source,
  )[0]?.source;
}

/**
 * Registers definitions; each is rendered next (`again`). An App whose cluster or fleet path was taken away meanwhile is left out: while the
 * definitions were read, a person may have removed either.
 */
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
        `INSERT INTO app (cluster, id, source, repo, url, revision, file, hash, definition, again) SELECT ?, ?, s.id, ?, ?, ?, ?, ?, ?, 1
         FROM source s, cluster c WHERE s.id = ? AND c.name = ?
         ON CONFLICT (cluster, id) DO UPDATE SET source = excluded.source, repo = excluded.repo, url = excluded.url, revision = excluded.revision, file = excluded.file,
           hash = excluded.hash, definition = excluded.definition, again = 1`,
        app.cluster,
        app.id,
        repo,
        app.source.repoURL,
        app.source.revision,
        app.origin.file,
        definitionHash(app),
        bytes.slice().buffer,
        source,
        app.cluster,
      );
    });
    return undefined;
  });
}

/**
 * Says that Apps are gone from Git, before anybody is told: a journey of another repository that renders one of them right now will not
 * publish it any more (isCurrent). The rows stay until the removal is published (deleteGone), so that a crash repeats it.
 */
export function markGone(sql: Sql, apps: readonly AppKey[]): void {
  for (const { cluster, id } of apps) sql.run(`UPDATE app SET hash = '', again = 0 WHERE cluster = ? AND id = ?`, cluster, id);
}

/** Deletes Apps that are gone, unless they came back since. */
export function deleteGone(sql: Sql, apps: readonly AppKey[]): void {
  deleteApps(
    sql,
    apps.filter(({ cluster, id }) => hashOf(sql, { cluster, id }) === ''),
  );
}

export function deleteApps(sql: Sql, apps: readonly AppKey[]): void {
  for (const { cluster, id } of apps) {
    sql.run('DELETE FROM app WHERE cluster = ? AND id = ?', cluster, id);
    sql.run('DELETE FROM app_read WHERE cluster = ? AND id = ?', cluster, id);
  }
}

/** True while this is the definition that counts: between two awaits another fleet path may have brought a newer one. */
export function isCurrent(sql: Sql, app: App): boolean {
  return hashOf(sql, app) === definitionHash(app);
}

function hashOf(sql: Sql, { cluster, id }: AppKey): string | undefined {
  return sql.all<{ hash: string }>('SELECT hash FROM app WHERE cluster = ? AND id = ?', cluster, id)[0]?.hash;
}

/** The definition of an App; undefined when it is unknown or gone. */
export async function readApp(sql: Sql, vault: Vault, key: AppKey): Promise<App | undefined> {
  return hashOf(sql, key) === '' ? undefined : openApp(sql, vault, key);
}

async function openApp(sql: Sql, vault: Vault, { cluster, id }: AppKey): Promise<App | undefined> {
  const row = sql.all<AppRow>('SELECT definition FROM app WHERE cluster = ? AND id = ?', cluster, id)[0];
  if (row === undefined) return undefined;
  const plain = await vault.open(new Uint8Array(row.definition), `app/${cluster}/${id}`);
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

/**
 * Writes down how an attempt to bring an App ended: what its render looked at, and whether it must be repeated whatever changes. An attempt with a
 * definition that was replaced meanwhile ends nothing: the new one still waits.
 */
export function settleApp(
  sql: Sql,
  app: App,
  outcome: { readonly repo: string; readonly reads: readonly Read[]; readonly again: boolean },
): void {
  if (!isCurrent(sql, app)) return;
  // Without reads nothing was looked at: what an earlier render read still tells when to try again.
  if (outcome.reads.length > 0) putReads(sql, outcome.repo, app, outcome.reads);
  setAgain(sql, app, outcome.again);
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
        // An App that moved to another repository keeps its old reads until it was rendered there: they concern nobody.
        `SELECT DISTINCT r.cluster, r.id FROM app_read r JOIN app a ON a.cluster = r.cluster AND a.id = r.id AND a.repo = r.repo
         WHERE r.repo = ? AND a.revision = ? AND r.kind IN (${at.kinds}) AND r.path IN (${part.map(() => '?').join(',')})`,
        at.repo,
        at.revision,
        ...part,
      ),
    );
  }
  return found;
}
