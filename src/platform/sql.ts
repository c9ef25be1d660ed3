/** What a SQLite column holds. */
export type SqlValue = string | number | null | ArrayBuffer;
export type SqlRow = Record<string, SqlValue>;

/** Refuses, at compile time, a transaction body that returns a promise: SQLite would commit before it settles. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? { readonly error: 'a transaction body must be synchronous' } : T;

/**
 * The three verbs of storage. A Durable Object's SQLite and node:sqlite (tests) implement it.
 * `run` throws RowTooLarge for a value over 2 MB, the limit of Durable Objects, which local workerd does not enforce.
 */
export interface Sql {
  all<Row extends SqlRow>(statement: string, ...values: SqlValue[]): Row[];
  run(statement: string, ...values: SqlValue[]): void;
  transaction<T>(body: () => Synchronous<T>): T;
}

export const MAX_ROW_BYTES = 2_000_000;

/** A value that would not fit into a row on Cloudflare: a bug of the caller, who must store it in chunks. */
export class RowTooLarge extends Error {
  override readonly name = 'RowTooLarge';
}

/** Throws RowTooLarge when the values together exceed a row; called by every adapter. */
export function assertRowFits(values: readonly SqlValue[]): void {
  let bytes = 0;
  for (const value of values) {
    if (typeof value === 'string') bytes += utf8Length(value);
    else if (value instanceof ArrayBuffer) bytes += value.byteLength;
  }
  if (bytes > MAX_ROW_BYTES) throw new RowTooLarge(`${bytes} bytes in one row, ${MAX_ROW_BYTES} are allowed`);
}

/** Rows are stored as UTF-8, in which a code unit takes one to three bytes; only a long text is worth counting exactly. */
function utf8Length(text: string): number {
  return text.length * 3 <= MAX_ROW_BYTES ? text.length : new TextEncoder().encode(text).length;
}
