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
 * Runs the migrations that have not run yet, in order, each in its own transaction. The list is append-only:
 * a migration that has shipped is never edited.
 */
export function migrate(sql: Sql, migrations: readonly string[]): void {
  sql.run('CREATE TABLE IF NOT EXISTS migration (id INTEGER PRIMARY KEY)');
  const done = sql.all<{ n: number }>('SELECT count(*) AS n FROM migration')[0]?.n ?? 0;
  migrations.slice(done).forEach((statements, i) => {
    sql.transaction(() => {
      for (const statement of statements.split(';')) if (statement.trim() !== '') sql.run(statement);
      sql.run('INSERT INTO migration (id) VALUES (?)', done + i + 1);
    });
  });
}
