import type { AppControl, Reason } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import { PROBLEM_KINDS } from '../../../core/problem/codes.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import { describeDuration } from '../../components/age.ts';
import { toLine } from './plain-text.ts';

/** A reason as the page shows it. */
export interface ReasonView {
  readonly code: string;
  readonly text: string;
  readonly severity: Reason['severity'];
  readonly fix?: string;
  /** `for 3 min`, `until 18:00 (in 2 h)`. */
  readonly when?: string;
}

/** Reasons that are decisions of people: the page shows each decision beside its way back, and need not say it twice. */
const SHOWN_AS: { readonly [part in keyof AppControl]-?: string } = {
  pin: 'pinned',
  suspended: 'suspended',
  glass: 'glass',
  windows: 'windows',
  approval: 'approval',
  deleted: 'deleted',
  rollbackFailed: 'rollback_failed',
  deletions: 'apply.held_deletion',
  next: '',
};

/**
 * Why an App is not simply well: the Worker's reasons, the first first, but for the decisions that the page shows anyway; without them its
 * problems, as a Worker before this page gave them.
 */
export function toReasonViews(view: AppView, now: number): readonly ReasonView[] {
  const { reasons, control = {} } = view;
  const shown = new Set(Object.keys(control).map((part) => SHOWN_AS[part as keyof AppControl])); // the keys of an AppControl
  if (reasons !== undefined) return reasons.filter(({ code }) => !shown.has(code)).map((reason) => toReasonView(reason, now));
  const problems = [...view.problems, ...(view.status?.problems ?? [])];
  return problems.map(fromProblem);
}

function toReasonView(reason: Reason, now: number): ReasonView {
  const when = describeWhen(reason, now);
  return {
    code: reason.code,
    text: toLine(reason.text),
    severity: reason.severity,
    ...(reason.fix === undefined ? {} : { fix: toLine(reason.fix) }),
    ...(when === undefined ? {} : { when }),
  };
}

function describeWhen({ since, until }: Reason, now: number): string | undefined {
  if (until !== undefined && until > now) return `until ${describeTime(until, now)} (in ${describeDuration(until - now)})`;
  if (since !== undefined && since <= now) return `for ${describeDuration(now - since)}`;
  return undefined;
}

/** A time of the person's own clock, with its day when that is not today. */
export function describeTime(time: number, now: number): string {
  const isToday = new Date(time).toDateString() === new Date(now).toDateString();
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(undefined, isToday ? clock : { day: 'numeric', month: 'short', ...clock }).format(time);
}

function fromProblem(problem: Problem): ReasonView {
  const kind = PROBLEM_KINDS[problem.code];
  const where = problem.where === undefined ? '' : ` (${problem.where})`;
  return {
    code: problem.code,
    text: toLine(`${problem.message}${where}`),
    severity: kind?.next === 'user' ? 'bad' : 'wait',
    ...(kind === undefined ? {} : { fix: kind.fix }),
  };
}
