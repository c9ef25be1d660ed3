import type { Digest } from '../../core/bundle/bundle.ts';
import { admitRender, type ControlState, effectivePolicy, nextEnd, withoutEmpty } from '../../core/control/control-state.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { AppRequest, SnapshotApp } from '../../core/protocol/messages.ts';
import type { AppChange, CommitInfo } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import { isKept } from './deployments.ts';
import { waitsForOf } from './remote-apps.ts';

/** What an App of this cluster should be: the last change without the bundle's bytes. */
export interface DesiredApp extends Omit<AppChange, 'bundle'> {
  /** Of a release: the bundle of its last success, to go back to. */
  readonly good?: Digest;
  /** What is in Git now could not be rendered: what is delivered is older. */
  readonly held?: true;
  /** The newest render, which a pin or an approval holds back: `digest` and `commit` are what is delivered instead. */
  readonly next?: { readonly digest: Digest; readonly commit: CommitInfo };
  /** What people, or Plumbline itself, decided beyond Git. */
  readonly control?: ControlState;
}

/** What an App of the snapshot is to be: `gone` is in no snapshot any more, because a person deleted it and that is done. */
export function wantedState({ state, control = {} }: Pick<DesiredApp, 'state' | 'control'>): 'present' | 'removed' | 'gone' {
  // Suspended, it is not removed either.
  if (state === 'removed') return control.suspended === undefined ? 'removed' : 'present';
  if (control.deleted === undefined) return 'present';
  return control.deleted.done === true ? 'gone' : 'removed';
}

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
    `INSERT INTO desired (app, row, digest, decided, settings, project, good, next, wake) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (app) DO UPDATE SET row = excluded.row, digest = excluded.digest, decided = excluded.decided,
       settings = excluded.settings, project = excluded.project, good = excluded.good, next = excluded.next, wake = excluded.wake`,
    app.definition.id,
    JSON.stringify(app),
    wantedState(app) === 'gone' ? null : (app.digest ?? null),
    generation,
    app.definition.policy.settings ?? null,
    app.definition.policy.project ?? null,
    app.good ?? null,
    app.next?.digest ?? null,
    nextEnd(app.control ?? {}) ?? null,
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

/** Writes down the bundle of a release's last success, without deciding anything. */
export function putGood(sql: Sql, app: DesiredApp): void {
  sql.run('UPDATE desired SET row = ?, good = ? WHERE app = ?', JSON.stringify(app), app.good ?? null, app.definition.id);
}

/** True while some App names the bundle, or may go back to it. */
export function isWanted(sql: Sql, digest: Digest): boolean {
  const named = (column: 'digest' | 'good' | 'next') =>
    sql.all(`SELECT 1 AS found FROM desired WHERE ${column} = ? LIMIT 1`, digest).length > 0;
  return named('digest') || named('good') || named('next') || isKept(sql, digest);
}

/** Apps of which something ends by itself by now. */
export function dueDesired(sql: Sql, now: number): DesiredApp[] {
  return sql.all<{ row: string }>('SELECT row FROM desired WHERE wake <= ?', now).map(({ row }) => JSON.parse(row) as DesiredApp); // written by putDesired only
}

/** When the next decision ends by itself. */
export function nextDesiredEnd(sql: Sql): number | undefined {
  return sql.all<{ at: number | null }>('SELECT min(wake) AS at FROM desired WHERE wake IS NOT NULL')[0]?.at ?? undefined;
}

/** Every bundle that the snapshot names. */
export function wantedDigests(sql: Sql): Digest[] {
  return sql
    .all<{ digest: string }>(
      'SELECT digest FROM desired WHERE digest IS NOT NULL UNION SELECT good FROM desired WHERE good IS NOT NULL',
    )
    .map(({ digest }) => digest);
}

/**
 * What a change makes of a desired App: without a new bundle the last good one stays, with the commit that it came from;
 * an App that was never rendered has none. A new bundle that a pin or an approval holds back waits as `next`.
 */
export function mergeChange(had: DesiredApp | undefined, change: AppChange, now: number): DesiredApp {
  const { bundle, digest, commit, ...changed } = change;
  const good = had?.good === undefined || change.definition.policy.release === undefined ? {} : { good: had.good };
  const isHeld = bundle === undefined && change.state === 'present';
  const row = { ...changed, ...good, ...(isHeld ? { held: true as const } : {}) };
  const before = controlAfter(had, change);
  const delivered = {
    ...(had?.digest === undefined ? {} : { digest: had.digest }),
    ...(had?.commit === undefined ? {} : { commit: had.commit }),
  };
  if (bundle === undefined || digest === undefined || commit === undefined) {
    const next = had?.next === undefined ? {} : { next: had.next };
    if (had?.digest !== undefined) return { ...row, ...delivered, ...next, ...toControl(before) };
    return { ...row, ...(commit === undefined ? {} : { commit }), ...next, ...toControl(before) };
  }
  const { commit: revision, committedAt } = commit;
  const admission = admitRender(before, {
    candidate: { bundle: digest, revision, author: writtenBy(commit), committedAt },
    running: had?.digest,
    rules: change.definition.control,
    now,
  });
  if (admission.deliver) return { ...row, digest, commit, ...toControl(admission.control) };
  return { ...row, ...delivered, next: { digest, commit }, ...toControl(admission.control) };
}

/** `Ana <ana@example.org>`, as Git writes who wrote a commit. */
export function writtenBy({ author, email }: CommitInfo): string {
  return email === undefined ? author : `${author} <${email}>`;
}

/** What is still in force when an App changes in Git: one that comes back is a new one. */
function controlAfter(had: DesiredApp | undefined, change: AppChange): ControlState {
  if (had?.control === undefined) return {};
  if (had.state !== 'removed' || change.state === 'removed') return had.control;
  const { rolledBack, suspended } = had.control;
  return { ...(rolledBack === undefined ? {} : { rolledBack }), ...(suspended === undefined ? {} : { suspended }) };
}

/** The member of a row: absent when nothing is in force. */
export function toControl(control: ControlState): Pick<DesiredApp, 'control'> {
  const left = withoutEmpty(control);
  return left === undefined ? {} : { control: left };
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
export function findSameRequest(
  open: readonly AppRequest[],
  request: Omit<AppRequest, 'id'> & { readonly reason?: string },
): AppRequest | undefined {
  const meaning = ({ id: _id, actor: _actor, reason: _reason, ...rest }: Partial<AppRequest> & { readonly reason?: string }) =>
    canonicalJson(rest);
  const wanted = meaning(request);
  return open.find((one) => meaning(one) === wanted);
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

/**
 * An App's part of a snapshot, as canonical JSON. `decided` holds Apps of the same decision, which are not written down yet: one that cannot be rendered
 * makes those wait who depend on it, as its older bundle says nothing of what Git wants now. undefined for one that is in no snapshot any more.
 */
export function toSnapshotPart(
  sql: Sql,
  row: DesiredApp,
  requests: readonly (AppRequest & { readonly app?: string })[],
  decided: ReadonlyMap<string, DesiredApp> = new Map(),
): string | undefined {
  const policy = effectivePolicy(row.definition.policy, row.control ?? {});
  const state = wantedState(row);
  if (state === 'gone') return undefined;
  const isHeld = (app: string) => (decided.get(app) ?? readDesired(sql, app))?.held === true;
  const held = localDependencies(row).filter(isHeld);
  const waitsFor = [...held.map((app) => `${app}: what Git wants of it cannot be rendered`), ...waitsForOf(sql, policy)];
  const part: SnapshotApp = {
    id: row.definition.id,
    state,
    ...(row.digest === undefined ? {} : { bundle: row.digest }),
    ...(row.good === undefined || row.good === row.digest ? {} : { fallback: row.good }),
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
    revision: row.commit?.commit ?? '',
    policy,
    requests: requests.map(({ app: _app, ...request }) => request),
  };
  return canonicalJson(part);
}

function localDependencies({ definition }: DesiredApp): string[] {
  return (definition.policy.dependsOn ?? []).flatMap(({ app, cluster }) => (cluster === undefined ? [app] : []));
}

/** The Apps that depend on one of these, and are not among them. */
export function dependentsOf(sql: Sql, apps: ReadonlySet<string>): DesiredApp[] {
  if (apps.size === 0) return [];
  return listDesired(sql).filter((row) => wantedState(row) === 'present' && localDependencies(row).some((app) => apps.has(app)));
}
