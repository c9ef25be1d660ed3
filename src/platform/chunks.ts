import type { Sql } from './sql.ts';

/** Bytes of any size in rows of a table (name, part, data): a row of a Durable Object holds at most 2 MB. */
const CHUNK = 1_500_000;

export const CHUNK_TABLE =
  'CREATE TABLE chunk (name TEXT NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID';

/** Writes bytes under a name, replacing what was there. Call it inside a transaction. */
export function putChunks(sql: Sql, name: string, bytes: Uint8Array): void {
  deleteChunks(sql, name);
  for (let part = 0, at = 0; part === 0 || at < bytes.length; part++, at += CHUNK) {
    sql.run('INSERT INTO chunk (name, part, data) VALUES (?, ?, ?)', name, part, bytes.slice(at, at + CHUNK).buffer);
  }
}

/** Reads bytes back; undefined when nothing is stored under the name. */
export function getChunks(sql: Sql, name: string): Uint8Array | undefined {
  const rows = sql.all<{ data: ArrayBuffer }>('SELECT data FROM chunk WHERE name = ? ORDER BY part', name);
  if (rows.length === 0) return undefined;
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + row.data.byteLength, 0));
  let at = 0;
  for (const row of rows) {
    bytes.set(new Uint8Array(row.data), at);
    at += row.data.byteLength;
  }
  return bytes;
}

export function deleteChunks(sql: Sql, name: string): void {
  sql.run('DELETE FROM chunk WHERE name = ?', name);
}
