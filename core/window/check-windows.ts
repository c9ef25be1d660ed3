import type { SyncWindow } from '../app/policy.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { isOpen, nextChange, type OpenTimes, parseWindow, wallTime } from './window-state.ts';

/**
 * May an App be synced now? Argo CD's rules for the windows of its project that match it
 * (https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/types.go, `CanSync`), in this order:
 *
 *   1. no windows                     yes
 *   2. a deny is open                 no; but yes for a person if every open deny says manualSync; and yes for a sync that has begun
 *                                     when it was allowed, if every open deny says syncOverrun
 *   3. an allow is open               yes
 *   4. there are allows, none open    no; with the same two exceptions, asked of every allow
 *   5. only denies, none open         yes
 *
 * Healing drift is a sync by itself. Terminating is never asked about here: a sync that must not go on must still be able to end.
 */
export interface WindowQuestion {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who began, or would begin, the sync. */
  readonly by: 'auto' | 'manual';
  /** When the sync that runs began (ms); absent when it is about to. */
  readonly startedAt?: number;
}

/**
 * `endsAt` and `until` say when (ms) the answer turns; absent when no such time is in sight: ask again within the day then.
 * `problem` says why not: `apply.window`, or `app.invalid` for a window that cannot be read, which closes all of them as upstream does.
 */
export type WindowAnswer =
  | { readonly allowed: true; readonly endsAt?: number }
  | { readonly allowed: false; readonly until?: number; readonly problem: Problem };

/** Openings and closings that are looked through for a turn of the answer. */
const MAX_CHANGES = 500;

/** Whether a sync may begin or go on, until when, and why not. */
export function checkWindows(windows: readonly SyncWindow[], question: WindowQuestion): WindowAnswer {
  const parsed: OpenTimes[] = [];
  for (const window of windows) {
    const times = parseWindow(window);
    if (!times.ok) return { allowed: false, problem: times.error };
    parsed.push(times.value);
  }
  const allowed = isAllowed(parsed, question);
  const turn = findTurn(parsed, question, allowed);
  if (allowed) return turn === undefined ? { allowed } : { allowed, endsAt: turn.time };
  const reason = problem('apply.window', describe(parsed, question, turn));
  return turn === undefined ? { allowed, problem: reason } : { allowed, until: turn.time, problem: reason };
}

function isAllowed(all: readonly OpenTimes[], { now, by, startedAt }: WindowQuestion): boolean {
  const open = all.filter((times) => isOpen(times, now)).map((times) => times.window);
  const denies = open.filter((window) => window.kind === 'deny');
  const allows = all.map((times) => times.window).filter((window) => window.kind === 'allow');
  if (denies.length === 0 && (allows.length === 0 || open.length > 0)) return true;
  const closing = denies.length > 0 ? denies : allows;
  if (by === 'manual' && closing.every((window) => window.manualSync === true)) return true;
  return (
    startedAt !== undefined && closing.every((window) => window.syncOverrun === true) && isAllowed(all, { now: startedAt, by })
  );
}

interface Turn {
  readonly time: number;
  /** The window that opens or closes then. */
  readonly by: OpenTimes;
}

/** The first time after `now` at which the answer is another one. */
function findTurn(all: readonly OpenTimes[], question: WindowQuestion, allowed: boolean): Turn | undefined {
  const next = all.map((times) => nextChange(times, question.now));
  for (let change = 0; change < MAX_CHANGES; change++) {
    const time = Math.min(...next.map((at) => at ?? Number.POSITIVE_INFINITY));
    const index = next.indexOf(time);
    const by = all[index];
    if (by === undefined) return undefined;
    if (isAllowed(all, { ...question, now: time }) !== allowed) return { time, by };
    for (const [other, times] of all.entries()) if (next[other] === time) next[other] = nextChange(times, time);
  }
  return undefined;
}

function describe(all: readonly OpenTimes[], question: WindowQuestion, turn: Turn | undefined): string {
  const denied = all.some((times) => times.window.kind === 'deny' && isOpen(times, question.now));
  const what = denied ? 'inside a sync window that denies' : 'outside sync window';
  const until = turn === undefined ? ', and none of the next changes allows it' : ` until ${describeTime(turn)}`;
  const byHand = question.by === 'auto' && isAllowed(all, { now: question.now, by: 'manual' });
  return `${what}${until}${byHand ? '; a person may sync' : ''}`;
}

/** `2026-11-21 18:00 Europe/Berlin`; seconds only where there are some. */
function describeTime({ time, by }: Turn): string {
  const text = new Date(wallTime(by, time)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, text.slice(17, 19) === '00' ? 16 : 19)} ${by.zone}`;
}
