import type { AppStatus, SyncProgress } from '../../../core/app/status.ts';
import type { ObjectResult, Receipt } from '../../../core/protocol/messages.ts';

/** A step that the sync told of: its phase and wave, and what it said. */
export interface SyncStep {
  readonly phase: string;
  readonly wave?: number;
  readonly message: string;
  readonly isWaiting: boolean;
  readonly since: number;
}

/** A sync from the moment that somebody asked for it until its receipt. */
export interface SyncFollow {
  readonly id: string;
  readonly steps: readonly SyncStep[];
  readonly counts: SyncCounts;
  readonly receipt?: Receipt;
}
export interface SyncCounts {
  readonly total: number;
  readonly synced: number;
  readonly healthy: number;
  readonly failed: number;
}

const MOST_STEPS = 200;

export function startFollow(id: string): SyncFollow {
  return { id, steps: [], counts: { total: 0, synced: 0, healthy: 0, failed: 0 } };
}

/** What is known after another status: a step is added when the progress says something new. */
export function followStatus(follow: SyncFollow, { progress, resources }: AppStatus): SyncFollow {
  const last = follow.steps.at(-1);
  const step = progress === undefined ? undefined : toStep(progress);
  const isNew =
    step !== undefined &&
    (last === undefined || last.message !== step.message || last.phase !== step.phase || last.wave !== step.wave);
  return {
    ...follow,
    steps: isNew ? [...follow.steps, step].slice(-MOST_STEPS) : follow.steps,
    counts: {
      total: resources.length,
      synced: resources.filter(({ sync }) => sync === 'Synced').length,
      healthy: resources.filter(({ health }) => health.status === 'Healthy').length,
      failed: resources.filter(({ problem }) => problem !== undefined).length,
    },
  };
}

function toStep({ phase, wave, message, state, since }: SyncProgress): SyncStep {
  return { phase: phase ?? '', message, isWaiting: state === 'waiting', since, ...(wave === undefined ? {} : { wave }) };
}

export type PhaseState = 'done' | 'now' | 'next';

/** The phases of a sync in their order, as far as they were heard of, `Sync` always among them, and which of them runs. */
export function computePhases({
  steps,
  receipt,
}: SyncFollow): readonly { readonly phase: string; readonly state: PhaseState; readonly wave?: number }[] {
  const heard = new Set(['Sync', ...steps.map(({ phase }) => phase).filter((phase) => phase !== '')]);
  const order = ['PreSync', 'Sync', 'PostSync', 'SyncFail'];
  const phases = [...order.filter((phase) => heard.has(phase)), ...[...heard].filter((phase) => !order.includes(phase))];
  const current = steps.findLast(({ phase }) => phase !== '');
  const at = current === undefined ? -1 : phases.indexOf(current.phase);
  return phases.map((phase, i) => ({
    phase,
    state: receipt !== undefined || i < at ? 'done' : i === at ? 'now' : 'next',
    ...(receipt === undefined && i === at && current?.wave !== undefined ? { wave: current.wave } : {}),
  }));
}

/** Results worth reading first: what failed, then what changed, then the rest; each in its own order. */
export function sortResults(results: readonly ObjectResult[]): readonly ObjectResult[] {
  const rank = ({ action }: ObjectResult) => (action === 'failed' ? 0 : action === 'unchanged' || action === 'skipped' ? 2 : 1);
  return results.toSorted((a, b) => rank(a) - rank(b));
}

const WORDS: { readonly [action in ObjectResult['action']]: readonly [done: string, rehearsed: string] } = {
  created: ['created', 'would be created'],
  configured: ['changed', 'would be changed'],
  unchanged: ['unchanged', 'unchanged'],
  replaced: ['replaced', 'would be replaced'],
  recreated: ['deleted and created again', 'would be deleted and created again'],
  pruned: ['deleted', 'would be deleted'],
  kept: ['kept, though Git no longer has it', 'would be kept, though Git no longer has it'],
  skipped: ['skipped', 'would be skipped'],
  failed: ['failed', 'would fail'],
};

/** What happened to an object, or would have. */
export function describeResult({ action }: ObjectResult, isDryRun: boolean): string {
  return WORDS[action][isDryRun ? 1 : 0];
}

/** `3 created, 1 failed, 8 unchanged`: how often each action occurs, in the order of the table above. */
export function describeResults(results: readonly ObjectResult[], isDryRun: boolean): string {
  const counts = Map.groupBy(results, ({ action }) => action);
  return Object.entries(WORDS)
    .flatMap(([action, words]) => {
      // The keys of WORDS are the actions.
      const count = counts.get(action as ObjectResult['action'])?.length ?? 0;
      return count === 0 ? [] : [`${count} ${words[isDryRun ? 1 : 0]}`];
    })
    .join(', ');
}
