import type { Sql } from '../platform/sql.ts';

/**
 * The tables of one repository; new ones are added at the end. `git_segment` holds objects (see object-store.ts),
 * `git_commit` the commits whose trees are complete, `git_email` the addresses of their authors, `git_revision` where each followed revision was seen last,
 * `git_remote` what is known of the server.
 */
const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS git_segment (
    id INTEGER NOT NULL, part INTEGER NOT NULL, pending INTEGER NOT NULL, bytes INTEGER NOT NULL,
    entries BLOB, sealed BLOB NOT NULL, PRIMARY KEY (id, part))`,
  `CREATE TABLE IF NOT EXISTS git_commit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, oid TEXT NOT NULL UNIQUE, tree TEXT NOT NULL,
    author TEXT NOT NULL, subject TEXT NOT NULL, committed_at INTEGER NOT NULL)`,
  'CREATE TABLE IF NOT EXISTS git_revision (revision TEXT PRIMARY KEY, oid TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS git_remote (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS git_email (oid TEXT PRIMARY KEY, email TEXT NOT NULL) WITHOUT ROWID',
];

/** Makes the tables that are not there yet. */
export function prepareTables(sql: Sql): void {
  for (const table of TABLES) sql.run(table);
}
