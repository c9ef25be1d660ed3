import { mergeLines } from './merge-lines.ts';
import { fromLatin1, isFile, isFolder, type RawEntry, type RawTree, toLatin1, toText, writeRawTree } from './raw-tree.ts';

/**
 * The three-way merge of trees. Names are looked at one by one, and only folders in which all three differ are opened:
 *
 *   base = theirs            ours stays                      ours = base      theirs is taken
 *   ours = theirs            that                            files on all sides: their lines are merged
 *   anything else            a conflict
 *
 * Renames are not followed: a file that was moved meanwhile is a conflict, where Git might find it at its new place.
 */
export interface MergePorts {
  readonly readTree: (oid: string) => Promise<RawTree>;
  /** undefined for a file that is too large to merge. */
  readonly readBlob: (oid: string) => Promise<Uint8Array | undefined>;
  /** Takes a new object; gives its id. */
  readonly add: (type: 'tree' | 'blob', data: Uint8Array<ArrayBuffer>) => string;
}

export interface MergedTree {
  /** undefined when nothing is left in it. */
  readonly tree: string | undefined;
  /** Paths that cannot be merged. */
  readonly conflicts: readonly string[];
}

type Three = { readonly base: RawEntry | undefined; readonly ours: RawEntry | undefined; readonly theirs: RawEntry | undefined };

const MAX_CONFLICTS = 100;
const MAX_FILE = 2_000_000;
const NOTHING: RawTree = new Map();

/** Merges what leads from `base` to `theirs` into `ours`; all three are ids of trees. */
export async function mergeTrees(
  ports: MergePorts,
  roots: { readonly base: string; readonly ours: string; readonly theirs: string },
): Promise<MergedTree> {
  const conflicts: string[] = [];
  const entry = (oid: string): RawEntry => ({ mode: '40000', name: '', oid });
  const three = { base: entry(roots.base), ours: entry(roots.ours), theirs: entry(roots.theirs) };
  const merged = await mergeEntry({ ports, conflicts }, '', three);
  return { tree: merged?.oid, conflicts };
}

interface Work {
  readonly ports: MergePorts;
  readonly conflicts: string[];
}

async function mergeEntry(work: Work, path: string, three: Three): Promise<RawEntry | undefined> {
  const { base, ours, theirs } = three;
  if (isSame(base, theirs) || isSame(ours, theirs)) return ours;
  if (isSame(ours, base)) return theirs;
  const there = [base, ours, theirs].flatMap((entry) => entry ?? []);
  if (there.every(isFolder)) return mergeFolder(work, path, three);
  const merged = there.length === 3 && there.every(isFile) ? await mergeFile(work.ports, three) : undefined;
  if (merged === undefined && work.conflicts.length < MAX_CONFLICTS) work.conflicts.push(toText(path));
  return merged ?? ours;
}

async function mergeFolder(work: Work, path: string, three: Three): Promise<RawEntry | undefined> {
  const read = async (entry: RawEntry | undefined) => (entry === undefined ? NOTHING : work.ports.readTree(entry.oid));
  const [base, ours, theirs] = [await read(three.base), await read(three.ours), await read(three.theirs)];
  const result: RawEntry[] = [];
  for (const name of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const below = path === '' ? name : `${path}/${name}`;
    const merged = await mergeEntry(work, below, { base: base.get(name), ours: ours.get(name), theirs: theirs.get(name) });
    if (merged !== undefined) result.push(merged);
  }
  // Git knows no empty folders, but a commit has a tree in any case.
  if (result.length === 0 && path !== '') return undefined;
  const name = (three.ours ?? three.theirs ?? three.base)?.name ?? '';
  return { mode: '40000', name, oid: work.ports.add('tree', writeRawTree(result)) };
}

async function mergeFile(ports: MergePorts, { base, ours, theirs }: Three): Promise<RawEntry | undefined> {
  if (base === undefined || ours === undefined || theirs === undefined) return undefined;
  const mode = ours.mode === base.mode ? theirs.mode : ours.mode;
  if (ours.oid === theirs.oid || base.oid === theirs.oid) return { ...ours, mode };
  if (ours.oid === base.oid) return { ...theirs, mode };
  const texts: string[] = [];
  for (const { oid } of [base, ours, theirs]) {
    const bytes = await ports.readBlob(oid);
    // As Git does: a zero byte near the beginning is no text.
    if (bytes === undefined || bytes.length > MAX_FILE || bytes.subarray(0, 8000).includes(0)) return undefined;
    texts.push(toLatin1(bytes));
  }
  const [a = '', b = '', c = ''] = texts;
  const merged = mergeLines(a, b, c);
  return merged === undefined ? undefined : { mode, name: ours.name, oid: ports.add('blob', fromLatin1(merged)) };
}

function isSame(a: RawEntry | undefined, b: RawEntry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}
