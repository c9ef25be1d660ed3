import type { Problem } from '../../core/problem/problem.ts';
import type { CommitInfo, Credentials, FleetSource, RepositoryAccess } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

type SourceRow = {
  id: string;
  repo: string;
  url: string;
  revision: string;
  path: string;
  cluster: string;
  commit_id: string | null;
  problems: string;
};

/** A fleet path with the key of its repository. */
export interface RegisteredSource extends FleetSource {
  readonly repo: string;
}

/** Every fleet path, or those of one repository. */
export function listSources(sql: Sql, repo?: string): RegisteredSource[] {
  const rows =
    repo === undefined
      ? sql.all<SourceRow>('SELECT * FROM source ORDER BY id')
      : sql.all<SourceRow>('SELECT * FROM source WHERE repo = ? ORDER BY id', repo);
  return rows.map(({ commit_id, problems, ...row }) => ({
    ...row,
    ...(commit_id === null ? {} : { commit: commit_id }),
    problems: JSON.parse(problems) as Problem[], // written by recordSource only
  }));
}

/** Adds or replaces a fleet path. */
export function putSource(sql: Sql, source: Omit<RegisteredSource, 'commit' | 'problems'>): void {
  sql.run(
    `INSERT INTO source (id, repo, url, revision, path, cluster) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET url = excluded.url, cluster = excluded.cluster, commit_id = NULL`,
    source.id,
    source.repo,
    source.url,
    source.revision,
    source.path,
    source.cluster,
  );
}

/** Writes down what the definitions of a commit were like. */
export function recordSource(sql: Sql, id: string, commit: string | undefined, problems: readonly Problem[]): void {
  sql.run(
    'UPDATE source SET commit_id = coalesce(?, commit_id), problems = ? WHERE id = ?',
    commit ?? null,
    JSON.stringify(problems),
    id,
  );
}

export function deleteSource(sql: Sql, id: string): void {
  sql.run('DELETE FROM source WHERE id = ?', id);
}

/** Keeps credentials of a repository sealed; undefined removes them. */
export async function putCredentials(sql: Sql, vault: Vault, repo: string, credentials: Credentials | undefined): Promise<void> {
  if (credentials === undefined) return sql.run('DELETE FROM credential WHERE repo = ?', repo);
  const sealed = await vault.seal(new TextEncoder().encode(JSON.stringify(credentials)), `credential/${repo}`);
  sql.run(
    'INSERT INTO credential (repo, sealed) VALUES (?, ?) ON CONFLICT (repo) DO UPDATE SET sealed = excluded.sealed',
    repo,
    sealed.slice().buffer,
  );
}

/** How to reach a repository. */
export async function accessOf(sql: Sql, vault: Vault, repo: string, url: string): Promise<RepositoryAccess> {
  const row = sql.all<{ sealed: ArrayBuffer }>('SELECT sealed FROM credential WHERE repo = ?', repo)[0];
  if (row === undefined) return { url };
  const plain = await vault.open(new Uint8Array(row.sealed), `credential/${repo}`);
  return { url, credentials: JSON.parse(new TextDecoder().decode(plain)) as Credentials }; // written by putCredentials only
}

/** The commit up to which every App of a revision has been brought, or why it could not be read. */
export interface Tip {
  readonly info?: CommitInfo;
  readonly problem?: Problem;
}

export function readTip(sql: Sql, repo: string, revision: string): Tip {
  const row = sql.all<{ info: string | null; problem: string | null }>(
    'SELECT info, problem FROM tip WHERE repo = ? AND revision = ?',
    repo,
    revision,
  )[0];
  return {
    ...(row?.info == null ? {} : { info: JSON.parse(row.info) as CommitInfo }),
    ...(row?.problem == null ? {} : { problem: JSON.parse(row.problem) as Problem }),
  };
}

/** A problem keeps the last good commit. */
export function writeTip(sql: Sql, repo: string, revision: string, tip: Tip): void {
  sql.run(
    `INSERT INTO tip (repo, revision, info, problem) VALUES (?, ?, ?, ?)
     ON CONFLICT (repo, revision) DO UPDATE SET info = coalesce(excluded.info, info), problem = excluded.problem`,
    repo,
    revision,
    tip.info === undefined ? null : JSON.stringify(tip.info),
    tip.problem === undefined ? null : JSON.stringify(tip.problem),
  );
}

/** Marks repositories as having work to do, before anybody is told that the work was accepted. */
export function markDirty(sql: Sql, repos: readonly string[], now: number): void {
  for (const repo of repos) sql.run('INSERT INTO dirty (repo, since) VALUES (?, ?) ON CONFLICT (repo) DO NOTHING', repo, now);
}

export function clearDirty(sql: Sql, repo: string): void {
  sql.run('DELETE FROM dirty WHERE repo = ?', repo);
}

export function dirtyRepos(sql: Sql): string[] {
  return sql.all<{ repo: string }>('SELECT repo FROM dirty ORDER BY since').map((row) => row.repo);
}

/** A URL that reaches a repository: of a fleet path if there is one, else of an App. */
export function urlOf(sql: Sql, repo: string): string | undefined {
  const rows = sql.all<{ url: string }>(
    'SELECT url FROM source WHERE repo = ? UNION ALL SELECT url FROM app WHERE repo = ? LIMIT 1',
    repo,
    repo,
  );
  return rows[0]?.url;
}

/** The keys of all repositories that are in use. */
export function knownRepos(sql: Sql): string[] {
  return sql.all<{ repo: string }>('SELECT repo FROM source UNION SELECT repo FROM app').map((row) => row.repo);
}

/** Every revision of a repository that a fleet path or an App follows. */
export function revisionsOf(sql: Sql, repo: string): string[] {
  const rows = sql.all<{ revision: string }>(
    'SELECT revision FROM source WHERE repo = ? UNION SELECT revision FROM app WHERE repo = ?',
    repo,
    repo,
  );
  return rows.map((row) => row.revision);
}
