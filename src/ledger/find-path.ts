import { type TreeEntry, treeOfCommit } from '../../core/ledger/git-object.ts';
import { readObject, readPlain, type TreeReader } from './object-store.ts';
import type { LedgerTables } from './tables.ts';

/** The root tree of a commit of the ledger; undefined when it holds no such commit. */
export function rootTree(tables: LedgerTables, commit: string): string | undefined {
  const row = tables.objectByOid(commit);
  return row?.type === 'commit' ? treeOfCommit(readPlain(tables, row)) : undefined;
}

/** The entry at a path below a tree; undefined when there is nothing. */
export function findPath(readTree: TreeReader, root: string | undefined, path: readonly string[]): TreeEntry | undefined {
  let tree = root;
  let entry: TreeEntry | undefined;
  for (const name of path) {
    entry = tree === undefined ? undefined : readTree(tree).find((candidate) => candidate.name === name);
    tree = entry?.mode === '40000' ? entry.oid : undefined;
  }
  return entry;
}

const decoder = new TextDecoder();

/** The text of a file of the ledger, which writes nothing but UTF-8. */
export async function readText(tables: LedgerTables, oid: string): Promise<string> {
  const object = await readObject(tables, oid);
  if (object === undefined) throw new Error(`file ${oid} is missing from the ledger`);
  return decoder.decode(object.data);
}
