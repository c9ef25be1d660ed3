import type { Reason } from '../../core/api/control.ts';
import type { AppSummary, AppView } from '../../core/api/views.ts';
import { computeState, type Seen } from '../apps/app-state.ts';

/** What an App is waited for to become. */
export interface Wanted {
  readonly sync: boolean;
  readonly health: boolean;
  /** No sync runs and nothing that people asked for is open. */
  readonly operation: boolean;
  /** Source commit, or its first digits. */
  readonly revision?: string;
  /** A request that its agent must have answered. */
  readonly request?: string;
}

/**
 * How it stands: `done` as wanted; `waiting` goes on by itself; `held` until a person acts; `bad` it is Degraded, its sync fails, or it went back
 * by itself from what is wanted. `final` ones need no patience: nothing is going to change them.
 */
export interface Verdict {
  readonly kind: 'done' | 'waiting' | 'held' | 'bad';
  readonly final?: true;
  readonly why: readonly string[];
}

/** Reasons that only a person ends, whatever their severity. */
const HOLDS: ReadonlySet<string> = new Set([
  'approval',
  'suspended',
  'deleted',
  'manual',
  'pinned',
  'apply.held_deletion',
  'fleet.empty',
]);

/** Judges an App. `isLater` says that it runs a commit behind the one that is wanted. */
export function judgeApp(view: Seen, wanted: Wanted, isLater: boolean): Verdict {
  const { sync, health } = computeState(view);
  const reasons = view.reasons ?? [];
  const isOpen = wanted.request !== undefined && view.requests.some(({ id }) => id === wanted.request);
  const isReached = wanted.revision === undefined || view.revision.startsWith(wanted.revision) || isLater;
  const why = whyNot(view, { isReached, wanted });
  if (wentBack(view, wanted)) return { kind: 'bad', final: true, why };
  if (isOpen) return { kind: 'waiting', why };
  const isWell =
    (!wanted.sync || sync === 'Synced') &&
    (!wanted.health || health === 'Healthy' || health === 'Suspended') &&
    isQuiet(view, wanted);
  if (view.state === 'present' && isReached && isWell) return { kind: 'done', why: [] };
  if (reasons.some((reason) => holds(reason, view, isReached))) return { kind: 'held', why };
  // What is said of a state that is about to be replaced does not count.
  const isCurrent = isReached && view.status?.bundle === (view.bundle ?? '');
  const isBad =
    (isCurrent && health === 'Degraded') ||
    reasons.some(({ severity, code }) => severity === 'bad' && !HOLDS.has(code) && (isCurrent || !isOfState(view, code)));
  return { kind: isBad ? 'bad' : 'waiting', why };
}

/** Reasons that speak of what runs, not of what is to come. */
const STATES: ReadonlySet<string> = new Set([
  'degraded',
  'progressing',
  'missing',
  'drift',
  'retrying',
  'syncing',
  'rollback_failed',
]);

function isOfState(view: Seen, code: string): boolean {
  const { status, problems } = view;
  const isToCome = problems.some((problem) => problem.code === code);
  const isSeen = status !== undefined && [...status.problems, ...objectProblems(view)].some((problem) => problem.code === code);
  return STATES.has(code) || (isSeen && !isToCome);
}

function objectProblems({ status }: Seen) {
  return status !== undefined && 'resources' in status ? status.resources.flatMap(({ problem }) => problem ?? []) : [];
}

/** True while nothing runs and nothing is asked. */
function isQuiet(view: Seen, { operation }: Wanted): boolean {
  return !operation || (view.status?.progress?.state !== 'running' && view.requests.length === 0);
}

/** A rollback that nobody asked for, from just what is wanted. */
function wentBack({ control }: AppSummary | AppView, { revision }: Wanted): boolean {
  const pin = control?.pin;
  return revision !== undefined && pin?.automatic !== undefined && pin.from.revision.startsWith(revision);
}

function holds({ code }: Reason, view: Seen, isReached: boolean): boolean {
  // A pin holds back only what has not come; a sync that somebody asked for is what an App without auto-sync waits for.
  if (code === 'pinned') return !isReached;
  if (code === 'manual') return view.requests.length === 0 && view.status?.progress?.state !== 'running';
  return HOLDS.has(code);
}

/** In words, the most important first; empty when there is nothing to say. */
function whyNot(view: Seen, { isReached, wanted }: { readonly isReached: boolean; readonly wanted: Wanted }): readonly string[] {
  const reasons = (view.reasons ?? []).map(({ text, fix }) => (fix === undefined ? text : `${text} (${fix})`));
  const { message } = computeState(view);
  const said = reasons.length > 0 ? reasons : message === '' ? [] : [message];
  return isReached ? said : [`${wanted.revision?.slice(0, 7)} has not come to it yet`, ...said];
}
