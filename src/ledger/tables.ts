import type { Sql } from '../platform/sql.ts';

/**
 * The ledger's tables in a Cluster object's SQLite; append-only (platform/durable-sql.ts), and so are the rows: none is ever updated or deleted.
 *
 *   ledger_object  Git objects. Ids count up without gaps in the order of insertion, and an entry's objects are inserted together, so
 *                  "everything that came after entry 7" is a range of ids: fetching needs no walk over the history.
 *                  form: raw     the object's bytes
 *                        zlib    the same compressed: what a pack holds
 *                        delta   instructions (tree-delta.ts) against the raw object `base`
 *   ledger_part    the rest of an object whose form is longer than a row may be
 *   ledger_entry   commits, seq counting up from 1; the newest is the head. last_object is the highest id that belongs to it or an older one
 *   ledger_change  what an entry says of an App; `row` is ChangeTrailers (core/ledger/trailers.ts) as JSON
 */
export const LEDGER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE ledger_object (id INTEGER PRIMARY KEY, oid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, size INTEGER NOT NULL,
     form TEXT NOT NULL, base INTEGER, data BLOB NOT NULL);
   CREATE TABLE ledger_part (object INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (object, part)) WITHOUT ROWID;
   CREATE TABLE ledger_entry (seq INTEGER PRIMARY KEY, oid TEXT NOT NULL UNIQUE, last_object INTEGER NOT NULL, generation INTEGER NOT NULL,
     time INTEGER NOT NULL, subject TEXT NOT NULL);
   CREATE TABLE ledger_change (app TEXT NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL, receipt TEXT, row TEXT NOT NULL,
     PRIMARY KEY (app, seq, number)) WITHOUT ROWID;
   CREATE UNIQUE INDEX ledger_change_receipt ON ledger_change (receipt) WHERE receipt IS NOT NULL;
   CREATE INDEX ledger_change_seq ON ledger_change (seq)`,
];

/** Types are Git's words, written by this folder only. */
export type ObjectRow = {
  id: number;
  oid: string;
  type: string;
  size: number;
  form: string;
  base: number | null;
  data: ArrayBuffer;
};

export type EntryRow = { seq: number; oid: string; last_object: number; generation: number; time: number; subject: string };

export type ChangeRow = { app: string; seq: number; row: string };

const OBJECT = 'id, oid, type, size, form, base, data';
const ENTRY = 'seq, oid, last_object, generation, time, subject';

/** Every statement of the ledger. */
export function ledgerTables(sql: Sql) {
  return {
    objectById: (id: number) => sql.all<ObjectRow>(`SELECT ${OBJECT} FROM ledger_object WHERE id = ?`, id)[0],
    objectByOid: (oid: string) => sql.all<ObjectRow>(`SELECT ${OBJECT} FROM ledger_object WHERE oid = ?`, oid)[0],
    oidOf: (id: number) => sql.all<{ oid: string }>('SELECT oid FROM ledger_object WHERE id = ?', id)[0]?.oid,
    idOf: (oid: string) => sql.all<{ id: number }>('SELECT id FROM ledger_object WHERE oid = ?', oid)[0]?.id,
    parts: (object: number) =>
      sql.all<{ part: number }>('SELECT part FROM ledger_part WHERE object = ? ORDER BY part', object).map((row) => row.part),
    part: (object: number, part: number) =>
      sql.all<{ data: ArrayBuffer }>('SELECT data FROM ledger_part WHERE object = ? AND part = ?', object, part)[0]?.data,
    insertObject: (row: ObjectRow) =>
      sql.run(
        `INSERT INTO ledger_object (${OBJECT}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[row.id, row.oid, row.type, row.size, row.form, row.base, row.data],
      ),
    insertPart: (object: number, part: number, data: ArrayBuffer) =>
      sql.run('INSERT INTO ledger_part (object, part, data) VALUES (?, ?, ?)', object, part, data),

    head: () => sql.all<EntryRow>(`SELECT ${ENTRY} FROM ledger_entry ORDER BY seq DESC LIMIT 1`)[0],
    entryByOid: (oid: string) => sql.all<EntryRow>(`SELECT ${ENTRY} FROM ledger_entry WHERE oid = ?`, oid)[0],
    entryBySeq: (seq: number) => sql.all<EntryRow>(`SELECT ${ENTRY} FROM ledger_entry WHERE seq = ?`, seq)[0],
    newestEntries: (before: number, limit: number) =>
      sql.all<EntryRow>(`SELECT ${ENTRY} FROM ledger_entry WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, limit),
    newestEntriesOf: (app: string, before: number, limit: number) =>
      sql.all<EntryRow>(
        `SELECT ${ENTRY} FROM ledger_entry WHERE seq IN (SELECT DISTINCT seq FROM ledger_change WHERE app = ? AND seq < ? ORDER BY seq DESC LIMIT ?)
         ORDER BY seq DESC`,
        ...[app, before, limit],
      ),
    insertEntry: (row: EntryRow) =>
      sql.run(
        `INSERT INTO ledger_entry (${ENTRY}) VALUES (?, ?, ?, ?, ?, ?)`,
        ...[row.seq, row.oid, row.last_object, row.generation, row.time, row.subject],
      ),

    changes: (seq: number, limit: number) =>
      sql.all<ChangeRow>('SELECT app, seq, row FROM ledger_change WHERE seq = ? ORDER BY number LIMIT ?', seq, limit),
    changesOf: (app: string, seq: number) =>
      sql.all<ChangeRow>('SELECT app, seq, row FROM ledger_change WHERE app = ? AND seq = ? ORDER BY number', app, seq),
    hasReceipt: (receipt: string) => sql.all('SELECT 1 AS one FROM ledger_change WHERE receipt = ?', receipt).length > 0,
    insertChange: (change: { app: string; seq: number; number: number; receipt: string | null; row: string }) =>
      sql.run(
        'INSERT INTO ledger_change (app, seq, number, receipt, row) VALUES (?, ?, ?, ?, ?)',
        ...[change.app, change.seq, change.number, change.receipt, change.row],
      ),
  };
}

export type LedgerTables = ReturnType<typeof ledgerTables>;
