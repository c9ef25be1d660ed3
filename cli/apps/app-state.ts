import type { AppId } from '../../core/api/board.ts';
import type { AppSummary, AppView } from '../../core/api/views.ts';
import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import type { Colour } from '../terminal.ts';

export type Seen = AppView | AppSummary;

/** An App in a few words. */
export interface AppState {
  readonly sync: SyncStatus;
  readonly health: HealthStatus;
  readonly message: string;
}

/**
 * What can be said of an App now. Its agent's report counts as long as it speaks of the bundle that is wanted; before that the App is out of sync,
 * whatever the report says (invariant I9).
 */
export function computeState(view: Seen): AppState {
  const { status } = view;
  const problems = [...view.problems, ...(status?.problems ?? [])];
  const first = problems[0]?.message;
  const message = first === undefined ? undefined : `${first}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`;
  if (status === undefined)
    return { sync: 'Unknown', health: 'Unknown', message: message ?? 'waiting for the first report of the agent' };
  const health = status.health.status;
  if (view.state === 'removed') return { sync: 'OutOfSync', health, message: message ?? 'being removed' };
  if (status.bundle !== (view.bundle ?? '')) {
    return { sync: 'OutOfSync', health, message: message ?? `waiting for the agent to take ${shortRevision(view.revision)}` };
  }
  const asked = view.requests[0];
  const waiting = asked === undefined ? undefined : `${asked.kind} asked for by ${asked.actor}`;
  // Why something is healthy is not worth a line.
  const why = health === 'Healthy' ? undefined : status.health.message;
  const progress = status.progress?.message;
  return { sync: status.sync, health, message: message ?? progress ?? waiting ?? why ?? '' };
}

/** True when the App is as Git says and works. */
export function isSettled(view: Seen): boolean {
  const { sync, health } = computeState(view);
  return view.state === 'present' && sync === 'Synced' && (health === 'Healthy' || health === 'Suspended');
}

const COLOURS: { readonly [word in SyncStatus | HealthStatus]: Colour } = {
  Synced: 'green',
  OutOfSync: 'yellow',
  Unknown: 'gray',
  Healthy: 'green',
  Suspended: 'cyan',
  Progressing: 'yellow',
  Missing: 'red',
  Degraded: 'red',
};

/** A word of status in its colour. */
export function statusCell(word: SyncStatus | HealthStatus): { readonly text: string; readonly colour: Colour | undefined } {
  // The word came over the network: an unknown one has no colour.
  return { text: word, colour: COLOURS[word] as Colour | undefined };
}

/** `cluster/app`, how people name an App. */
export function nameOf(view: AppId): string {
  return `${view.cluster}/${view.app}`;
}
