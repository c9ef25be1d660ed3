import type { Deployment } from '../../core/api/control.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import type { Course } from '../../core/control/judge-rollback.ts';
import type { Sql } from '../platform/sql.ts';

/**
 * What was delivered of each App, one row for each time that another bundle or revision was: what people go back to. The ledger has the same for ever; here
 * stands beside it what became of it, and which bundles are kept.
 *
 *   deployment  the newest row of an App is what runs, or is to run. `kept`: its bundle's bytes are held, so that going back to it needs nobody.
 *               `wake`: when its course has to be judged (core/control/judge-rollback.ts)
 *   desired     gets the digest of the render that is held back, and the time at which a decision ends
 */
export const DEPLOYMENT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE deployment (id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, digest TEXT NOT NULL, row TEXT NOT NULL,
     kept INTEGER NOT NULL, wake INTEGER);
   CREATE INDEX deployment_by_app ON deployment (app, id);
   CREATE INDEX deployment_by_digest ON deployment (digest) WHERE kept = 1;
   CREATE INDEX deployment_by_wake ON deployment (wake) WHERE wake IS NOT NULL;
   ALTER TABLE desired ADD COLUMN next TEXT;
   ALTER TABLE desired ADD COLUMN wake INTEGER;
   CREATE INDEX desired_by_next ON desired (next) WHERE next IS NOT NULL;
   CREATE INDEX desired_by_wake ON desired (wake) WHERE wake IS NOT NULL`,
];

/** How many different bundles of an App are kept, the one that runs among them. */
const KEPT_BUNDLES = 10;
/** How many deployments of an App are known here. */
const KEPT_ROWS = 200;

/** One deployment; times in milliseconds since the epoch. */
export interface DeploymentRow extends Omit<Deployment, 'n' | 'outcome' | 'health' | 'leadMs'> {
  readonly committedAt?: number;
  readonly course: Course;
}

export interface StoredDeployment extends DeploymentRow {
  readonly id: number;
  readonly app: string;
  readonly isKept: boolean;
}

type Row = { id: number; app: string; row: string; kept: number };

function toStored({ id, app, row, kept }: Row): StoredDeployment {
  return { ...(JSON.parse(row) as DeploymentRow), id, app, isKept: kept === 1 }; // written by this file only
}

/** Deployments of an App, the newest first. */
export function listDeployments(sql: Sql, app: string, limit = KEPT_ROWS): StoredDeployment[] {
  return sql
    .all<Row>('SELECT id, app, row, kept FROM deployment WHERE app = ? ORDER BY id DESC LIMIT ?', app, limit)
    .map(toStored);
}

/** What runs, or is to run. */
export function newestDeployment(sql: Sql, app: string): StoredDeployment | undefined {
  return listDeployments(sql, app, 1)[0];
}

/**
 * Adds what is delivered from now on; call it inside the transaction that decides so. Gives the bundles that are no longer kept for this App: the
 * caller forgets those that nobody wants.
 */
export function addDeployment(sql: Sql, app: string, deployment: DeploymentRow): Digest[] {
  // What ran before is not judged any more.
  sql.run('UPDATE deployment SET wake = NULL WHERE app = ? AND wake IS NOT NULL', app);
  sql.run(
    'INSERT INTO deployment (app, digest, row, kept) VALUES (?, ?, ?, 1)',
    app,
    deployment.bundle,
    JSON.stringify(deployment),
  );
  const rows = sql.all<{ id: number; digest: string; kept: number }>(
    'SELECT id, digest, kept FROM deployment WHERE app = ? ORDER BY id DESC',
    app,
  );
  const kept = new Set<string>();
  const dropped = new Set<Digest>();
  for (const [i, row] of rows.entries()) {
    if (kept.size < KEPT_BUNDLES) kept.add(row.digest);
    if (i >= KEPT_ROWS) sql.run('DELETE FROM deployment WHERE id = ?', row.id);
    else if (row.kept === 1 && !kept.has(row.digest)) sql.run('UPDATE deployment SET kept = 0 WHERE id = ?', row.id);
    if (row.kept === 1 && !kept.has(row.digest)) dropped.add(row.digest);
  }
  return [...dropped];
}

/** Writes down the course of a deployment, and when it has to be judged. */
export function putCourse(sql: Sql, { id, app: _app, isKept: _kept, ...row }: StoredDeployment, wake: number | undefined): void {
  sql.run('UPDATE deployment SET row = ?, wake = ? WHERE id = ?', JSON.stringify(row), wake ?? null, id);
}

/** When the next deployment has to be judged. */
export function nextJudgement(sql: Sql): number | undefined {
  return sql.all<{ at: number | null }>('SELECT min(wake) AS at FROM deployment WHERE wake IS NOT NULL')[0]?.at ?? undefined;
}

export function dueDeployments(sql: Sql, now: number): StoredDeployment[] {
  return sql.all<Row>('SELECT id, app, row, kept FROM deployment WHERE wake <= ? ORDER BY id', now).map(toStored);
}

/** True while the bundle is kept for some App. */
export function isKept(sql: Sql, digest: Digest): boolean {
  return sql.all('SELECT 1 AS found FROM deployment WHERE kept = 1 AND digest = ? LIMIT 1', digest).length > 0;
}

/** Forgets the deployments of an App; gives the bundles that were kept for it. */
export function deleteDeployments(sql: Sql, app: string): Digest[] {
  const kept = sql.all<{ digest: string }>('SELECT DISTINCT digest FROM deployment WHERE app = ? AND kept = 1', app);
  sql.run('DELETE FROM deployment WHERE app = ?', app);
  return kept.map(({ digest }) => digest);
}

/** As people are shown them; `n` counts back from what runs now. */
export function toDeployments(rows: readonly StoredDeployment[]): Deployment[] {
  return rows.map(({ id: _id, app: _app, isKept: _kept, course, committedAt, ...row }, n) => ({
    ...row,
    n,
    ...(course.outcome === undefined ? {} : { outcome: course.outcome }),
    ...(course.health === undefined ? {} : { health: course.health }),
    ...(course.healthyAt === undefined || committedAt === undefined || row.action !== 'deploy'
      ? {}
      : { leadMs: Math.max(0, course.healthyAt - committedAt) }),
  }));
}
