import { assertRowFits, type Sql, type SqlRow } from './sql.ts';

/** A Durable Object's SQLite behind the three verbs of Sql. */
export function durableSql(storage: DurableObjectStorage): Sql {
  return {
    all<Row extends SqlRow>(statement: string, ...values: (string | number | null | ArrayBuffer)[]): Row[] {
      return storage.sql.exec<Row>(statement, ...values).toArray();
    },
    run(statement, ...values) {
      assertRowFits(values);
      storage.sql.exec(statement, ...values);
    },
    transaction<T>(body: () => T): T {
      return storage.transactionSync(body);
    },
  } as Sql; // The port's `Synchronous<T>` narrows the body's type for callers; at run time it is the same function.
}

/**
 * Runs the migrations that have not run yet, in order, each in its own transaction. Each part of an object brings a list of its own under its own name
 * and counts for itself, so that a list can grow whatever its neighbours do. A list is append-only: a migration that has shipped is never edited.
 * Statements are separated by semicolons, which may stand nowhere else.
 */
export function migrate(sql: Sql, lists: Readonly<Record<string, readonly string[]>>): void {
  sql.run('CREATE TABLE IF NOT EXISTS migration (list TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (list, id))');
  for (const [list, migrations] of Object.entries(lists)) {
    const done = sql.all<{ n: number }>('SELECT count(*) AS n FROM migration WHERE list = ?', list)[0]?.n ?? 0;
    migrations.slice(done).forEach((statements, i) => {
      sql.transaction(() => {
        for (const statement of statements.split(';')) if (statement.trim() !== '') sql.run(statement);
        sql.run('INSERT INTO migration (list, id) VALUES (?, ?)', list, done + i + 1);
      });
    });
  }
}
