import type { ProblemCode } from '../../core/problem/codes.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
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
  asked: number;
  answered: number;
};

/** A fleet path with the key of its repository. Without a commit it is to be read whatever changed. */
export interface RegisteredSource extends FleetSource {
  readonly repo: string;
  /** How often it was asked to be read again: an answer is to the asking that was seen when the reading began. */
  readonly asked: number;
}

/** Every fleet path, or those of one repository. */
export function listSources(sql: Sql, repo?: string): RegisteredSource[] {
  const rows =
    repo === undefined
      ? sql.all<SourceRow>('SELECT * FROM source ORDER BY id')
      : sql.all<SourceRow>('SELECT * FROM source WHERE repo = ? ORDER BY id', repo);
  return rows.map(({ commit_id, problems, answered, ...row }) => ({
    ...row,
    ...(commit_id === null || row.asked !== answered ? {} : { commit: commit_id }),
    problems: JSON.parse(problems) as Problem[], // written by recordSource only
  }));
}

/** Adds or replaces a fleet path. */
export function putSource(sql: Sql, source: Omit<RegisteredSource, 'commit' | 'problems' | 'asked'>): void {
  sql.run(
    `INSERT INTO source (id, repo, url, revision, path, cluster) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET url = excluded.url, cluster = excluded.cluster, asked = asked + 1`,
    source.id,
    source.repo,
    source.url,
    source.revision,
    source.path,
    source.cluster,
  );
}

/** How many problems of a fleet path are kept; a folder of ten thousand other files has a warning for each. */
const KEPT_PROBLEMS = 100;

/** What the definitions of a commit were like; without a commit they could not be read, and are read again next time. */
export interface SourceRecord {
  readonly source: Pick<RegisteredSource, 'id' | 'asked'>;
  readonly commit: string | undefined;
  /** undefined when they are those of before, as are the files. */
  readonly problems?: readonly Problem[];
  /** The files that define something or may. */
  readonly files?: readonly string[];
}

export function recordSource(sql: Sql, { source: { id, asked }, commit, problems, files }: SourceRecord): void {
  sql.run('UPDATE source SET commit_id = ?, answered = ? WHERE id = ?', commit ?? null, asked, id);
  if (problems !== undefined) {
    const more = problems.length - KEPT_PROBLEMS;
    const kept = problems.slice(0, KEPT_PROBLEMS);
    if (more > 0) kept.push(problem('fleet.ignored', `${more} more problems and warnings of this fleet path are not shown`));
    sql.run('UPDATE source SET problems = ? WHERE id = ?', JSON.stringify(kept), id);
  }
  if (files === undefined) return;
  const had = new Set(sql.all<{ path: string }>('SELECT path FROM source_file WHERE source = ?', id).map(({ path }) => path));
  const now = new Set(files);
  for (const path of had) if (!now.has(path)) sql.run('DELETE FROM source_file WHERE source = ? AND path = ?', id, path);
  for (const path of now) if (!had.has(path)) sql.run('INSERT INTO source_file (source, path) VALUES (?, ?)', id, path);
}

/** True when a file of a fleet path defined something, or may have, when it was read last. */
export function isDefinitionFile(sql: Sql, source: string, path: string): boolean {
  return sql.all('SELECT 1 AS found FROM source_file WHERE source = ? AND path = ?', source, path).length > 0;
}

/** Has fleet paths read again although nothing in Git changed: all, or those with a problem of this kind. Gives their repositories. */
export function readAgain(sql: Sql, code?: ProblemCode): string[] {
  // The text of the code stands in the JSON of the problems; the empty text stands everywhere.
  const text = code === undefined ? '' : `"code":"${code}"`;
  const rows = sql.all<{ repo: string }>('SELECT DISTINCT repo FROM source WHERE instr(problems, ?) > 0', text);
  sql.run('UPDATE source SET asked = asked + 1 WHERE instr(problems, ?) > 0', text);
  return rows.map(({ repo }) => repo);
}

export function deleteSource(sql: Sql, id: string): void {
  sql.run('DELETE FROM source WHERE id = ?', id);
  sql.run('DELETE FROM source_file WHERE source = ?', id);
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
  /** Since when it cannot be read; milliseconds since the epoch. */
  readonly since?: number;
  /** Whether its Apps were told. */
  readonly told?: boolean;
}

export function readTip(sql: Sql, repo: string, revision: string): Tip {
  const row = sql.all<{ info: string | null; problem: string | null; since: number | null; told: number }>(
    'SELECT info, problem, since, told FROM tip WHERE repo = ? AND revision = ?',
    repo,
    revision,
  )[0];
  return {
    ...(row?.info == null ? {} : { info: JSON.parse(row.info) as CommitInfo }),
    ...(row?.problem == null ? {} : { problem: JSON.parse(row.problem) as Problem }),
    ...(row?.since == null ? {} : { since: row.since }),
    told: row?.told === 1,
  };
}

/** The commits up to which the Apps of a repository have been brought: what a next change is compared with. */
export function tipCommits(sql: Sql, repo: string): string[] {
  const rows = sql.all<{ info: string }>('SELECT info FROM tip WHERE repo = ? AND info IS NOT NULL', repo);
  return rows.map((row) => (JSON.parse(row.info) as CommitInfo).commit); // written by writeTip only
}

/** A problem keeps the last good commit. */
export function writeTip(sql: Sql, repo: string, revision: string, tip: Tip): void {
  sql.run(
    `INSERT INTO tip (repo, revision, info, problem, since, told) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (repo, revision) DO UPDATE SET info = coalesce(excluded.info, info), problem = excluded.problem, since = excluded.since,
       told = excluded.told`,
    repo,
    revision,
    tip.info === undefined ? null : JSON.stringify(tip.info),
    tip.problem === undefined ? null : JSON.stringify(tip.problem),
    tip.since ?? null,
    tip.told === true ? 1 : 0,
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

/** A URL that reaches a repository: of a fleet path if there is one, else of an App; by https if any of them says so, for credentials travel with it. */
export function urlOf(sql: Sql, repo: string): string | undefined {
  for (const table of ['source', 'app'] as const) {
    for (const form of ['https://%', '%']) {
      const row = sql.all<{ url: string }>(`SELECT url FROM ${table} WHERE repo = ? AND url LIKE ? LIMIT 1`, repo, form)[0];
      if (row !== undefined) return row.url;
    }
  }
  return undefined;
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
