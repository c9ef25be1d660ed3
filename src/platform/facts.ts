import type { Sql } from './sql.ts';

/** Reads a small named value (table `fact`); undefined when it was never written. */
export function readFact<T>(sql: Sql, name: string): T | undefined {
  const row = sql.all<{ value: string }>('SELECT value FROM fact WHERE name = ?', name)[0];
  // Only writeFact writes the column, with the type that the same name is read with.
  return row === undefined ? undefined : (JSON.parse(row.value) as T);
}

export function writeFact(sql: Sql, name: string, value: unknown): void {
  sql.run(
    'INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    JSON.stringify(value),
  );
}
