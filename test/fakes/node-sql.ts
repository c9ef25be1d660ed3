import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { assertRowFits, type Sql, type SqlRow, type SqlValue, type Synchronous } from '../../src/platform/sql.ts';

function toNode(value: SqlValue): SQLInputValue {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

/** A Durable Object gives blobs as ArrayBuffer, node:sqlite as Uint8Array. */
function fromNode(row: Record<string, unknown>): SqlRow {
  const plain: SqlRow = {};
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) plain[name] = new Uint8Array(value).buffer;
    else if (value === null || typeof value === 'string' || typeof value === 'number') plain[name] = value;
    else throw new Error(`a ${typeof value} in column ${name}`);
  }
  return plain;
}

/** The Sql port on node:sqlite, in memory or in a file; enforces the row limit of Durable Objects, and rolls back what throws. */
export function createNodeSql(file = ':memory:'): Sql & { close(): void } {
  const database = new DatabaseSync(file);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepare = (statement: string) => {
    const known = statements.get(statement);
    if (known !== undefined) return known;
    const made = database.prepare(statement);
    statements.set(statement, made);
    return made;
  };
  return {
    all<Row extends SqlRow>(statement: string, ...values: SqlValue[]): Row[] {
      // The caller names the columns it selects; a Durable Object's `exec<Row>` trusts it in the same way.
      return prepare(statement)
        .all(...values.map(toNode))
        .map((row) => fromNode(row) as Row);
    },
    run(statement, ...values) {
      assertRowFits(values);
      prepare(statement).run(...values.map(toNode));
    },
    transaction<T>(body: () => Synchronous<T>): T {
      database.exec('BEGIN');
      try {
        const value = body();
        // The type forbids promises; a cast could still bring one.
        if (value instanceof Promise) throw new Error('a transaction body must be synchronous');
        database.exec('COMMIT');
        // Synchronous<T> is T for everything that is not a promise, and a promise was refused above.
        return value as T;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}
