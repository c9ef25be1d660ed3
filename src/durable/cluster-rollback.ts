import type { AppStatus } from '../../core/app/status.ts';
import { followReceipt, followStatus, judgeAt, judgeCourse } from '../../core/control/judge-rollback.ts';
import type { Receipt } from '../../core/protocol/messages.ts';
import { dueDeployments, listDeployments, newestDeployment, putCourse, type StoredDeployment } from '../deliver/deployments.ts';
import { type DesiredApp, readDesired, wantedState } from '../deliver/desired-apps.ts';
import { readFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';

/** Going back by itself: following what becomes of each deployment, and judging it in time. */

/** An agent that is not heard of is no reason to judge; it is looked at again after this time. */
const LOOK_AGAIN_MS = 60_000;
/** How long a list of revisions that were rolled back may get. */
const KEPT_REVISIONS = 20;

/** Writes down what a report says of the deployments that run; call it inside the transaction of the report. */
export function followDeployments(
  sql: Sql,
  { receipts, statuses }: { readonly receipts: readonly Receipt[]; readonly statuses: readonly AppStatus[] },
  now: number,
): void {
  for (const app of new Set([...receipts.map((one) => one.app), ...statuses.map((one) => one.app)])) {
    const deployment = newestDeployment(sql, app);
    if (deployment === undefined) continue;
    let { course } = deployment;
    for (const { bundle, outcome, dryRun, app: of } of receipts)
      if (of === app && bundle === deployment.bundle && dryRun !== true && outcome !== 'removed' && outcome !== 'acted')
        course = followReceipt(course, outcome, now);
    for (const status of statuses) if (status.app === app) course = followStatus(course, deployment.bundle, status, now);
    if (course !== deployment.course)
      putCourse(sql, { ...deployment, course }, wakeOf(readDesired(sql, app), { ...deployment, course }));
  }
}

/** When the course of a deployment must be judged; undefined where nothing is to come of it. */
export function wakeOf(
  app: DesiredApp | undefined,
  { course, revision }: Pick<StoredDeployment, 'course' | 'revision'>,
): number | undefined {
  const rule = app?.definition.control?.rollback;
  if (app === undefined || rule === undefined || !mayGoBack(app, revision)) return undefined;
  return judgeAt(course, rule);
}

/** Neither what is pinned, nor what people have stopped, nor a revision that went back before. */
function mayGoBack(app: DesiredApp, revision: string): boolean {
  const { pin, suspended, glass, rolledBack = [] } = app.control ?? {};
  if (wantedState(app) !== 'present' || app.definition.policy.suspended) return false;
  return pin === undefined && suspended === undefined && glass === undefined && !rolledBack.includes(revision);
}

/** A deployment that must go back now. */
export interface Verdict {
  readonly app: DesiredApp;
  readonly from: StoredDeployment;
  readonly because: 'deadline' | 'degraded';
  readonly text: string;
  /** The last one that was Healthy; undefined when there is none. */
  readonly to: StoredDeployment | undefined;
}

/** Judges what is due. What need not go back is looked at again when that may change. */
export function judgeDue(sql: Sql, now: number): Verdict[] {
  // What the agent said last may be long over.
  const isSilent = (readFact<number | null>(sql, 'silent') ?? undefined) !== undefined;
  return dueDeployments(sql, now).flatMap((from): Verdict[] => {
    const app = readDesired(sql, from.app);
    const rule = app?.definition.control?.rollback;
    if (app === undefined || rule === undefined || !mayGoBack(app, from.revision)) {
      putCourse(sql, from, undefined);
      return [];
    }
    const verdict = isSilent ? undefined : judgeCourse(from.course, rule, now);
    if (verdict === undefined) {
      const next = judgeAt(from.course, rule);
      putCourse(sql, from, next === undefined || next > now ? next : now + LOOK_AGAIN_MS);
      return [];
    }
    const earlier = listDeployments(sql, from.app).filter(({ id }) => id < from.id);
    const undone = new Set(app.control?.rolledBack);
    const to = earlier.find(
      ({ course, bundle, revision }) => course.healthyAt !== undefined && bundle !== from.bundle && !undone.has(revision),
    );
    return [{ app, from, ...verdict, to }];
  });
}

/** The revisions that are not rolled back again. */
export function withRolledBack(revisions: readonly string[] | undefined, revision: string): readonly string[] {
  return [...new Set([...(revisions ?? []), revision])].slice(-KEPT_REVISIONS);
}
