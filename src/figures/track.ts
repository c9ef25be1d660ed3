import type { AppStatus, HealthStatus } from '../../core/app/status.ts';
import type { DeploymentRecord } from '../../core/figures/figures.ts';
import type { LedgerChange, Note } from '../../core/ledger/entry.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import type { Sql } from '../platform/sql.ts';

/**
 * What became of each deployment, kept up as decisions and reports come in; core/figures says what it means. Everything in it is in the ledger too: deploys
 * and receipts as they are, the first Healthy, the first Degraded and the recovery of a deployment as notes (`mark` holds those that wait for an entry of
 * their own, made at most every half minute so that an entry tells of many Apps).
 *
 *   figure  one row for each bundle that an App was to run
 *   mark    notes that are not in the ledger yet
 */
export const FIGURES_MIGRATIONS: readonly string[] = [
  `CREATE TABLE figure (id INTEGER PRIMARY KEY, app TEXT NOT NULL, project TEXT NOT NULL, kind TEXT NOT NULL, revision TEXT NOT NULL, bundle TEXT NOT NULL,
     committed_at INTEGER, done_at INTEGER, healthy_at INTEGER, failed_at INTEGER, restored_at INTEGER);
   CREATE INDEX figure_by_app ON figure (app, id);
   CREATE INDEX figure_by_time ON figure (done_at);
   CREATE TABLE mark (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, note TEXT NOT NULL)`,
];

/** Deployments of one App that are remembered. */
const KEPT = 500;
/** Marks wait this long for others. */
const GATHER_MS = 30_000;
const MAX_MARKS = 500;
/** What one answer may hold. */
const MAX_RECORDS = 20_000;

type Row = {
  id: number;
  app: string;
  project: string;
  kind: string;
  revision: string;
  bundle: string;
  committed_at: number | null;
  done_at: number | null;
  healthy_at: number | null;
  failed_at: number | null;
  restored_at: number | null;
};

/** What a decision tells of deployments. */
export interface Tidings {
  readonly changes: readonly LedgerChange[];
  readonly statuses: readonly AppStatus[];
  readonly now: number;
  /** When the source commit of an App was made, where it is this revision. */
  readonly committedAt: (app: string, revision: string) => number | undefined;
}

/** Takes note of a decision. Call it inside the decision's transaction. */
export function trackDeployments(sql: Sql, { changes, statuses, now, committedAt }: Tidings): void {
  for (const change of changes) {
    if (change.kind === 'deploy' && change.as !== 'policy')
      begin(sql, change, { now, committedAt: committedAt(change.app.id, change.revision) });
    else if (change.kind === 'receipt') {
      const { app, bundle, outcome, dryRun, health } = change.receipt;
      if (dryRun === true || bundle === undefined || (outcome !== 'synced' && outcome !== 'failed')) continue;
      const row = newestOf(sql, app, bundle);
      if (row !== undefined) end(sql, row, { outcome, health: health.status, now });
    } else if (change.kind === 'note' && change.action === 'revert' && change.app !== undefined)
      sql.run(
        'UPDATE figure SET failed_at = coalesce(failed_at, ?) WHERE app = ? AND revision = ?',
        now,
        change.app,
        change.revision ?? '',
      );
  }
  for (const { app, bundle, sync, health } of statuses) {
    const row = newestOf(sql, app, bundle);
    if (row === undefined || sync !== 'Synced') continue;
    if (health.status === 'Healthy') becomeHealthy(sql, row, now);
    else if (health.status === 'Degraded') becomeDegraded(sql, row, now);
  }
}

function begin(
  sql: Sql,
  deploy: Extract<LedgerChange, { kind: 'deploy' }>,
  { now, committedAt }: { readonly now: number; readonly committedAt: number | undefined },
): void {
  const { app, revision, bundle } = deploy;
  const newest = sql.all<Row>('SELECT * FROM figure WHERE app = ? ORDER BY id DESC LIMIT 1', app.id)[0];
  // Another commit with the same objects changes nothing in the cluster.
  if (newest?.bundle === bundle) return;
  const kind = deploy.as === 'rollback' ? 'rollback' : 'deploy';
  if (kind === 'rollback' && newest !== undefined)
    sql.run('UPDATE figure SET failed_at = coalesce(failed_at, ?) WHERE id = ?', now, newest.id);
  sql.run(
    'INSERT INTO figure (app, project, kind, revision, bundle, committed_at) VALUES (?, ?, ?, ?, ?, ?)',
    ...[app.id, app.project, kind, revision, bundle, committedAt ?? null],
  );
  sql.run(
    'DELETE FROM figure WHERE app = ? AND id <= (SELECT id FROM figure WHERE app = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
    ...[app.id, app.id, KEPT],
  );
}

function end(
  sql: Sql,
  row: Row,
  { outcome, health, now }: { readonly outcome: 'synced' | 'failed'; readonly health: HealthStatus; readonly now: number },
): void {
  sql.run('UPDATE figure SET done_at = coalesce(done_at, ?) WHERE id = ?', now, row.id);
  // A sync that fails after an earlier one of the same bundle did not is no failure of the change.
  if (outcome === 'failed' && row.done_at === null)
    sql.run('UPDATE figure SET failed_at = coalesce(failed_at, ?) WHERE id = ?', now, row.id);
  // The receipt itself says so in the ledger: no mark.
  if (outcome === 'synced' && health === 'Healthy') putHealthy(sql, row, now);
}

function becomeHealthy(sql: Sql, row: Row, now: number): void {
  const isRestored = sql.all(
    'SELECT 1 AS one FROM figure WHERE app = ? AND failed_at IS NOT NULL AND restored_at IS NULL LIMIT 1',
    row.app,
  );
  if (row.healthy_at !== null && isRestored.length === 0) return;
  putHealthy(sql, row, now);
  putMark(sql, row, 'healthy', now);
}

function putHealthy(sql: Sql, row: Row, now: number): void {
  sql.run(
    'UPDATE figure SET healthy_at = coalesce(healthy_at, ?), done_at = coalesce(done_at, ?) WHERE id = ?',
    now,
    now,
    row.id,
  );
  sql.run('UPDATE figure SET restored_at = ? WHERE app = ? AND failed_at IS NOT NULL AND restored_at IS NULL', now, row.app);
}

function becomeDegraded(sql: Sql, row: Row, now: number): void {
  if (row.failed_at !== null) return;
  sql.run('UPDATE figure SET failed_at = ? WHERE id = ?', now, row.id);
  putMark(sql, row, 'degraded', now);
}

function newestOf(sql: Sql, app: string, bundle: string): Row | undefined {
  const row = sql.all<Row>('SELECT * FROM figure WHERE app = ? ORDER BY id DESC LIMIT 1', app)[0];
  return row?.bundle === bundle ? row : undefined;
}

function putMark(sql: Sql, { app, revision }: Row, action: 'healthy' | 'degraded', now: number): void {
  const note: Note = { kind: 'note', app, action, text: `${action} with ${shortRevision(revision)}`, revision, time: now };
  sql.run('INSERT INTO mark (at, note) VALUES (?, ?)', now, JSON.stringify(note));
}

/** Marks that should be entered into the ledger now, and what to call when they are, inside the same transaction; undefined while there are none. */
export function dueMarks(sql: Sql, now: number): { readonly notes: readonly Note[]; readonly done: () => void } | undefined {
  const oldest = sql.all<{ at: number }>('SELECT at FROM mark ORDER BY id LIMIT 1')[0];
  if (oldest === undefined || now - oldest.at < GATHER_MS) return undefined;
  const rows = sql.all<{ id: number; note: string }>('SELECT id, note FROM mark ORDER BY id LIMIT ?', MAX_MARKS);
  const last = rows.at(-1)?.id ?? 0;
  return {
    notes: rows.map(({ note }) => JSON.parse(note) as Note), // written by putMark only
    done: () => sql.run('DELETE FROM mark WHERE id <= ?', last),
  };
}

/** Deployments that ended since, oldest first, of an App or of all. */
export function listDeployments(sql: Sql, query: { readonly app?: string; readonly since: number }): DeploymentRecord[] {
  const { app, since } = query;
  const rows =
    app === undefined
      ? sql.all<Row>('SELECT * FROM figure WHERE done_at >= ? ORDER BY done_at DESC LIMIT ?', since, MAX_RECORDS)
      : sql.all<Row>('SELECT * FROM figure WHERE app = ? AND done_at >= ? ORDER BY id DESC LIMIT ?', app, since, MAX_RECORDS);
  return rows.reverse().map(toRecord);
}

function toRecord(row: Row): DeploymentRecord {
  const { app, project, kind, revision } = row;
  return {
    ...{ app, project, kind: kind === 'rollback' ? 'rollback' : 'deploy', revision },
    ...(row.done_at === null ? {} : { doneAt: row.done_at }),
    ...(row.committed_at === null ? {} : { committedAt: row.committed_at }),
    ...(row.healthy_at === null ? {} : { healthyAt: row.healthy_at }),
    ...(row.failed_at === null ? {} : { failedAt: row.failed_at }),
    ...(row.restored_at === null ? {} : { restoredAt: row.restored_at }),
  };
}
