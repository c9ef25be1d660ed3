import { isFolder, type RawEntry, type RawTree, toLatin1 } from './raw-tree.ts';

/**
 * Whether two trees differ below one folder only. One commit may change what belongs to several projects: who may go back with one App is not thereby
 * let to undo what others did (threat S14).
 */
export async function staysWithin(
  readTree: (oid: string) => Promise<RawTree>,
  { from, to, path }: { readonly from: string; readonly to: string; readonly path: string },
): Promise<boolean> {
  let [a, b] = [folder(from), folder(to)] as readonly [RawEntry | undefined, RawEntry | undefined];
  for (const segment of path.split('/').filter((part) => part !== '' && part !== '.')) {
    if ([a, b].some((entry) => entry !== undefined && !isFolder(entry))) return false;
    const [left, right] = [await childrenOf(readTree, a), await childrenOf(readTree, b)];
    // Trees hold one character per byte.
    const name = toLatin1(new TextEncoder().encode(segment));
    for (const other of new Set([...left.keys(), ...right.keys()]))
      if (other !== name && !isSame(left.get(other), right.get(other))) return false;
    [a, b] = [left.get(name), right.get(name)];
  }
  return true;
}

const NOTHING: RawTree = new Map();

function folder(oid: string): RawEntry {
  return { mode: '40000', name: '', oid };
}

async function childrenOf(readTree: (oid: string) => Promise<RawTree>, entry: RawEntry | undefined): Promise<RawTree> {
  return entry === undefined ? NOTHING : readTree(entry.oid);
}

function isSame(a: RawEntry | undefined, b: RawEntry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}
