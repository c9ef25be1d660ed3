import type { Problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { parseCommit, parseTagTarget } from './commit.ts';
import type { CommitTable, KnownCommit } from './commits.ts';
import { countMissing } from './connectivity.ts';
import { need, refuse, settle } from './failure.ts';
import type { ObjectStore } from './object-store.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { Remote } from './remote.ts';
import { createTreeReader } from './tree-reader.ts';

/** How many of our commits the server is told of, to send differences to. */
const MAX_HAVES = 16;
const MAX_TAG_DEPTH = 8;

export interface FetchTarget {
  readonly remote: Remote;
  readonly store: ObjectStore;
  readonly commits: CommitTable;
}

/** Follows annotated tags to the commit they stand for; ends with git.ref_missing when it is something else. */
async function peel(writer: ObjectWriter, wanted: string): Promise<KnownCommit> {
  let oid = wanted;
  for (let depth = 0; depth < MAX_TAG_DEPTH; depth++) {
    const object = await writer.read(oid);
    if (object === undefined) return refuse('git.corrupt', 'the Git server did not send the commit that was asked for');
    if (object.type === 'commit') return { oid, ...need(parseCommit(object.data)) };
    if (object.type !== 'tag') break;
    oid = parseTagTarget(object.data) ?? refuse('git.corrupt', 'a tag of the repository is damaged');
  }
  return refuse('git.ref_missing', 'the revision does not point to a commit');
}

/**
 * Fetches objects with everything they need in one request. With `haves` the server may leave out what we said we have;
 * undefined means that something is missing then, and that it must be asked again without.
 */
async function attempt(
  target: FetchTarget,
  wants: readonly string[],
  haves: readonly string[],
): Promise<KnownCommit[] | undefined> {
  const writer = target.store.write();
  try {
    const { dropped } = await target.remote.fetchPack({ wants, haves }, writer);
    const readTree = createTreeReader((oid) => writer.read(oid));
    const found: KnownCommit[] = [];
    for (const oid of wants) {
      const commit = await peel(writer, oid);
      const missing = await countMissing(writer, readTree, commit.tree);
      const isIncomplete = missing.files + missing.dirs > 0;
      if (isIncomplete && haves.length > 0) {
        writer.abandon();
        return undefined;
      }
      // Files may be missing when deltas were too large to resolve: an App that reads one fails, the others work.
      if (missing.dirs > 0 || (missing.files > 0 && dropped === 0))
        refuse('git.corrupt', 'the Git server left out objects of the commit');
      found.push(commit);
    }
    await writer.commit(() => {
      for (const commit of found) target.commits.add(commit);
    });
    return found;
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

async function fetchTogether(target: FetchTarget, wants: readonly string[]): Promise<KnownCommit[]> {
  const commits = (await attempt(target, wants, target.commits.newest(MAX_HAVES))) ?? (await attempt(target, wants, []));
  return commits ?? refuse('git.corrupt', 'the Git server left out objects of the commit');
}

/**
 * Brings commits here, each with its whole tree; a tag's id stands for the commit that it leads to. All in one request;
 * when that fails because of what the repository holds, one by one, so that a bad commit costs only itself.
 * Gives the outcome for each wanted id.
 */
export async function fetchCommits(
  target: FetchTarget,
  wants: readonly string[],
): Promise<ReadonlyMap<string, Result<KnownCommit, Problem>>> {
  const outcomes = new Map<string, Result<KnownCommit, Problem>>();
  if (wants.length === 0) return outcomes;
  const together = await settle(() => fetchTogether(target, wants));
  if (together.ok) {
    for (const [i, oid] of wants.entries()) {
      const commit = together.value[i];
      if (commit !== undefined) outcomes.set(oid, ok(commit));
    }
    return outcomes;
  }
  const isPassing = together.error.code === 'git.unavailable' || together.error.code === 'git.auth';
  for (const oid of wants) {
    if (wants.length === 1 || isPassing) outcomes.set(oid, err(together.error));
    else {
      const alone = await settle(() => fetchTogether(target, [oid]));
      const [commit] = alone.ok ? alone.value : [];
      if (commit !== undefined) outcomes.set(oid, ok(commit));
      else if (!alone.ok) outcomes.set(oid, alone);
    }
  }
  return outcomes;
}
