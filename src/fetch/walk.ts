import { refuse } from './failure.ts';
import { type EntryKind, isHostileName, type Tree, type TreeEntry } from './tree.ts';
import type { ReadTree } from './tree-reader.ts';

/** Something in a commit, by its path from the root of the repository, without a slash at either end. */
export interface PathEntry {
  readonly path: string;
  readonly kind: EntryKind;
  readonly executable: boolean;
  readonly oid: string;
}

export interface ChangedPaths {
  /** Files, links and submodules that were added, removed or changed, also those inside folders that came or went. */
  readonly files: readonly string[];
  /** Folders in which a name was added, removed, or became something of another kind; the root is the empty string. */
  readonly dirs: readonly string[];
}

const MAX_PATH = 4096;

/** Counts the entries that a walk visits: a few trees that hold each other again and again make endlessly many paths. */
function createBudget(entries: number): (path: string, visited: number) => void {
  let left = entries;
  return (path, visited) => {
    left -= visited;
    if (left < 0) refuse('git.limit', `the commit has more than ${entries} files and folders`);
    if (path.length > MAX_PATH) refuse('git.limit', `a path is longer than ${MAX_PATH} characters`, `${path.slice(0, 100)}…`);
  };
}

const join = (dir: string, name: string): string => (dir === '' ? name : `${dir}/${name}`);

/** Splits a path into names; undefined when it could leave the repository. A leading `./` and slashes at the ends mean nothing. */
function splitPath(path: string): string[] | undefined {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.some(isHostileName) ? undefined : names;
}

/** Finds what a path names, without following links; undefined when nothing does. */
export async function findPath(readTree: ReadTree, root: string, path: string): Promise<PathEntry | undefined> {
  const names = splitPath(path);
  if (names === undefined) return undefined;
  let found: PathEntry = { path: '', kind: 'dir', executable: false, oid: root };
  for (const name of names) {
    if (found.kind !== 'dir') return undefined;
    const entry: TreeEntry | undefined = (await readTree(found.oid, found.path)).get(name);
    if (entry === undefined) return undefined;
    found = { path: join(found.path, name), kind: entry.kind, executable: entry.executable, oid: entry.oid };
  }
  return found;
}

/** Lists a folder, everything below it when `isRecursive`: folders too, each before what it holds. Ends with git.limit. */
export async function listTree(
  readTree: ReadTree,
  dir: { readonly path: string; readonly oid: string },
  options: { readonly isRecursive: boolean; readonly maxEntries: number },
): Promise<PathEntry[]> {
  const charge = createBudget(options.maxEntries);
  const listed: PathEntry[] = [];
  const visit = async (path: string, oid: string): Promise<void> => {
    const tree = await readTree(oid, path);
    charge(path, tree.size);
    for (const entry of tree.values()) {
      const below = join(path, entry.name);
      listed.push({ path: below, kind: entry.kind, executable: entry.executable, oid: entry.oid });
      if (options.isRecursive && entry.kind === 'dir') await visit(below, entry.oid);
    }
  };
  await visit(dir.path, dir.oid);
  return listed;
}

/** Compares two trees, reading only folders whose ids differ. Ends with git.limit. */
export async function compareTrees(readTree: ReadTree, from: string, to: string, maxEntries: number): Promise<ChangedPaths> {
  const charge = createBudget(maxEntries);
  const files: string[] = [];
  const dirs: string[] = [];
  const empty: Tree = new Map();

  const visit = async (path: string, before: string | undefined, after: string | undefined): Promise<void> => {
    const old = before === undefined ? empty : await readTree(before, path);
    const now = after === undefined ? empty : await readTree(after, path);
    charge(path, old.size + now.size);
    // A folder that came or went was not listed before or is not any more.
    let isListingChanged = before === undefined || after === undefined;
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const was = old.get(name);
      const is = now.get(name);
      if (was?.kind !== is?.kind) isListingChanged = true;
      if (was?.oid === is?.oid && was?.kind === is?.kind && was?.executable === is?.executable) continue;
      const below = join(path, name);
      const dirBefore = was?.kind === 'dir' ? was.oid : undefined;
      const dirAfter = is?.kind === 'dir' ? is.oid : undefined;
      if (dirBefore !== undefined || dirAfter !== undefined) await visit(below, dirBefore, dirAfter);
      // What was a file and is a folder now has changed as a file, too.
      if ((was !== undefined && was.kind !== 'dir') || (is !== undefined && is.kind !== 'dir')) files.push(below);
    }
    if (isListingChanged) dirs.push(path);
  };
  if (from !== to) await visit('', from, to);
  return { files: files.sort(), dirs: dirs.sort() };
}
