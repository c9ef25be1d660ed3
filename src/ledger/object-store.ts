import { type GitType, parseTree, type TreeEntry } from '../../core/ledger/git-object.ts';
import { applyDelta } from '../../core/ledger/tree-delta.ts';
import { decompress } from './compress.ts';
import type { LedgerTables, ObjectRow } from './tables.ts';

/** Longer forms go on in ledger_part: a row of a Durable Object holds at most 2 MB. */
const PART_BYTES = 1_500_000;

/** An object in the form in which it is stored. */
export interface StoredObject {
  readonly oid: string;
  readonly type: GitType;
  /** Of the object, whatever its form. */
  readonly size: number;
  readonly form: 'raw' | 'zlib' | 'delta';
  readonly base?: number;
  readonly data: Uint8Array;
}

/** Writes an object under an id. Call it inside a transaction. */
export function insertObject(tables: LedgerTables, id: number, object: StoredObject): void {
  const { oid, type, size, form, data } = object;
  tables.insertObject({ id, oid, type, size, form, base: object.base ?? null, data: toBuffer(data.subarray(0, PART_BYTES)) });
  for (let part = 1; part * PART_BYTES < data.length; part++) {
    tables.insertPart(id, part, toBuffer(data.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)));
  }
}

/** The stored form of a row, all its parts together. */
export function storedBytes(tables: LedgerTables, row: ObjectRow): Uint8Array {
  const first = new Uint8Array(row.data);
  if (first.length < PART_BYTES) return first;
  const rest = tables.parts(row.id).map((part) => new Uint8Array(tables.part(row.id, part) ?? new ArrayBuffer(0)));
  const bytes = new Uint8Array(first.length + rest.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of [first, ...rest]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bytes of a commit or tree, which are never compressed. Throws when it is compressed (a bug). */
export function readPlain(tables: LedgerTables, row: ObjectRow): Uint8Array {
  const bytes = storedBytes(tables, row);
  if (row.form === 'raw') return bytes;
  if (row.form !== 'delta' || row.base === null) throw new Error(`${row.type} ${row.oid} of the ledger is compressed`);
  const base = tables.objectById(row.base);
  if (base === undefined) throw new Error(`the base of ${row.oid} is missing from the ledger`);
  return applyDelta(storedBytes(tables, base), bytes);
}

/** The bytes of any object; undefined when the ledger does not hold it. */
export async function readObject(
  tables: LedgerTables,
  oid: string,
): Promise<{ readonly type: GitType; readonly data: Uint8Array } | undefined> {
  const row = tables.objectByOid(oid);
  if (row === undefined) return undefined;
  const data = row.form === 'zlib' ? await decompress(storedBytes(tables, row)) : readPlain(tables, row);
  // The column holds what insertObject was given.
  return { type: row.type as GitType, data };
}

/** Gives the entries of a tree by its oid. */
export type TreeReader = (oid: string) => readonly TreeEntry[];

/** Reads each tree at most once: the list of all Apps is on the way to every one of them. */
export function createTreeReader(tables: LedgerTables): TreeReader {
  const known = new Map<string, readonly TreeEntry[]>();
  return (oid) => {
    const entries = known.get(oid) ?? readTree(tables, oid);
    known.set(oid, entries);
    return entries;
  };
}

/** The entries of a tree. Throws when it is not there: trees are found by following the ledger's own references. */
export function readTree(tables: LedgerTables, oid: string): TreeEntry[] {
  const row = tables.objectByOid(oid);
  if (row === undefined) throw new Error(`tree ${oid} is missing from the ledger`);
  return parseTree(readPlain(tables, row));
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  // A copy of exactly these bytes: the view may be a part of something larger.
  return bytes.slice().buffer as ArrayBuffer;
}
