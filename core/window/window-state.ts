import type { SyncWindow } from '../app/policy.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';
import { type CronSchedule, endOfCover, parseCron, RAREST_MS, startAfter, startAtOrBefore } from './cron-schedule.ts';
import { isTimeZone, nextTransition, offsetAt } from './zone-offset.ts';

/**
 * When one sync window is open. It goes by the clock on the wall, as Argo CD's does
 * (https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/types.go, `active`):
 *
 *   wall = time + offset of the zone at that time
 *   open if and only if the schedule has a start s with  s <= wall < s + duration
 *
 * So a window from 22:00 for 8 hours ends at 06:00 whether the clocks change that night or not; one that lies in the hour that comes
 * twice is open twice, and one that begins in the hour that is left out opens when the clocks go forward.
 *
 * Where upstream is mistaken we differ: a schedule that never comes is always open there; an unknown zone is taken for UTC there;
 * a question about another time than now (has this sync begun in a window?) uses the offset of now there.
 */
export interface OpenTimes {
  readonly window: SyncWindow;
  readonly schedule: CronSchedule;
  readonly zone: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** How far ahead the end of what never pauses is looked for: the calendar of a schedule hardly differs from year to year. */
const HORIZON_MS = 400 * 86_400_000;

/** Reads a window's schedule, duration and zone; fails with `app.invalid`, which says what to write instead. */
export function parseWindow(window: SyncWindow, where?: string): Result<OpenTimes, Problem> {
  const refuse = (message: string) => err(problem('app.invalid', message, where === undefined ? {} : { where }));
  const schedule = parseCron(window.schedule);
  if (!schedule.ok) return refuse(`sync window \`${window.schedule}\`: ${schedule.error}`);
  const zone = window.timeZone === undefined || window.timeZone === '' ? 'UTC' : window.timeZone;
  if (!isTimeZone(zone)) return refuse(`sync window: \`${zone}\` is no time zone; use a name such as Europe/Berlin`);
  if (!(window.durationSeconds > 0)) return refuse('sync window: the duration must be above zero');
  return ok({ window, schedule: schedule.value, zone, duration: window.durationSeconds * 1000 });
}

/** True while the window is open at a time (ms). */
export function isOpen(times: OpenTimes, time: number): boolean {
  return openSince(times, wallTime(times, time)) !== undefined;
}

/** The next time (ms) after `time` at which the window opens or closes; undefined when none is in sight. */
export function nextChange(times: OpenTimes, time: number): number | undefined {
  const before = isOpen(times, time);
  let from = time;
  while (from <= time + (before ? HORIZON_MS : RAREST_MS)) {
    const change = changeWithoutTransition(times, from);
    // Clocks may be changed before, and back again after, a time that is far away.
    const to = change ?? from + HORIZON_MS;
    const transition = nextTransition(times.zone, { from, to });
    if (transition === undefined) return change;
    if (isOpen(times, transition) !== before) return transition;
    from = transition;
  }
  return undefined;
}

/** The time on the wall of the window's zone, as if it were UTC. */
export function wallTime(times: OpenTimes, time: number): number {
  return time + offsetAt(times.zone, time);
}

function openSince(times: OpenTimes, wall: number): number | undefined {
  const start = startAtOrBefore(times.schedule, wall);
  return start !== undefined && wall < start + times.duration ? start : undefined;
}

function changeWithoutTransition(times: OpenTimes, time: number): number | undefined {
  const { schedule, duration } = times;
  const wall = wallTime(times, time);
  const start = openSince(times, wall);
  const change =
    start === undefined ? startAfter(schedule, wall) : endOfCover(schedule, { start, duration, horizon: HORIZON_MS });
  return change === undefined ? undefined : time + (change - wall);
}
