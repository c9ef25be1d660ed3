import type { TreeEntry } from './tree-fold.ts';

/** Where an arrow key leads from an entry; the App itself has the id that entries without a parent hang on. */
export interface Moves {
  readonly left: string | undefined;
  readonly right: string | undefined;
  readonly up: string | undefined;
  readonly down: string | undefined;
}

/**
 * Arrow keys in the graph: left to the owner, right to the first that it owns, up and down within the same column, across owners.
 * Gives the moves of each id, the root's included.
 */
export function computeMoves(entries: readonly TreeEntry[], root: string): ReadonlyMap<string, Moves> {
  const depth = new Map([[root, 0]]);
  const first = new Map<string, string>();
  const columns: string[][] = [];
  const place = new Map<string, number>();
  for (const { id, parent = root } of entries) {
    const at = (depth.get(parent) ?? 0) + 1;
    depth.set(id, at);
    if (!first.has(parent)) first.set(parent, id);
    columns[at] ??= [];
    place.set(id, (columns[at]?.push(id) ?? 1) - 1);
  }
  const moves = new Map<string, Moves>([[root, { left: undefined, right: first.get(root), up: undefined, down: undefined }]]);
  for (const { id, parent = root } of entries) {
    const column = columns[depth.get(id) ?? 0] ?? [];
    const at = place.get(id) ?? 0;
    moves.set(id, { left: parent, right: first.get(id), up: column[at - 1], down: column[at + 1] });
  }
  return moves;
}
