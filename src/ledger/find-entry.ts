import type { Sql } from '../platform/sql.ts';
import { type EntryRow, ledgerTables } from './tables.ts';

/** The entry whose commit id is this, or begins so when no other does (at least 7 hex digits); undefined when there is none. */
export function findEntry(sql: Sql, commit: string): EntryRow | undefined {
  if (!/^[0-9a-f]{7,40}$/.test(commit)) return undefined;
  const tables = ledgerTables(sql);
  if (commit.length === 40) return tables.entryByOid(commit);
  // `g` comes after every hex digit.
  const found = sql.all<{ oid: string }>('SELECT oid FROM ledger_entry WHERE oid >= ? AND oid < ? LIMIT 2', commit, `${commit}g`);
  return found.length === 1 ? tables.entryByOid(found[0]?.oid ?? '') : undefined;
}
