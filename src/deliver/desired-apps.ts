import type { Digest } from '../../core/bundle/bundle.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
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

/** Writes what was decided of an App in a generation. */
export function putDesired(sql: Sql, app: DesiredApp, generation: number): void {
  sql.run(
    `INSERT INTO desired (app, row, digest, decided) VALUES (?, ?, ?, ?)
     ON CONFLICT (app) DO UPDATE SET row = excluded.row, digest = excluded.digest, decided = excluded.decided`,
    app.definition.id,
    JSON.stringify(app),
    app.digest ?? null,
    generation,
  );
}

export function deleteDesired(sql: Sql, app: string): void {
  sql.run('DELETE FROM desired WHERE app = ?', app);
  sql.run('DELETE FROM request WHERE app = ?', app);
}

/** The generation that decided on an App last; undefined when nothing is known of it. */
export function decidedIn(sql: Sql, app: string): number | undefined {
  return sql.all<{ decided: number }>('SELECT decided FROM desired WHERE app = ?', app)[0]?.decided;
}

/** True while some App names the bundle. */
export function isWanted(sql: Sql, digest: Digest): boolean {
  return sql.all('SELECT 1 AS found FROM desired WHERE digest = ? LIMIT 1', digest).length > 0;
}

/** Every bundle that some App names. */
export function wantedDigests(sql: Sql): Digest[] {
  return sql.all<{ digest: string }>('SELECT DISTINCT digest FROM desired WHERE digest IS NOT NULL').map(({ digest }) => digest);
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

/** What people asked for and no receipt has answered, oldest first: of one App, or of all. */
export function listRequests(sql: Sql, app?: string): (AppRequest & { readonly app: string })[] {
  const rows =
    app === undefined
      ? sql.all<{ app: string; row: string }>('SELECT app, row FROM request ORDER BY rowid')
      : sql.all<{ app: string; row: string }>('SELECT app, row FROM request WHERE app = ? ORDER BY rowid', app);
  return rows.map((row) => ({ ...(JSON.parse(row.row) as AppRequest), app: row.app })); // written by putRequest only
}

/** More than an impatient person asks for; a snapshot that carried more than a hundred would be refused as a whole (P10). */
export const MAX_OPEN_REQUESTS = 20;

/** An open request for the very same thing: asking again, while the agent has not answered, adds nothing. */
export function findSameRequest(open: readonly AppRequest[], request: Omit<AppRequest, 'id'>): AppRequest | undefined {
  const { kind, prune, dryRun } = request;
  return open.find((one) => one.kind === kind && one.prune === prune && one.dryRun === dryRun);
}

export function putRequest(sql: Sql, app: string, request: AppRequest): void {
  sql.run('INSERT INTO request (id, app, row) VALUES (?, ?, ?)', request.id, app, JSON.stringify(request));
}

/** The App that a request is about; undefined when it was answered already. */
export function appOfRequest(sql: Sql, id: string): string | undefined {
  return sql.all<{ app: string }>('SELECT app FROM request WHERE id = ?', id)[0]?.app;
}

export function deleteRequest(sql: Sql, id: string): void {
  sql.run('DELETE FROM request WHERE id = ?', id);
}

/** An App's part of a snapshot, as canonical JSON. */
export function toSnapshotPart(row: DesiredApp, requests: readonly (AppRequest & { readonly app?: string })[]): string {
  const part: SnapshotApp = {
    id: row.definition.id,
    state: row.state,
    ...(row.digest === undefined ? {} : { bundle: row.digest }),
    revision: row.commit?.commit ?? '',
    policy: row.definition.policy,
    requests: requests.map(({ app: _app, ...request }) => request),
  };
  return canonicalJson(part);
}
