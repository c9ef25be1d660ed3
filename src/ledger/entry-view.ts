import type { LedgerEntryView } from '../../core/api/routes.ts';
import { parseCommit } from '../../core/ledger/git-object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Sql } from '../platform/sql.ts';
import { changedFiles, type ShownLimits, showFiles } from './changed-files.ts';
import { findEntry } from './find-entry.ts';
import { rootTree } from './find-path.ts';
import { createTreeReader, readObject } from './object-store.ts';
import { ledgerTables } from './tables.ts';

const LIMITS: ShownLimits = { files: 200, text: 100_000, total: 4_000_000 };

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
  const files = await showFiles(tables, changed, LIMITS);
  const { oid, time, subject, generation } = entry;
  return ok({ commit: oid, time, message: subject, generation, text: parsed.message, files });
}
