import type { ClusterCounters } from '../../core/metrics/counters.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';

/** The Board's copy of what each cluster counts, among its facts: one object is asked for all of them. */
const PREFIX = 'counters/';

/** Keeps what a cluster counted last; the same again is not written. */
export function putCounters(sql: Sql, cluster: string, counters: ClusterCounters): void {
  if (JSON.stringify(readFact(sql, PREFIX + cluster)) !== JSON.stringify(counters)) writeFact(sql, PREFIX + cluster, counters);
}

/** By cluster. */
export function listCounters(sql: Sql): { readonly [cluster: string]: ClusterCounters } {
  const rows = sql.all<{ name: string; value: string }>(`SELECT name, value FROM fact WHERE name LIKE '${PREFIX}%'`);
  // Only putCounters writes these names.
  return Object.fromEntries(rows.map(({ name, value }) => [name.slice(PREFIX.length), JSON.parse(value) as ClusterCounters]));
}

/** Forgets what was counted of a cluster. */
export function deleteCounters(sql: Sql, cluster: string): void {
  sql.run('DELETE FROM fact WHERE name = ?', PREFIX + cluster);
}
