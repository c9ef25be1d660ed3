import type { AppPolicy } from '../../core/app/policy.ts';
import type { Sql } from '../platform/sql.ts';

/**
 * Apps of other clusters that Apps here depend on. Whether one is ready is told by its own cluster, and asked again while somebody waits: what is not known
 * is not ready.
 */
export interface RemoteApp {
  readonly cluster: string;
  readonly app: string;
}

/** Those that a policy names. */
export function remoteAppsOf(policy: AppPolicy): RemoteApp[] {
  return (policy.dependsOn ?? []).flatMap(({ app, cluster }) => (cluster === undefined ? [] : [{ app, cluster }]));
}

/** The names of those that are not ready, as people see them: `eu-1/infra`. */
export function waitsForOf(sql: Sql, policy: AppPolicy): string[] {
  return remoteAppsOf(policy)
    .filter((remote) => isReady(sql, remote) !== true)
    .map(({ cluster, app }) => `${cluster}/${app}`);
}

/** undefined while nothing is known of it. */
export function isReady(sql: Sql, { cluster, app }: RemoteApp): boolean | undefined {
  const row = sql.all<{ ready: number }>('SELECT ready FROM remote WHERE cluster = ? AND app = ?', cluster, app)[0];
  return row === undefined ? undefined : row.ready === 1;
}

/** Writes down what was told; gives whether that is news. */
export function putReady(sql: Sql, { cluster, app }: RemoteApp, ready: boolean): boolean {
  if (isReady(sql, { cluster, app }) === ready) return false;
  sql.run(
    'INSERT INTO remote (cluster, app, ready) VALUES (?, ?, ?) ON CONFLICT (cluster, app) DO UPDATE SET ready = excluded.ready',
    cluster,
    app,
    ready ? 1 : 0,
  );
  return true;
}

/** Those that are not ready. */
export function openRemotes(sql: Sql): RemoteApp[] {
  return sql.all<{ cluster: string; app: string }>('SELECT cluster, app FROM remote WHERE ready = 0');
}

/** Forgets those that nobody depends on any more. */
export function keepRemotes(sql: Sql, wanted: readonly RemoteApp[]): void {
  const keys = new Set(wanted.map(({ cluster, app }) => `${cluster}/${app}`));
  for (const { cluster, app } of sql.all<{ cluster: string; app: string }>('SELECT cluster, app FROM remote'))
    if (!keys.has(`${cluster}/${app}`)) sql.run('DELETE FROM remote WHERE cluster = ? AND app = ?', cluster, app);
}

/** Another cluster wants to be told about an App here. */
export function putWatcher(sql: Sql, app: string, watcher: { readonly cluster: string; readonly told: boolean }): void {
  sql.run(
    'INSERT INTO watcher (app, cluster, told) VALUES (?, ?, ?) ON CONFLICT (app, cluster) DO UPDATE SET told = excluded.told',
    app,
    watcher.cluster,
    watcher.told ? 1 : 0,
  );
}

/** Who watches which App here, and what they were told last. */
export function listWatchers(sql: Sql): { readonly app: string; readonly cluster: string; readonly told: boolean }[] {
  return sql
    .all<{ app: string; cluster: string; told: number }>('SELECT app, cluster, told FROM watcher')
    .map((row) => ({ ...row, told: row.told === 1 }));
}
