import type { Digest } from '../../core/bundle/bundle.ts';
import type { AppRequest, SnapshotApp } from '../../core/protocol/messages.ts';
import type { AppChange } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';

/** What an App of this cluster should be: the last change without the bundle's bytes. */
export type DesiredApp = Omit<AppChange, 'bundle'>;

export function listDesired(sql: Sql): DesiredApp[] {
  return sql.all<{ row: string }>('SELECT row FROM desired ORDER BY app').map(({ row }) => JSON.parse(row) as DesiredApp); // written by putDesired only
}

export function readDesired(sql: Sql, app: string): DesiredApp | undefined {
  const row = sql.all<{ row: string }>('SELECT row FROM desired WHERE app = ?', app)[0];
  return row === undefined ? undefined : (JSON.parse(row.row) as DesiredApp);
}

export function putDesired(sql: Sql, app: DesiredApp): void {
  sql.run(
    'INSERT INTO desired (app, row) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET row = excluded.row',
    app.definition.id,
    JSON.stringify(app),
  );
}

export function deleteDesired(sql: Sql, app: string): void {
  sql.run('DELETE FROM desired WHERE app = ?', app);
  sql.run('DELETE FROM request WHERE app = ?', app);
}

/**
 * What a change makes of a desired App: without a new bundle the last good one stays, with the commit that it came from;
 * an App that was never rendered has none.
 */
export function mergeChange(had: DesiredApp | undefined, change: AppChange): DesiredApp {
  const { bundle, ...row } = change;
  if (bundle !== undefined || had?.digest === undefined) return row;
  return { ...row, digest: had.digest, ...(had.commit === undefined ? {} : { commit: had.commit }) };
}

export function listRequests(sql: Sql): (AppRequest & { readonly app: string })[] {
  return sql
    .all<{ app: string; row: string }>('SELECT app, row FROM request ORDER BY rowid')
    .map(({ app, row }) => ({ ...(JSON.parse(row) as AppRequest), app }));
}

export function putRequest(sql: Sql, app: string, request: AppRequest): void {
  sql.run('INSERT INTO request (id, app, row) VALUES (?, ?, ?)', request.id, app, JSON.stringify(request));
}

export function deleteRequest(sql: Sql, id: string): void {
  sql.run('DELETE FROM request WHERE id = ?', id);
}

/** The Apps as a snapshot carries them, in the order of their names. */
export function toSnapshotApps(
  desired: readonly DesiredApp[],
  requests: readonly (AppRequest & { readonly app: string })[],
): SnapshotApp[] {
  return desired.map((row) => ({
    id: row.definition.id,
    state: row.state,
    ...(row.digest === undefined ? {} : { bundle: row.digest }),
    revision: row.commit?.commit ?? '',
    policy: row.definition.policy,
    requests: requests.filter((request) => request.app === row.definition.id).map(({ app: _, ...request }) => request),
  }));
}

/** Every bundle that some App still names. */
export function usedDigests(desired: readonly DesiredApp[]): Set<Digest> {
  return new Set(desired.flatMap((row) => (row.digest === undefined ? [] : [row.digest])));
}
