import { setTimeout as sleep } from 'node:timers/promises';
import type { AppView } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok, type Result } from '../../core/result.ts';
import { describeProgress } from '../apps/app-details.ts';
import { computeState, nameOf, type Seen } from '../apps/app-state.ts';
import { EXIT, type ExitCode, type Failure } from '../failure.ts';
import type { Progress, ProgressItem } from '../output/progress.ts';
import type { Verdict } from './judge-app.ts';

const POLL_MS = 500;

export interface Wait<One extends Seen> {
  /** The Apps that are meant, as they are now. */
  look(): Promise<Result<readonly One[], Failure>>;
  judge(view: One): Verdict | Promise<Verdict>;
  readonly timeoutMs: number;
  /** How long an App may be held or bad before waiting ends early. */
  readonly patienceMs: number;
  readonly progress: Progress;
}

export interface Judged<One extends Seen> {
  readonly view: One;
  readonly verdict: Verdict;
}

/** How waiting ended: `ok` when everything is as asked. The order of the others is the order in which they matter. */
export interface Waited<One extends Seen> {
  readonly exit: typeof EXIT.ok | typeof EXIT.bad | typeof EXIT.held | typeof EXIT.timeout;
  readonly apps: readonly Judged<One>[];
}

/**
 * Looks twice a second until the Apps are as asked, the time is over, or one of them is bad or held for longer than patience lasts. A Worker that is
 * away for a moment is waited for.
 */
export async function waitForApps<One extends Seen>(wait: Wait<One>): Promise<Result<Waited<One>, Failure>> {
  const start = Date.now();
  const deadline = start + wait.timeoutMs;
  const stuck = new Map<string, number>();
  for (let first = true; ; first = false) {
    const found = await wait.look();
    const now = Date.now();
    if (found.ok) {
      const apps = await Promise.all(found.value.map(async (view) => ({ view, verdict: await wait.judge(view) })));
      wait.progress.show(apps.map(toItem));
      noteStuck(stuck, apps, now);
      const isOver = now >= deadline || apps.some((one) => isStuck(one, { stuck, now, patienceMs: wait.patienceMs }));
      // No App at all is no success: the fleet may just have been added.
      if ((apps.length > 0 && apps.every(({ verdict }) => verdict.kind === 'done')) || isOver)
        return ok({ exit: toExit(apps), apps });
    } else if (first || now >= deadline || !isPassing(found.error)) return found;
    await sleep(Math.max(0, Math.min(POLL_MS, deadline - Date.now())));
  }
}

function noteStuck(stuck: Map<string, number>, apps: readonly Judged<Seen>[], now: number): void {
  for (const { view, verdict } of apps) {
    const name = nameOf(view);
    if (verdict.kind === 'done' || verdict.kind === 'waiting') stuck.delete(name);
    else if (!stuck.has(name)) stuck.set(name, now);
  }
}

function isStuck(
  { view, verdict }: Judged<Seen>,
  { stuck, now, patienceMs }: { readonly stuck: ReadonlyMap<string, number>; readonly now: number; readonly patienceMs: number },
): boolean {
  if (verdict.final === true) return true;
  const since = stuck.get(nameOf(view));
  return since !== undefined && now - since >= patienceMs;
}

function toExit(apps: readonly Judged<Seen>[]): Waited<Seen>['exit'] {
  const kinds = new Set(apps.map(({ verdict }) => verdict.kind));
  if (kinds.has('bad')) return EXIT.bad;
  if (kinds.has('held')) return EXIT.held;
  return kinds.has('waiting') || apps.length === 0 ? EXIT.timeout : EXIT.ok;
}

function isPassing(failure: Failure): boolean {
  return failure.exit === EXIT.refused && failure.code !== 'api.unauthenticated' && failure.code !== 'api.not_found';
}

/** What an ending that is not `ok` is called. */
export function describeExit(exit: ExitCode): string {
  if (exit === EXIT.bad) return 'it does not work';
  return exit === EXIT.held ? 'nothing goes on before somebody acts' : 'the time is over';
}

/** An App and why it is not there yet. */
function toItem({ view, verdict }: Judged<Seen>): ProgressItem {
  return { name: nameOf(view), line: describeState(view), details: verdict.kind === 'done' ? [] : detailsOf(view, verdict) };
}

function detailsOf(view: Seen, verdict: Verdict): readonly string[] {
  const progress = view.status?.progress;
  const doing = progress === undefined ? [] : [describeProgress(progress)];
  const why = verdict.why.filter((text) => progress === undefined || !text.includes(progress.message));
  return [...doing, ...why, ...('resources' in (view.status ?? {}) ? openObjects(view as AppView) : [])].slice(0, MOST_DETAILS);
}

const MOST_DETAILS = 8;
const MOST_OBJECTS = 4;

/** Objects that are not there yet, by name, while the App is being synced. */
function openObjects({ status, bundle }: AppView): readonly string[] {
  if (status === undefined || status.bundle !== (bundle ?? '')) return [];
  const open = status.resources.filter(({ health }) => health.status === 'Progressing' || health.status === 'Degraded');
  const lines = open.slice(0, MOST_OBJECTS).map(({ key, health }) => {
    const [, kind = '', , name = ''] = key.split('/');
    return `${kind} ${name}: ${health.status}${health.message === undefined ? '' : `, ${health.message}`}`;
  });
  return open.length > MOST_OBJECTS ? [...lines, `and ${open.length - MOST_OBJECTS} more objects`] : lines;
}

/** `eu-1/web 4f1c2aa Synced Progressing`. */
export function describeState(view: Seen): string {
  const { sync, health } = computeState(view);
  return `${nameOf(view)} ${shortRevision(view.revision)} ${sync} ${health}`;
}
