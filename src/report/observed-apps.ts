import type { AppStatus } from '../../core/app/status.ts';
import type { ClusterEvent } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';

const KEPT_EVENTS = 1000;
const KEPT_REPORTS = 2000;

/** What the agent said last of each App. */
export function readObserved(sql: Sql): Map<string, AppStatus> {
  const rows = sql.all<{ app: string; row: string }>('SELECT app, row FROM observed');
  return new Map(rows.map(({ app, row }) => [app, JSON.parse(row) as AppStatus])); // written by putObserved only
}

/** Takes a status unless a newer one is known: reports can arrive out of order. True when it was taken. */
export function putObserved(sql: Sql, status: AppStatus): boolean {
  const had = sql.all<{ row: string }>('SELECT row FROM observed WHERE app = ?', status.app)[0];
  if (had !== undefined && (JSON.parse(had.row) as AppStatus).observedAt > status.observedAt) return false;
  sql.run(
    'INSERT INTO observed (app, row) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET row = excluded.row',
    status.app,
    JSON.stringify(status),
  );
  return true;
}

export function deleteObserved(sql: Sql, app: string): void {
  sql.run('DELETE FROM observed WHERE app = ?', app);
}

/** True when the report was taken before: it is acknowledged again and otherwise ignored (I4). */
export function wasSeen(sql: Sql, reportId: string): boolean {
  return sql.all('SELECT 1 AS found FROM seen WHERE id = ?', reportId).length > 0;
}

export function markSeen(sql: Sql, reportId: string, now: number): void {
  sql.run('INSERT OR IGNORE INTO seen (id, at) VALUES (?, ?)', reportId, now);
  sql.run('DELETE FROM seen WHERE id NOT IN (SELECT id FROM seen ORDER BY rowid DESC LIMIT ?)', KEPT_REPORTS);
}

/** Adds to the cluster's events; only the newest are kept, the ledger has the rest. */
export function addEvent(sql: Sql, event: Omit<ClusterEvent, 'seq' | 'cluster'>): void {
  sql.run('INSERT INTO event (time, app, kind, text) VALUES (?, ?, ?, ?)', event.time, event.app, event.kind, event.text);
  sql.run('DELETE FROM event WHERE seq <= (SELECT max(seq) FROM event) - ?', KEPT_EVENTS);
}

export function eventsAfter(sql: Sql, cluster: string, after: number): ClusterEvent[] {
  const rows = sql.all<{ seq: number; time: number; app: string; kind: string; text: string }>(
    'SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT 500',
    after,
  );
  return rows.map((row) => ({ ...row, cluster }));
}
