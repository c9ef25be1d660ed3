import { refuse } from './failure.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { ReadTree } from './tree-reader.ts';

/**
 * Follows a new commit's tree through everything that is new, and counts what is missing. What was here
 * before is complete already, so the work grows with the change. Reading the trees also refuses hostile ones.
 * Ends with git.hostile_tree, or with git.limit for endless depth.
 */
export async function countMissing(
  writer: ObjectWriter,
  readTree: ReadTree,
  root: string,
): Promise<{ readonly files: number; readonly dirs: number }> {
  let files = 0;
  let dirs = 0;
  const seen = new Set<string>();
  const waiting: { readonly oid: string; readonly path: string }[] = [{ oid: root, path: '' }];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    if (seen.has(dir.oid)) continue;
    seen.add(dir.oid);
    if (!writer.isNew(dir.oid) && writer.has(dir.oid)) continue;
    if (!writer.has(dir.oid)) {
      dirs += 1;
      continue;
    }
    for (const entry of (await readTree(dir.oid, dir.path)).values()) {
      const path = dir.path === '' ? entry.name : `${dir.path}/${entry.name}`;
      if (path.length > 4096) refuse('git.limit', 'a path is longer than 4096 characters', `${path.slice(0, 100)}…`);
      if (entry.kind === 'dir') waiting.push({ oid: entry.oid, path });
      else if (entry.kind !== 'submodule' && !writer.has(entry.oid)) files += 1;
    }
  }
  return { files, dirs };
}
