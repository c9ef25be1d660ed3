import { need, refuse } from './failure.ts';
import type { StoredObject } from './segment-shelf.ts';
import { parseTree, type Tree } from './tree.ts';

/** Reads a tree by its id; `where` names it for people. Ends with git.hostile_tree, or git.corrupt when it is not there. */
export type ReadTree = (oid: string, where: string) => Promise<Tree>;

const MAX_KEPT_ENTRIES = 50_000;

/** Gives a reader of trees that keeps those read last, already parsed: looking up paths goes through the same few again and again. */
export function createTreeReader(read: (oid: string) => Promise<StoredObject | undefined>): ReadTree {
  const kept = new Map<string, Tree>();
  let entries = 0;
  return async (oid, where) => {
    const known = kept.get(oid);
    if (known !== undefined) {
      kept.delete(oid);
      kept.set(oid, known);
      return known;
    }
    const object = await read(oid);
    if (object?.type !== 'tree') return refuse('git.corrupt', 'a folder of the commit is missing', where || '/');
    const tree = need(parseTree(object.data, where));
    // Somebody else may have read the same tree in the meantime.
    if (!kept.has(oid)) entries += tree.size + 1;
    kept.set(oid, tree);
    for (const [oldest, { size }] of kept) {
      if (entries <= MAX_KEPT_ENTRIES || oldest === oid) break;
      kept.delete(oldest);
      entries -= size + 1;
    }
    return tree;
  };
}
