import type { HistoryEntry } from '../../core/api/views.ts';
import type { Sql } from '../platform/sql.ts';
import { ledgerTables } from './tables.ts';

/** One page of the log, newest first; `before` is where the next one begins, absent behind the first entry of the ledger. */
export function readLogPage(
  sql: Sql,
  query: { readonly app?: string; readonly before?: string; readonly limit: number },
): { readonly entries: readonly HistoryEntry[]; readonly before?: string } {
  const tables = ledgerTables(sql);
  const asked = query.before === undefined ? Number.NaN : Number(query.before);
  const end = Number.isSafeInteger(asked) && asked > 0 ? asked : Number.MAX_SAFE_INTEGER;
  const { app, limit } = query;
  // One more than is shown tells whether there is more.
  const rows = app === undefined ? tables.newestEntries(end, limit + 1) : tables.newestEntriesOf(app, end, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    entries: shown.map(({ oid, time, subject, generation }) => ({ commit: oid, time, message: subject, generation })),
    ...(rows.length > limit && last !== undefined ? { before: String(last.seq) } : {}),
  };
}
