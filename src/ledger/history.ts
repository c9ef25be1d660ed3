import type { ChangeTrailers } from '../../core/ledger/trailers.ts';
import type { Sql } from '../platform/sql.ts';
import { type ChangeRow, ledgerTables } from './tables.ts';

/** One commit of the ledger, as lists show it. */
export interface LedgerCommit {
  readonly commit: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** First line of the commit message. */
  readonly message: string;
  readonly generation: number;
  /** What it says of the App that was asked for, or of its first Apps. */
  readonly changes: readonly ChangeTrailers[];
}

/** With no App asked for, an entry of a thousand Apps shows only its first ones. */
const MAX_CHANGES = 20;

/** The newest commits, newest first; with `app`, those that say something of it. Answered from an index, not by walking the commits. */
export function readHistory(sql: Sql, app: string | undefined, limit: number): LedgerCommit[] {
  const tables = ledgerTables(sql);
  const end = Number.MAX_SAFE_INTEGER;
  const entries = app === undefined ? tables.newestEntries(end, limit) : tables.newestEntriesOf(app, end, limit);
  return entries.map(({ seq, oid, time, subject, generation }) => {
    const rows = app === undefined ? tables.changes(seq, MAX_CHANGES) : tables.changesOf(app, seq);
    return { commit: oid, time, message: subject, generation, changes: rows.map(toChange) };
  });
}

function toChange(row: ChangeRow): ChangeTrailers {
  // prepare-entry.ts wrote it, from this type.
  return JSON.parse(row.row) as ChangeTrailers;
}
