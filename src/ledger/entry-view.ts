import type { LedgerEntryView } from '../../core/api/routes.ts';
import { parseCommit, type TreeEntry } from '../../core/ledger/git-object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Sql } from '../platform/sql.ts';
import { findEntry } from './find-entry.ts';
import { readText, rootTree } from './find-path.ts';
import { createTreeReader, readObject, type TreeReader } from './object-store.ts';
import { ledgerTables } from './tables.ts';

/** What is shown of one entry: files beyond these are left out, longer texts are cut. */
const MAX_FILES = 200;
const MAX_TEXT = 100_000;
const MAX_TOTAL = 4_000_000;

interface ChangedFile {
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

/** One commit of the ledger: its message, and each file before and after it. Fails with api.not_found. */
export async function readEntry(sql: Sql, commit: string): Promise<Result<LedgerEntryView, Problem>> {
  const tables = ledgerTables(sql);
  const entry = findEntry(sql, commit);
  const object = entry === undefined ? undefined : await readObject(tables, entry.oid);
  const parsed = object === undefined ? undefined : parseCommit(object.data);
  if (entry === undefined || parsed === undefined) return err(problem('api.not_found', 'the ledger has no such commit'));
  const readTree = createTreeReader(tables);
  const [parent] = parsed.parents;
  const before = parent === undefined ? undefined : rootTree(tables, parent);
  const changed = changedFiles(readTree, before, parsed.tree);
  let left = MAX_TOTAL;
  const show = async (oid: string): Promise<string> => {
    const text = await readText(tables, oid);
    const shown = text.slice(0, Math.min(MAX_TEXT, Math.max(left, 0)));
    left -= shown.length;
    return shown.length < text.length ? `${shown}…` : shown;
  };
  const files: { path: string; from?: string; to?: string }[] = [];
  for (const { path, from, to } of changed.slice(0, MAX_FILES)) {
    files.push({
      path,
      ...(from === undefined ? {} : { from: await show(from) }),
      ...(to === undefined ? {} : { to: await show(to) }),
    });
  }
  const { oid, time, subject, generation } = entry;
  return ok({ commit: oid, time, message: subject, generation, text: parsed.message, files });
}

/** Files whose content differs between two trees, by path; `from` and `to` are ids. Only folders that differ are opened. */
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

function entriesOf(readTree: TreeReader, tree: string | undefined): Map<string, TreeEntry> {
  return new Map((tree === undefined ? [] : readTree(tree)).map((entry) => [entry.name, entry]));
}
