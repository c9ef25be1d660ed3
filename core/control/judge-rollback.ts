import type { AppStatus } from '../app/status.ts';
import type { Digest } from '../bundle/bundle.ts';
import type { RollbackRule } from './control-rules.ts';

/**
 * When a deployment goes back by itself. It is followed from the moment at which the agent has begun to apply it: one that waits for a window or for
 * another App is not judged, and neither is anything while the agent is silent.
 *
 *   deadline   it was never Healthy within deadlineSeconds of that moment
 *   degraded   it is Degraded, and has been for degradedSeconds without a break
 */
export interface Course {
  /** The agent has begun to apply it. Milliseconds since the epoch, the Worker's clock, as all times here. */
  readonly begunAt?: number;
  /** It was Healthy for the first time. */
  readonly healthyAt?: number;
  /** Degraded since then, without a break. */
  readonly degradedAt?: number;
  readonly health?: string;
  readonly outcome?: 'synced' | 'failed' | 'held';
}

/** The course of a deployment after a status of its App; the same object when the status says nothing new of it. */
export function followStatus(course: Course, bundle: Digest, status: AppStatus, now: number): Course {
  if (status.bundle !== bundle) return course;
  const { health, sync, progress } = status;
  const hasBegun = sync === 'Synced' || progress?.code === 'apply.waiting' || progress?.state === 'running';
  const isWell = health.status === 'Healthy' && sync === 'Synced';
  const next: Course = {
    ...course,
    ...(course.begunAt === undefined && hasBegun ? { begunAt: now } : {}),
    ...(course.healthyAt === undefined && isWell ? { healthyAt: now } : {}),
    health: health.status,
  };
  const { degradedAt, ...rest } = next;
  if (health.status !== 'Degraded') return sameAs(course, rest);
  return sameAs(course, { ...rest, degradedAt: degradedAt ?? now });
}

/** The course after a receipt for it. */
export function followReceipt(course: Course, outcome: NonNullable<Course['outcome']>, now: number): Course {
  return sameAs(course, { ...course, outcome, ...(course.begunAt === undefined ? { begunAt: now } : {}) });
}

function sameAs(before: Course, after: Course): Course {
  const keys = ['begunAt', 'healthyAt', 'degradedAt', 'health', 'outcome'] as const;
  return keys.every((key) => before[key] === after[key]) ? before : after;
}

/** When it has to be judged (again); undefined while nothing can come of it. */
export function judgeAt({ begunAt, healthyAt, degradedAt }: Course, rule: RollbackRule): number | undefined {
  const times = [
    begunAt === undefined || healthyAt !== undefined ? undefined : begunAt + rule.deadlineSeconds * 1000,
    degradedAt === undefined ? undefined : degradedAt + rule.degradedSeconds * 1000,
  ].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Why it must go back now; undefined when it need not. */
export function judgeCourse(
  course: Course,
  rule: RollbackRule,
  now: number,
): { readonly because: 'deadline' | 'degraded'; readonly text: string } | undefined {
  const { begunAt, healthyAt, degradedAt, health } = course;
  if (degradedAt !== undefined && now >= degradedAt + rule.degradedSeconds * 1000)
    return { because: 'degraded', text: `Degraded for ${rule.degradedSeconds} s` };
  const isUnwell = health === 'Degraded' || health === 'Progressing' || health === 'Missing';
  if (begunAt !== undefined && healthyAt === undefined && isUnwell && now >= begunAt + rule.deadlineSeconds * 1000)
    return { because: 'deadline', text: `not Healthy within ${rule.deadlineSeconds} s` };
  return undefined;
}
