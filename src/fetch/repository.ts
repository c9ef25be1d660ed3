/**
 * One Git repository: where its revisions are, and the trees of the commits they were seen at, in storage of its own.
 *
 * A refresh asks the server once where all revisions are; only when one moved does it fetch, and then the difference.
 * When anything fails the last good commits stay, and so does everything they hold. A revision follows the server
 * wherever it goes, also back: whether a new tip descends from the old one is unknown, as history is not fetched;
 * `committedAt` and `previous` are there for a caller who wants to wait out a mirror that flaps between two tips.
 */
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Credentials } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { createTurns } from '../platform/turns.ts';
import type { Vault } from '../platform/vault.ts';
import { createCommitTable, type KnownCommit } from './commits.ts';
import { need, refuse, settle } from './failure.ts';
import { fetchCommits } from './fetch-commits.ts';
import type { GitHttp, Network } from './http.ts';
import { DEFAULT_LIMITS, type FetchLimits } from './limits.ts';
import { isOid } from './object-id.ts';
import { type ObjectStore, openObjectStore } from './object-store.ts';
import { type PushedChange, pushRef } from './push.ts';
import { createRemote, type Meter, type Remote } from './remote.ts';
import { parseRepositoryUrl } from './repository-url.ts';
import { retainCommits } from './retain.ts';
import { parseRevision, type Resolved, type Revision, resolveRefs, toBranch } from './revision.ts';
import { prepareTables } from './tables.ts';
import { createTreeReader, type ReadTree } from './tree-reader.ts';
import { type ChangedPaths, compareTrees, findPath, listTree, type PathEntry } from './walk.ts';

/** Where a revision is. */
export interface Refreshed {
  readonly commit: string;
  /** False when the revision was at the same commit before. */
  readonly changed: boolean;
  /** The commit it was at before, when it was known and another one. */
  readonly previous?: string;
  readonly author: string;
  /** Address of the author; absent when there is none. */
  readonly email?: string;
  readonly subject: string;
  /** Milliseconds since the epoch, by the committer's clock. */
  readonly committedAt: number;
  /** Bytes that the server answered for the whole refresh. */
  readonly transferredBytes: number;
}

export interface RefreshOptions {
  /** Branch, tag, `refs/…`, `HEAD` or a full commit id; see `parseRevision`. */
  readonly revisions: readonly string[];
  readonly credentials?: Credentials;
  /**
   * Commits that a webhook announced. They are fetched while the server is asked where the revisions are, which saves
   * a round trip. Only a hint: what a revision is at, the server alone says.
   */
  readonly announced?: readonly string[];
}

export interface Repository {
  /** Outcomes in the order of the revisions. Fails with git.url, git.ref_missing and everything that a fetch can meet. */
  refresh(options: RefreshOptions): Promise<Result<Refreshed, Problem>[]>;
  /** The commit a revision was seen at last, without asking the server. */
  lastSeen(revision: string): string | undefined;
  /** True when the commit and its whole tree are here. */
  has(commit: string): boolean;
  /** What a path is, links not followed; undefined when there is nothing. Every reading function fails with git.ref_missing for a commit that is not here. */
  lookup(commit: string, path: string): Promise<Result<PathEntry | undefined, Problem>>;
  /** A folder's entries, or everything below it. Fails with git.path_missing when it is not a folder. */
  list(commit: string, dir: string, options?: { readonly recursive?: boolean }): Promise<Result<PathEntry[], Problem>>;
  /** The content of a file, or a link's target. Fails with git.path_missing, or git.limit for a file that is too large. Not to be written into. */
  readFile(commit: string, path: string): Promise<Result<Uint8Array, Problem>>;
  /** The same by object id, as `lookup` and `list` give it. */
  readBlob(oid: string, where: string): Promise<Result<Uint8Array, Problem>>;
  /** What differs between two commits that are both here; undefined when one is not. */
  changedPaths(from: string, to: string): Promise<Result<ChangedPaths | undefined, Problem>>;
  /**
   * Work that ends in a push: nothing is fetched or dropped beside it. What its functions end with (every code of a fetch, git.write_denied,
   * git.push_refused) is the outcome.
   */
  write<T>(
    credentials: Credentials | undefined,
    work: (writable: Writable) => Promise<Result<T, Problem>>,
  ): Promise<Result<T, Problem>>;
  /** Drops what neither these commits nor the last seen ones need, once that is worth the work. True when it was done. */
  retain(commits: readonly string[]): Promise<boolean>;
}

/** The repository while it is being written to. */
export interface Writable {
  /** The branch that a revision stands for, and where it is; undefined for a tag or a commit. */
  branchOf(revision: string): Promise<{ readonly ref: string; readonly commit: string } | undefined>;
  tipOf(ref: string): Promise<string | undefined>;
  /** Fetches commits that are not here, with their trees. */
  bring(commits: readonly string[]): Promise<void>;
  /** Any object that is here. */
  read(oid: string): Promise<{ readonly type: string; readonly data: Uint8Array } | undefined>;
  push(change: PushedChange): Promise<'pushed' | 'moved'>;
}

export interface RepositoryOptions {
  readonly url: string;
  readonly sql: Sql;
  readonly vault: Vault;
  readonly network: Network;
  readonly allowHost: (url: URL) => boolean;
  readonly limits?: Partial<FetchLimits>;
}

/** Opens the repository; a second one on the same database shares its objects. */
export function createRepository(options: RepositoryOptions): Repository {
  const { sql, vault, url } = options;
  const limits: FetchLimits = { ...DEFAULT_LIMITS, ...options.limits };
  prepareTables(sql);
  const commits = createCommitTable(sql);
  const takeTurn = createTurns();
  let opened: Promise<{ readonly store: ObjectStore; readonly readTree: ReadTree }> | undefined;

  /** Opening reads the index, which an idle repository never needs. */
  function open() {
    opened ??= openObjectStore({ sql, vault, name: url }).then((store) => ({ store, readTree: createTreeReader(store.read) }));
    // A failure (an altered row) is told to whoever asked, and tried again by the next.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  }

  const needCommit = (oid: string): KnownCommit =>
    commits.find(oid) ?? refuse('git.ref_missing', `commit ${oid.slice(0, 40)} is not here`);

  /** What each revision points to, by asking the server once. */
  async function resolveAll(remote: Remote, revisions: readonly string[]): Promise<Result<Resolved, Problem>[]> {
    const parsed = revisions.map(parseRevision);
    const prefixes = [...new Set(parsed.flatMap((one) => (one.ok && one.value.kind === 'refs' ? one.value.names : [])))];
    const refs = prefixes.length === 0 ? ok([]) : await settle(() => remote.listRefs(prefixes));
    return parsed.map((one, i): Result<Resolved, Problem> => {
      if (!one.ok) return one;
      const revision: Revision = one.value;
      if (revision.kind === 'object') return ok({ oid: revision.oid, peeled: commits.revision(revision.oid) ?? revision.oid });
      return refs.ok ? resolveRefs(revisions[i] ?? '', revision.names, refs.value) : refs;
    });
  }

  async function fetchMissing(remote: Remote, wants: readonly string[]) {
    const missing = [...new Set(wants)].filter((oid) => isOid(oid) && commits.find(oid) === undefined);
    if (missing.length === 0) return new Map<string, Result<KnownCommit, Problem>>();
    return fetchCommits({ remote, commits, store: (await open()).store }, missing);
  }

  const toHttp = (home: URL, credentials: Credentials | undefined): GitHttp => {
    const { network, allowHost } = options;
    return { network, allowHost, home, ...(credentials === undefined ? {} : { credentials }) };
  };

  async function writeNow<T>(credentials: Credentials | undefined, work: (writable: Writable) => Promise<Result<T, Problem>>) {
    const http = toHttp(need(parseRepositoryUrl(url)), credentials);
    const remote = createRemote({ http, sql, limits, meter: { bytes: 0 } });
    return work({
      async branchOf(revision) {
        const wanted = need(parseRevision(revision));
        return wanted.kind === 'object' ? undefined : toBranch(wanted.names, await remote.listRefs(wanted.names));
      },
      tipOf: async (ref) => (await remote.listRefs([ref])).find((one) => one.name === ref)?.oid,
      async bring(oids) {
        for (const outcome of (await fetchMissing(remote, oids)).values()) need(outcome);
      },
      read: async (oid) => (await open()).store.read(oid),
      push: (change) => pushRef(http, change, limits),
    });
  }

  async function refreshNow({ revisions, credentials, announced = [] }: RefreshOptions): Promise<Result<Refreshed, Problem>[]> {
    const home = parseRepositoryUrl(url);
    if (!home.ok) return revisions.map(() => home);
    const http = toHttp(home.value, credentials);
    const meter: Meter = { bytes: 0 };
    const remote = createRemote({ http, sql, limits, meter });

    // Side by side only when the server is known: otherwise both would have to find out first.
    const [resolved] = await Promise.all([
      resolveAll(remote, revisions),
      remote.isKnown() ? fetchMissing(remote, announced) : undefined,
    ]);
    const wants = resolved.flatMap((one) => (one.ok && commits.find(one.value.peeled) === undefined ? [one.value.oid] : []));
    const fetched = await fetchMissing(remote, wants);

    const moved: { readonly revision: string; readonly oid: string }[] = [];
    const outcomes = resolved.map((one, i): Result<Refreshed, Problem> => {
      if (!one.ok) return one;
      const known = commits.find(one.value.peeled);
      const outcome = known === undefined ? fetched.get(one.value.oid) : ok(known);
      if (outcome === undefined) return err(problem('git.corrupt', 'the Git server did not send the commit that was asked for'));
      if (!outcome.ok) return outcome;
      const { oid: commit, author, email, subject, committedAt } = outcome.value;
      const revision = revisions[i] ?? '';
      const before = commits.revision(revision);
      const changed = before !== commit;
      if (changed) moved.push({ revision, oid: commit });
      const previous = changed && before !== undefined ? { previous: before } : {};
      const address = email === '' ? {} : { email };
      return ok({ commit, changed, ...previous, author, ...address, subject, committedAt, transferredBytes: meter.bytes });
    });
    if (moved.length > 0) {
      sql.transaction(() => {
        for (const { revision, oid } of moved) commits.setRevision(revision, oid);
      });
    }
    return outcomes;
  }

  async function readBlob(oid: string, where: string): Promise<Uint8Array> {
    const object = await (await open()).store.read(oid);
    // A commit is complete except for files that were too large to keep.
    if (object === undefined || object.type === 'oversize') {
      return refuse('git.limit', `the file is larger than ${limits.blobBytes} bytes`, where);
    }
    if (object.type !== 'blob') return refuse('git.corrupt', 'the tree names something as a file that is none', where);
    return object.data;
  }

  return {
    refresh: (asked) => takeTurn(() => refreshNow(asked)),
    lastSeen: (revision) => commits.revision(revision),
    has: (commit) => commits.find(commit) !== undefined,
    lookup: (commit, path) => settle(async () => findPath((await open()).readTree, needCommit(commit).tree, path)),
    list: (commit, dir, { recursive = false } = {}) =>
      settle(async () => {
        const { readTree } = await open();
        const found = await findPath(readTree, needCommit(commit).tree, dir);
        if (found?.kind !== 'dir') return refuse('git.path_missing', 'there is no such folder in the commit', dir);
        return listTree(readTree, found, { isRecursive: recursive, maxEntries: limits.walkedEntries });
      }),
    readFile: (commit, path) =>
      settle(async () => {
        const found = await findPath((await open()).readTree, needCommit(commit).tree, path);
        if (found?.kind !== 'file' && found?.kind !== 'link')
          return refuse('git.path_missing', 'there is no such file in the commit', path);
        return readBlob(found.oid, found.path);
      }),
    readBlob: (oid, where) => settle(() => readBlob(oid, where)),
    changedPaths: (from, to) =>
      settle(async () => {
        const before = commits.find(from);
        const after = commits.find(to);
        if (before === undefined || after === undefined) return undefined;
        return compareTrees((await open()).readTree, before.tree, after.tree, limits.walkedEntries);
      }),
    write: (credentials, work) =>
      takeTurn(async () => {
        const outcome = await settle(() => writeNow(credentials, work));
        return outcome.ok ? outcome.value : outcome;
      }),
    retain: (kept) => takeTurn(async () => retainCommits({ ...(await open()), commits }, kept)),
  };
}
