import { setTimeout as sleep } from 'node:timers/promises';
import type { AppSummary } from '../../core/api/views.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure } from '../failure.ts';
import { computeState, nameOf } from './app-state.ts';
import { listApps } from './find-app.ts';

const POLL_MS = 500;

export interface Wait {
  /** The Apps that are meant, among all; fails when they cannot be named. */
  select(apps: readonly AppSummary[]): Result<readonly AppSummary[], Failure>;
  isDone(view: AppSummary): boolean;
  readonly timeoutMs: number;
  /** Is told when the state of an App changed. */
  onChange(line: string): void;
}

/** How waiting ended; `pending` is empty when everything is as asked. */
export interface Waited {
  readonly apps: readonly AppSummary[];
  readonly pending: readonly AppSummary[];
}

/** Looks twice a second until the Apps are as asked or the time is over. A Worker that is away for a moment is waited for. */
export async function waitForApps(api: ApiClient, wait: Wait): Promise<Result<Waited, Failure>> {
  const deadline = Date.now() + wait.timeoutMs;
  const said = new Map<string, string>();
  for (let first = true; ; first = false) {
    const all = await listApps(api);
    const isOver = Date.now() >= deadline;
    if (all.ok) {
      const chosen = wait.select(all.value);
      if (!chosen.ok) return chosen;
      for (const view of chosen.value) tellChange(view, said, wait.onChange);
      const pending = chosen.value.filter((view) => !wait.isDone(view));
      // No App at all is no success: the fleet may just have been added.
      if ((pending.length === 0 && chosen.value.length > 0) || isOver) return ok({ apps: chosen.value, pending });
    } else if (first || isOver || !isPassing(all.error)) return all;
    await sleep(Math.max(0, Math.min(POLL_MS, deadline - Date.now())));
  }
}

function isPassing(failure: Failure): boolean {
  return failure.exit === EXIT.refused && failure.code !== 'api.unauthenticated';
}

function tellChange(view: AppSummary, said: Map<string, string>, onChange: (line: string) => void): void {
  const line = describeState(view);
  if (said.get(nameOf(view)) !== line) onChange(line);
  said.set(nameOf(view), line);
}

/** `eu-1/web 4f1c2aa Synced Progressing: 1 of 3 updated`. */
export function describeState(view: AppSummary): string {
  const { sync, health, message } = computeState(view);
  return `${nameOf(view)} ${shortRevision(view.revision)} ${sync} ${health}${message === '' ? '' : `: ${message}`}`;
}
