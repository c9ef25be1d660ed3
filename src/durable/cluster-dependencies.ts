import { listDesired, listRequests, readDesired, toSnapshotPart } from '../deliver/desired-apps.ts';
import {
  isReady,
  keepRemotes,
  listWatchers,
  openRemotes,
  putReady,
  putWatcher,
  type RemoteApp,
  remoteAppsOf,
} from '../deliver/remote-apps.ts';
import type { AppChange, ClusterPort } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { readObservedApp } from '../report/observed-apps.ts';
import { isCurrent } from './cluster-views.ts';
import type { Decision } from './cluster-writer.ts';

/**
 * Apps that depend on Apps of other clusters. The cluster that waits asks the other one once, which remembers who asked and tells it of every change; while
 * something waits it is asked again each minute, so that a message that was lost costs a minute.
 */

/** An App here is ready for those who depend on it: the bundle that is wanted runs, in sync and healthy. */
export function isAppReady(sql: Sql, app: string): boolean {
  const desired = readDesired(sql, app);
  const status = readObservedApp(sql, app);
  if (desired === undefined || status === undefined || !isCurrent(desired, status)) return false;
  return status.sync === 'Synced' && status.health.status === 'Healthy';
}

/** Whether an App here is ready; from now on the watcher is told. */
export function watchApp(sql: Sql, app: string, watcher: string): boolean {
  const ready = isAppReady(sql, app);
  putWatcher(sql, app, { cluster: watcher, told: ready });
  return ready;
}

/** What watchers do not know yet; it counts as told when the message has arrived (`putWatcher`). */
export function untoldWatchers(sql: Sql): { readonly app: string; readonly cluster: string; readonly ready: boolean }[] {
  return listWatchers(sql).flatMap(({ app, cluster, told }) => {
    const ready = isAppReady(sql, app);
    return ready === told ? [] : [{ app, cluster, ready }];
  });
}

/** Asks the clusters of Apps that these changes depend on and that nobody asked for yet. A cluster that cannot be asked has nothing ready. */
export async function askForRemotes(
  sql: Sql,
  changes: readonly AppChange[],
  on: { readonly name: string; readonly port: (cluster: string) => Pick<ClusterPort, 'watch'> },
): Promise<void> {
  const unknown = changes
    .filter(({ state }) => state === 'present')
    .flatMap(({ definition }) => remoteAppsOf(definition.policy))
    .filter((remote) => isReady(sql, remote) === undefined);
  for (const remote of unknown) putReady(sql, remote, await askOne(remote, on));
}

async function askOne(
  { cluster, app }: RemoteApp,
  on: { readonly name: string; readonly port: (cluster: string) => Pick<ClusterPort, 'watch'> },
): Promise<boolean> {
  try {
    return await on.port(cluster).watch(app, on.name);
  } catch {
    return false;
  }
}

/** Asks again for what is not ready; gives what has become so. */
export async function askAgain(
  sql: Sql,
  on: { readonly name: string; readonly port: (cluster: string) => Pick<ClusterPort, 'watch'> },
): Promise<RemoteApp[]> {
  const ready: RemoteApp[] = [];
  for (const remote of openRemotes(sql)) if (await askOne(remote, on)) ready.push(remote);
  return ready;
}

/** True while an App here waits for one of another cluster. */
export function isWaiting(sql: Sql): boolean {
  return openRemotes(sql).length > 0;
}

/** What the readiness of an App elsewhere decides: the Apps that depend on it get new parts. undefined when it is no news. */
export function decideOnRemote(sql: Sql, remote: RemoteApp, ready: boolean): Decision | undefined {
  if (isReady(sql, remote) === ready) return undefined;
  const all = listDesired(sql);
  const dependents = all.filter(
    ({ definition, state }) =>
      state === 'present' &&
      remoteAppsOf(definition.policy).some((one) => one.app === remote.app && one.cluster === remote.cluster),
  );
  putReady(sql, remote, ready);
  keepRemotes(
    sql,
    all.flatMap(({ definition }) => remoteAppsOf(definition.policy)),
  );
  if (dependents.length === 0) return undefined;
  const name = `${remote.cluster}/${remote.app}`;
  return {
    parts: new Map(
      dependents.map((app) => [app.definition.id, toSnapshotPart(sql, app, listRequests(sql, app.definition.id))] as const),
    ),
    ledger: () => [],
    rows: () => undefined,
    events: dependents.map(({ definition }) => ({
      app: definition.id,
      kind: 'dependency',
      text: ready ? `${name} is ready` : `waits for ${name}`,
    })),
  };
}
