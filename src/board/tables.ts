import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import type { Sql } from '../platform/sql.ts';

/**
 * The Board's memory, in its Durable Object's SQLite; append-only (platform/durable-sql.ts). Everything but the installation's own events is a copy of
 * what the Cluster objects hold, so that one question answers for all of them.
 *
 *   row      one line per App, as JSON
 *   cluster  what each cluster said last of itself, as JSON
 *   event    what happened, of all clusters and (cluster empty) of the installation; `n` is the order in which the Board heard of it
 */
export const BOARD_MIGRATIONS: readonly string[] = [
  `CREATE TABLE row (cluster TEXT NOT NULL, app TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (cluster, app)) WITHOUT ROWID;
   CREATE TABLE cluster (name TEXT PRIMARY KEY, view TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE event (n INTEGER PRIMARY KEY AUTOINCREMENT, cluster TEXT NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL,
     app TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, row TEXT NOT NULL, UNIQUE (cluster, seq));
   CREATE INDEX event_by_app ON event (cluster, app, n);
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
];

/** Older events are in the ledgers. */
const KEPT_EVENTS = 20_000;

/** Keeps the newest row of an App. */
export function putRow(sql: Sql, row: AppRow): void {
  sql.run(
    'INSERT INTO row (cluster, app, row) VALUES (?, ?, ?) ON CONFLICT (cluster, app) DO UPDATE SET row = excluded.row',
    row.cluster,
    row.app,
    JSON.stringify(row),
  );
}

/** Forgets the row of an App. */
export function deleteRow(sql: Sql, cluster: string, app: string): void {
  sql.run('DELETE FROM row WHERE cluster = ? AND app = ?', cluster, app);
}

/** The JSON of every line, by cluster and App. */
export function listRows(sql: Sql): { readonly cluster: string; readonly app: string; readonly row: string }[] {
  return sql.all<{ cluster: string; app: string; row: string }>('SELECT cluster, app, row FROM row ORDER BY cluster, app');
}

/** Keeps the newest view of a cluster. */
export function putClusterView(sql: Sql, view: ClusterView): void {
  sql.run(
    'INSERT INTO cluster (name, view) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET view = excluded.view',
    view.name,
    JSON.stringify(view),
  );
}

/** All clusters, by name. */
export function listClusterViews(sql: Sql): ClusterView[] {
  return sql.all<{ view: string }>('SELECT view FROM cluster ORDER BY name').map(({ view }) => JSON.parse(view) as ClusterView); // written by putClusterView only
}

/** Forgets a cluster's lines; what happened there stays told. */
export function deleteCluster(sql: Sql, cluster: string): void {
  sql.run('DELETE FROM row WHERE cluster = ?', cluster);
  sql.run('DELETE FROM cluster WHERE name = ?', cluster);
}

/** Adds an event; false when the Board has it already. */
export function addEvent(sql: Sql, event: ActivityEvent): boolean {
  const had = sql.all('SELECT 1 AS found FROM event WHERE cluster = ? AND seq = ?', event.cluster, event.seq).length > 0;
  if (had) return false;
  sql.run(
    'INSERT INTO event (cluster, seq, time, app, kind, actor, row) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...[event.cluster, event.seq, event.time, event.app, event.kind, event.actor ?? '', JSON.stringify(event)],
  );
  sql.run('DELETE FROM event WHERE n <= (SELECT max(n) FROM event) - ?', KEPT_EVENTS);
  return true;
}

/** The number of the newest event of a journal; 0 for none. */
export function newestSeq(sql: Sql, cluster: string): number {
  return sql.all<{ seq: number | null }>('SELECT max(seq) AS seq FROM event WHERE cluster = ?', cluster)[0]?.seq ?? 0;
}

/** Which events are asked for; absent parts do not restrict. */
export interface ActivityFilter {
  readonly cluster?: string;
  readonly app?: string;
  readonly kind?: string;
  readonly actor?: string;
  /** Only events that the Board heard of before this one. */
  readonly before?: number;
  readonly limit: number;
}

/** Events, newest first, each with its place. */
export function listActivity(sql: Sql, filter: ActivityFilter): { readonly n: number; readonly event: ActivityEvent }[] {
  const where = (['cluster', 'app', 'kind', 'actor'] as const).filter((name) => filter[name] !== undefined);
  const rows = sql.all<{ n: number; row: string }>(
    `SELECT n, row FROM event WHERE n < ? ${where.map((name) => `AND ${name} = ?`).join(' ')} ORDER BY n DESC LIMIT ?`,
    filter.before ?? Number.MAX_SAFE_INTEGER,
    ...where.map((name) => filter[name] ?? ''),
    filter.limit,
  );
  return rows.map(({ n, row }) => ({ n, event: JSON.parse(row) as ActivityEvent })); // written by addEvent only
}
