import type { ActivityEvent, NoticeApp } from '../../core/api/activity.ts';
import type { AppStatus, ResourceStatus } from '../../core/app/status.ts';
import { deleteChunks, getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';

const KEPT_REPORTS = 2000;
const EVENT_CHARACTERS = 1000;
/** The objects of an App stand in its row up to this length of JSON, else in chunks: a row has a limit, an App's objects have none. */
const ROW_CHARACTERS = 400_000;

const chunkName = (app: string) => `observed/${app}`;

/** What the agent said last of each App. */
export function readObserved(sql: Sql): Map<string, AppStatus> {
  const rows = sql.all<{ app: string; row: string }>('SELECT app, row FROM observed');
  return new Map(rows.map(({ app, row }) => [app, toStatus(sql, app, row)]));
}

/** What the agent said last of one App. */
export function readObservedApp(sql: Sql, app: string): AppStatus | undefined {
  const row = sql.all<{ row: string }>('SELECT row FROM observed WHERE app = ?', app)[0];
  return row === undefined ? undefined : toStatus(sql, app, row.row);
}

function toStatus(sql: Sql, app: string, row: string): AppStatus {
  const status = JSON.parse(row) as AppStatus | (Omit<AppStatus, 'resources'> & { readonly resources: 'chunks' }); // written by putObserved only
  if (status.resources !== 'chunks') return status as AppStatus; // the other member of the union
  const bytes = getChunks(sql, chunkName(app)) ?? new Uint8Array(0);
  return { ...status, resources: JSON.parse(new TextDecoder().decode(bytes)) as ResourceStatus[] };
}

/** Replaces what is known of an App. Whether the status is newer is the caller's to ask (isNewer). Call it inside a transaction. */
export function putObserved(sql: Sql, status: AppStatus): void {
  deleteChunks(sql, chunkName(status.app));
  let row = JSON.stringify(status);
  if (row.length > ROW_CHARACTERS) {
    putChunks(sql, chunkName(status.app), new TextEncoder().encode(JSON.stringify(status.resources)));
    row = JSON.stringify({ ...status, resources: 'chunks' });
  }
  sql.run('INSERT INTO observed (app, row) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET row = excluded.row', status.app, row);
}

/**
 * True for a status that says more than the one before. An agent sends one report after the other, and one that arrives twice is known by its id,
 * so only another agent, one that was left behind, can say what is old: it speaks of an older generation. Times decide nothing, because the
 * clock of a cluster may be set back (threat F35).
 */
export function isNewer(status: AppStatus, before: AppStatus | undefined): boolean {
  return before === undefined || status.generation >= before.generation;
}

export function deleteObserved(sql: Sql, app: string): void {
  sql.run('DELETE FROM observed WHERE app = ?', app);
  deleteChunks(sql, chunkName(app));
}

/** True when the report was taken before: it is acknowledged again and otherwise ignored (I4). */
export function wasSeen(sql: Sql, reportId: string): boolean {
  return sql.all('SELECT 1 AS found FROM seen WHERE id = ?', reportId).length > 0;
}

export function markSeen(sql: Sql, reportId: string, now: number): void {
  sql.run('INSERT OR IGNORE INTO seen (id, at) VALUES (?, ?)', reportId, now);
  sql.run('DELETE FROM seen WHERE rowid <= (SELECT max(rowid) FROM seen) - ?', KEPT_REPORTS);
}

/** An event to be recorded: what ActivityEvent says without its place in the journal, and of an App that is worth telling of how it was then. */
export type NewEvent = Omit<ActivityEvent, 'seq' | 'time' | 'cluster'> & { readonly about?: NoticeApp };

/** Adds to the cluster's events. Old ones are forgotten once everybody was told of them (durable/cluster-outlet.ts); the ledger has the rest. */
export function addEvent(sql: Sql, { app, kind, text, ...more }: NewEvent, time: number): void {
  const cut = text.length > EVENT_CHARACTERS ? `${text.slice(0, EVENT_CHARACTERS)}…` : text;
  sql.run('INSERT INTO event (time, app, kind, text, more) VALUES (?, ?, ?, ?, ?)', time, app, kind, cut, JSON.stringify(more));
}

/** Events behind a place in the journal, oldest first, at most 500. */
export function eventsAfter(sql: Sql, cluster: string, after: number): (ActivityEvent & { readonly about?: NoticeApp })[] {
  const rows = sql.all<{ seq: number; time: number; app: string; kind: string; text: string; more: string }>(
    'SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT 500',
    after,
  );
  return rows.map(({ more, ...row }) => ({ ...(JSON.parse(more) as Partial<NewEvent>), ...row, cluster })); // written by addEvent only
}
