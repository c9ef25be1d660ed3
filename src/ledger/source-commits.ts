import type { Sql } from '../platform/sql.ts';

/** The newest source commit of an App in the ledger's index whose id begins so (hex digits). */
export function findSourceCommit(sql: Sql, app: string, start: string): string | undefined {
  return sql.all<{ revision: string }>(
    `SELECT json_extract(row, '$.revision') AS revision FROM ledger_change WHERE app = ? AND substr(json_extract(row, '$.revision'), 1, ?) = ?
     ORDER BY seq DESC LIMIT 1`,
    ...[app, start.length, start],
  )[0]?.revision;
}
