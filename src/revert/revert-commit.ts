import { type GitType, objectId } from '../../core/ledger/git-object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Reverted, RevertOrder } from '../platform/ports.ts';
import { mergeTrees } from './merge-trees.ts';
import { parseRawTree, type RawTree, toLatin1, toText } from './raw-tree.ts';
import { isRevertOf, revertMessage } from './revert-message.ts';
import { staysWithin } from './stays-within.ts';

/**
 * A revert, as `git revert` makes it: the three-way merge with the commit as the base, its first parent as theirs and the branch's tip as ours, committed
 * onto the tip. When the branch moves meanwhile, it is made again on the new tip.
 */

/** An object to be sent. */
export interface NewObject {
  readonly oid: string;
  readonly type: GitType;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What is asked of the repository. Its functions throw what ends the work (src/fetch). */
export interface RevertPorts {
  /** The branch that a revision follows, and where it is now; undefined when it is a tag or a commit. */
  branchOf(revision: string): Promise<{ readonly ref: string; readonly commit: string } | undefined>;
  tipOf(ref: string): Promise<string | undefined>;
  /** Fetches commits that are not here, with their trees. */
  bring(commits: readonly string[]): Promise<void>;
  read(oid: string): Promise<{ readonly type: string; readonly data: Uint8Array } | undefined>;
  push(change: {
    readonly ref: string;
    /** Where the ref is known to be; undefined for a new one. */
    readonly from: string | undefined;
    readonly to: string;
    readonly objects: readonly NewObject[];
  }): Promise<'pushed' | 'moved'>;
}

const ATTEMPTS = 4;
const EMAIL = 'noreply@plumbline.dev';

/**
 * Undoes a commit on a branch, or on a new branch for a proposal. Fails with revert.not_branch, revert.conflict (naming the paths), revert.nothing when the
 * branch does not hold the change (any more), api.forbidden when it reaches beyond `within`, and with what fetching and pushing may end in.
 */
export async function revertCommit(ports: RevertPorts, order: RevertOrder): Promise<Result<Reverted, Problem>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const branch = await ports.branchOf(order.revision);
    if (branch === undefined) {
      const what = `the App follows ${order.revision === '' ? 'HEAD' : order.revision}, which is no branch`;
      return err(problem('revert.not_branch', `${what}: nothing can be committed onto it`));
    }
    const base = toShort(branch.ref);
    const target = order.proposal === undefined ? branch.ref : `refs/heads/${order.proposal}`;
    const proposed = order.proposal === undefined ? undefined : await earlierProposal(ports, target, order);
    if (proposed !== undefined) return proposed.ok ? ok({ ...proposed.value, base }) : proposed;
    const made = await makeRevert(ports, branch.commit, order);
    if (!made.ok) return made;
    const from = order.proposal === undefined ? branch.commit : undefined;
    const outcome = await ports.push({ ref: target, from, to: made.value.commit, objects: made.value.objects });
    if (outcome === 'pushed')
      return ok({ commit: made.value.commit, branch: toShort(target), base, subject: made.value.subject });
  }
  return err(problem('revert.moving', `the branch moved ${ATTEMPTS} times while the revert was made`));
}

/** A proposal that was made before is given again; a branch of that name that is something else is left alone. */
async function earlierProposal(
  ports: RevertPorts,
  ref: string,
  order: RevertOrder,
): Promise<Result<Omit<Reverted, 'base'>, Problem> | undefined> {
  const tip = await ports.tipOf(ref);
  if (tip === undefined) return undefined;
  await ports.bring([tip]);
  const commit = await readCommit(ports, tip);
  if (commit === undefined || !isRevertOf(commit.message, order.commit))
    return err(problem('api.conflict', `the branch ${toShort(ref)} is there already and does not revert this commit`));
  return ok({ commit: tip, branch: toShort(ref), subject: firstLine(commit.message) });
}

async function makeRevert(
  ports: RevertPorts,
  head: string,
  order: RevertOrder,
): Promise<Result<{ readonly commit: string; readonly subject: string; readonly objects: readonly NewObject[] }, Problem>> {
  await ports.bring([head, order.commit]);
  const [ours, undone] = [await readCommit(ports, head), await readCommit(ports, order.commit)];
  if (ours === undefined || undone === undefined) return err(problem('git.corrupt', 'a commit of the repository is damaged'));
  const [parent] = undone.parents;
  if (parent === undefined)
    return err(problem('revert.nothing', 'the commit is the first of the repository: there is nothing to go back to'));
  await ports.bring([parent]);
  const theirs = await readCommit(ports, parent);
  if (theirs === undefined) return err(problem('git.corrupt', 'a commit of the repository is damaged'));
  const objects = new Map<string, NewObject>();
  const add = (type: GitType, data: Uint8Array<ArrayBuffer>): string => {
    const oid = objectId(type, data);
    objects.set(oid, { oid, type, data });
    return oid;
  };
  const merged = await mergeTrees(
    { readTree: (oid) => readTree(ports, oid), readBlob: (oid) => readBlob(ports, oid), add },
    { base: undone.tree, ours: ours.tree, theirs: theirs.tree },
  );
  if (merged.conflicts.length > 0) return err(conflict(merged.conflicts));
  const tree = merged.tree ?? ours.tree;
  if (tree === ours.tree)
    return err(problem('revert.nothing', 'the branch does not hold what this commit changed: there is nothing to undo'));
  const readMade = async (oid: string) => {
    const made = objects.get(oid);
    return (made === undefined ? undefined : parseRawTree(made.data)) ?? readTree(ports, oid);
  };
  if (order.within !== undefined && !(await staysWithin(readMade, { from: ours.tree, to: tree, path: order.within })))
    return err(
      problem(
        'api.forbidden',
        `the commit changed more than ${order.within}: propose the revert, or ask somebody who may roll back every App`,
      ),
    );
  const subject = firstLine(undone.message);
  const mergedInto = undone.parents.length > 1 ? { mergedInto: parent } : {};
  const message = revertMessage({ ...order.words, subject, commit: order.commit, ...mergedInto });
  const commit = add('commit', writeCommit({ tree, parent: head, message, actor: order.words.actor, now: order.now }));
  return ok({ commit, subject: firstLine(message), objects: [...objects.values()] });
}

const SHOWN_PATHS = 10;

function conflict(paths: readonly string[]): Problem {
  const shown = paths.slice(0, SHOWN_PATHS).join(', ');
  const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : '';
  return problem('revert.conflict', `changed since in the same places: ${shown}${more}`, { where: paths[0] ?? '' });
}

interface RawCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

async function readCommit(ports: RevertPorts, oid: string): Promise<RawCommit | undefined> {
  const object = await ports.read(oid);
  if (object?.type !== 'commit') return undefined;
  const text = toText(toLatin1(object.data));
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const all = (name: string) =>
    [...head.matchAll(new RegExp(`^${name} ([0-9a-f]{40})$`, 'gm'))].flatMap((match) => match[1] ?? []);
  const [tree] = all('tree');
  return tree === undefined ? undefined : { tree, parents: all('parent'), message: end === -1 ? '' : text.slice(end + 2) };
}

async function readTree(ports: RevertPorts, oid: string): Promise<RawTree> {
  const object = await ports.read(oid);
  const tree = object?.type === 'tree' ? parseRawTree(object.data) : undefined;
  if (tree === undefined) throw new Error(`a tree of a complete commit is missing: ${oid}`);
  return tree;
}

async function readBlob(ports: RevertPorts, oid: string): Promise<Uint8Array | undefined> {
  const object = await ports.read(oid);
  return object?.type === 'blob' ? object.data : undefined;
}

function writeCommit(commit: {
  readonly tree: string;
  readonly parent: string;
  readonly message: string;
  readonly actor: string;
  readonly now: number;
}): Uint8Array<ArrayBuffer> {
  const time = `${Math.floor(commit.now / 1000)} +0000`;
  // Git reads a person up to `<`, `>` or the end of the line.
  const author = commit.actor.replace(/[\u0000-\u001f\u007f<>]/g, ' ').trim() || 'Plumbline';
  const lines = [
    `tree ${commit.tree}`,
    `parent ${commit.parent}`,
    `author ${author} <${EMAIL}> ${time}`,
    `committer Plumbline <${EMAIL}> ${time}`,
  ];
  return new Uint8Array(new TextEncoder().encode(`${lines.join('\n')}\n\n${commit.message}`));
}

function firstLine(message: string): string {
  return message.trimStart().split('\n', 1)[0] ?? '';
}

function toShort(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
