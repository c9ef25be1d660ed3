import type { CommitTable } from './commits.ts';
import type { ObjectStore } from './object-store.ts';
import type { ReadTree } from './tree-reader.ts';

/** Below this, nothing is worth rewriting. */
const MIN_GARBAGE_BYTES = 4 * 1024 * 1024;
/** Every small commit leaves a small segment; from this many on they are packed together. */
const MAX_SEGMENTS = 400;

/** Marks the commit, its trees and files; gives the bytes that were marked for the first time. */
async function mark(store: ObjectStore, readTree: ReadTree, live: Uint8Array, oids: readonly string[]): Promise<number> {
  let bytes = 0;
  const markOne = (oid: string): boolean => {
    const place = store.locate(oid);
    if (place === undefined || live[place.number] === 1) return false;
    live[place.number] = 1;
    bytes += place.length;
    return true;
  };
  const waiting: string[] = [];
  for (const oid of oids) if (markOne(oid)) waiting.push(oid);
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    for (const entry of (await readTree(dir, '')).values()) {
      if (entry.kind === 'submodule') continue;
      if (markOne(entry.oid) && entry.kind === 'dir') waiting.push(entry.oid);
    }
  }
  return bytes;
}

/**
 * Keeps the given commits and those that a revision points to, and drops all other objects, if more than half of the
 * store would go or it lies in too many pieces. What is kept is written anew and takes the old one's place in one
 * transaction, so a crash in the middle loses nothing. True when it was done.
 */
export async function retainCommits(
  { store, readTree, commits }: { readonly store: ObjectStore; readonly readTree: ReadTree; readonly commits: CommitTable },
  kept: readonly string[],
): Promise<boolean> {
  const stored = store.storedBytes();
  const isScattered = store.segmentCount() > MAX_SEGMENTS + stored / (256 * 1024);
  if (stored < MIN_GARBAGE_BYTES && !isScattered) return false;
  const keep = new Set([...kept, ...commits.tips()]);
  const live = new Uint8Array(store.size);
  let bytes = 0;
  for (const commit of commits.all()) {
    if (!keep.has(commit.oid)) continue;
    bytes += await mark(store, readTree, live, [commit.tree]);
    const place = store.locate(commit.oid);
    if (place !== undefined) live[place.number] = 1;
  }
  if (bytes * 2 > stored && !isScattered) return false;
  return store.rewrite(live, () => commits.keepOnly(keep));
}
