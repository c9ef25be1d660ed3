import type { TreeEntry } from '../../core/ledger/git-object.ts';
import { readText } from './find-path.ts';
import type { TreeReader } from './object-store.ts';
import type { LedgerTables } from './tables.ts';

/** A file that differs between two trees, by the ids of its contents; `from` is absent for what is new, `to` for what is gone. */
export interface ChangedFile {
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

/** How much is shown of what differs: files beyond `files` are left out, texts are cut at `text` characters each and `total` together. */
export interface ShownLimits {
  readonly files: number;
  readonly text: number;
  readonly total: number;
}

/** Files whose content differs between two trees, by path. Only folders that differ are opened. */
export function changedFiles(
  readTree: TreeReader,
  before: string | undefined,
  after: string | undefined,
  below = '',
): ChangedFile[] {
  if (before === after) return [];
  const had = entriesOf(readTree, before);
  const has = entriesOf(readTree, after);
  return [...new Set([...had.keys(), ...has.keys()])].sort().flatMap((name) => {
    const [a, b] = [had.get(name), has.get(name)];
    if (a?.oid === b?.oid) return [];
    const path = below === '' ? name : `${below}/${name}`;
    if (a?.mode === '40000' || b?.mode === '40000') return changedFiles(readTree, a?.oid, b?.oid, path);
    return [{ path, ...(a === undefined ? {} : { from: a.oid }), ...(b === undefined ? {} : { to: b.oid }) }];
  });
}

/** The texts of changed files in place of their ids. */
export async function showFiles(
  tables: LedgerTables,
  changed: readonly ChangedFile[],
  limits: ShownLimits,
): Promise<readonly ChangedFile[]> {
  let left = limits.total;
  const show = async (oid: string): Promise<string> => {
    const text = await readText(tables, oid);
    const shown = text.slice(0, Math.min(limits.text, Math.max(left, 0)));
    left -= shown.length;
    return shown.length < text.length ? `${shown}…` : shown;
  };
  const files: ChangedFile[] = [];
  // One after the other: the earlier ones use up what may be shown.
  for (const { path, from, to } of changed.slice(0, limits.files)) {
    files.push({
      path,
      ...(from === undefined ? {} : { from: await show(from) }),
      ...(to === undefined ? {} : { to: await show(to) }),
    });
  }
  return files;
}

function entriesOf(readTree: TreeReader, tree: string | undefined): Map<string, TreeEntry> {
  return new Map((tree === undefined ? [] : readTree(tree)).map((entry) => [entry.name, entry]));
}
