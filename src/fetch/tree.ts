/**
 * Tree objects: one entry after another, each an octal mode, a space, the name, a zero byte and the 20 bytes of an
 * object id, ordered by name as if the names of trees ended in a slash.
 *
 * A tree is accepted if and only if no name could leave the folder it is in or reach the repository's own `.git` on any
 * file system, every name occurs once, and the order is Git's. The rules are those of Git's `verify_path` with
 * protectHFS and protectNTFS: https://github.com/git/git/blob/v2.47.0/read-cache.c#L983
 */
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { toHex } from './object-id.ts';

export type EntryKind = 'file' | 'dir' | 'link' | 'submodule';

export interface TreeEntry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly executable: boolean;
  readonly oid: string;
}

/** Entries by name, in the order of the tree. */
export type Tree = ReadonlyMap<string, TreeEntry>;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** What HFS+ leaves out when it compares names. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
/** `.git` and NTFS' short name for it, with the endings and streams that NTFS ignores. */
const DOT_GIT = /^(\.git|git~1)[ .]*(:.*)?$/i;

/** True for a name that is unsafe as a path component on some file system. */
export function isHostileName(name: string): boolean {
  if (name === '' || name.includes('/')) return true;
  return name.split('\\').some((part) => {
    const seen = part.replace(IGNORED_BY_HFS, '');
    // A backslash separates folders on Windows: `..\x` climbs, `\x` is absolute.
    return part === '' || seen === '.' || seen === '..' || DOT_GIT.test(seen);
  });
}

function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // Git does not ask for UTF-8. Such a name is shown, and cannot be asked for.
    return lenient.decode(bytes);
  }
}

function kindOf(mode: number): EntryKind | undefined {
  // Old versions of Git wrote group-writable files; the type is in the upper bits.
  const type = mode >> 12;
  if (type === 0o04) return 'dir';
  if (type === 0o10) return 'file';
  if (type === 0o12) return 'link';
  if (type === 0o16) return 'submodule';
  return undefined;
}

/** Compares two entries as Git orders them; the byte after a name is `/` for a tree, 0 otherwise. */
function compareNames(a: Uint8Array, isDirA: boolean, b: Uint8Array, isDirB: boolean): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  const after = (name: Uint8Array, isDir: boolean): number => name[shared] ?? (isDir ? 0x2f : 0);
  return after(a, isDirA) - after(b, isDirB);
}

/**
 * Parses a tree. Fails with git.hostile_tree for a name that is unsafe, doubled or out of order, with git.corrupt for
 * bytes that are no tree. `where` names the tree for people: its path in the repository.
 */
export function parseTree(data: Uint8Array, where: string): Result<Tree, Problem> {
  const hostile = (message: string): Result<Tree, Problem> => err(problem('git.hostile_tree', message, { where: where || '/' }));
  const damaged = (): Result<Tree, Problem> =>
    err(problem('git.corrupt', 'a folder of the commit is damaged', { where: where || '/' }));
  const tree = new Map<string, TreeEntry>();
  let lastName = data.subarray(0, 0);
  let wasDir = false;
  for (let at = 0; at < data.length; ) {
    let mode = 0;
    let digits = 0;
    for (; data[at] !== 0x20; at++, digits++) {
      const digit = (data[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 7 || digits > 6) return damaged();
      mode = mode * 8 + digit;
    }
    const end = data.indexOf(0, ++at);
    if (digits === 0 || end === -1 || end + 21 > data.length) return damaged();
    const bytes = data.subarray(at, end);
    const kind = kindOf(mode);
    if (kind === undefined) return damaged();
    const isDir = kind === 'dir';
    const name = decodeName(bytes);
    if (isHostileName(name)) return hostile(`the tree holds the name ${JSON.stringify(name.slice(0, 100))}`);
    if (tree.size > 0 && compareNames(lastName, wasDir, bytes, isDir) >= 0) return hostile('the tree is not in order');
    if (tree.has(name)) return hostile(`the tree holds the name ${JSON.stringify(name.slice(0, 100))} twice`);
    tree.set(name, { name, kind, executable: kind === 'file' && (mode & 0o100) !== 0, oid: toHex(data, end + 1) });
    lastName = bytes;
    wasDir = isDir;
    at = end + 21;
  }
  return ok(tree);
}
