import type { Health } from '../app/status.ts';
import type { ObjectKey } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { ObjectResult } from '../protocol/messages.ts';
import type { HookDeletePolicy, HookPhase } from './object-policy.ts';
import type { Plan } from './plan-types.ts';

/** How far a hook is. `pending`: not begun in this run; `begun`: before a restart, and not looked at since. */
export type HookState = 'pending' | 'begun' | 'running' | 'succeeded' | 'failed' | 'terminated';
/** What is kept of a hook over restarts. */
export type RecordedHookState = Exclude<HookState, 'pending' | 'begun'>;

/** A hook of this run. */
export interface HookRun {
  readonly key: ObjectKey;
  readonly phase: HookPhase;
  readonly state: HookState;
  readonly deletePolicies: readonly HookDeletePolicy[];
}

/** Names a hook in one phase: an object may be a hook in several. */
export type HookId = string;
export const hookId = (phase: HookPhase, key: ObjectKey): HookId => `${phase} ${key}`;

/**
 * A sync between two events.
 *
 *   new ─► comparing ─► for each step: (discovering) ─► pruning ─► writing ⇄ defining ─► waiting ─► … ─► cleaning ─► finished
 *                                           a failure: ─► failing (SyncFail hooks) ─► waiting ─► cleaning ─► finished
 *                                           superseded, terminated: ─► terminating ─► cleaning ─► finished
 */
export interface SyncState {
  readonly plan: Plan;
  readonly options: SyncOptions;
  readonly phase:
    | 'new'
    | 'comparing'
    | 'discovering'
    | 'pruning'
    | 'writing'
    | 'defining'
    | 'waiting'
    | 'failing'
    | 'terminating'
    | 'cleaning'
    | 'finished';
  /** The step and, in it, the stage that is done now. */
  readonly step: number;
  readonly stage: number;
  /** Why nothing more is begun. */
  readonly ended: 'failed' | 'superseded' | 'terminated' | 'replan' | undefined;
  /** What the comparison found; objects that need no write are not written. */
  readonly compared: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent'>;
  readonly results: readonly ObjectResult[];
  readonly hooks: ReadonlyMap<HookId, HookRun>;
  /** Deleted, but finalizers keep them for now. */
  readonly going: ReadonlySet<ObjectKey>;
}

export interface SyncOptions {
  /** Compares and says what would happen. */
  readonly dryRun: boolean;
  /** Hooks run even when nothing differs: a person asked, or the last run did not end well. */
  readonly asked: boolean;
}

/** What was seen of something that is waited for; `missing`: it is not there (any more). */
export type Seen = Health | 'missing';

export type SyncEvent =
  | { readonly type: 'start' }
  | { readonly type: 'compared'; readonly outcomes: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent' | Problem> }
  | { readonly type: 'discovered'; readonly served: boolean }
  | { readonly type: 'pruned'; readonly results: readonly ObjectResult[]; readonly going?: readonly ObjectKey[] }
  | { readonly type: 'written'; readonly results: readonly ObjectResult[] }
  | { readonly type: 'established'; readonly problems: readonly { readonly key: ObjectKey; readonly problem: Problem }[] }
  | {
      readonly type: 'observed';
      readonly health: ReadonlyMap<ObjectKey, Seen>;
      readonly hooks: ReadonlyMap<HookId, Seen>;
      /** Of what goes: what is still there, and which finalizers hold it. */
      readonly going: ReadonlyMap<ObjectKey, readonly string[]>;
      /** The time for this step is up. */
      readonly late: boolean;
    }
  | { readonly type: 'terminated'; readonly hooks: readonly HookId[] }
  | { readonly type: 'cleaned'; readonly results: readonly ObjectResult[] }
  | { readonly type: 'supersede' }
  | { readonly type: 'terminate' };

export type SyncEffect =
  | { readonly do: 'compare'; readonly keys: readonly ObjectKey[] }
  /** Is the kind of these served by now? */
  | { readonly do: 'discover'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'prune'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'write'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'await-definitions'; readonly keys: readonly ObjectKey[] }
  /** Wait until something of this changes, and tell how all of it is. */
  | {
      readonly do: 'await';
      readonly health: readonly ObjectKey[];
      readonly hooks: readonly HookId[];
      readonly gone: readonly ObjectKey[];
    }
  /** Delete hooks that run. */
  | { readonly do: 'terminate-hooks'; readonly hooks: readonly HookId[] }
  /** Let go of hooks that have ended, and delete those of them that are to be deleted. */
  | { readonly do: 'clean-hooks'; readonly release: readonly HookId[]; readonly remove: readonly HookId[] }
  | { readonly do: 'finish'; readonly outcome: SyncOutcome };

export type SyncOutcome = 'synced' | 'failed' | 'held' | 'superseded' | 'terminated' | 'replan';

export interface SyncStep {
  readonly state: SyncState;
  /** Undefined while one is still under way. */
  readonly effect: SyncEffect | undefined;
}

/** A sync that has not begun. `ran` are hooks of this run that were begun before a restart. */
export function newSync(plan: Plan, options: SyncOptions, ran: ReadonlyMap<HookId, RecordedHookState> = new Map()): SyncState {
  const hooks = new Map<HookId, HookRun>();
  for (const { object, hook } of [...plan.steps.flatMap((step) => step.stages.flat()), ...plan.onFailure]) {
    if (hook === undefined) continue;
    const id = hookId(hook.phase, object.key);
    const deletePolicies = object.policy.hook?.deletePolicies ?? [];
    const before = ran.get(id);
    const state = before === undefined ? 'pending' : before === 'running' ? 'begun' : before;
    hooks.set(id, { key: object.key, phase: hook.phase, state, deletePolicies });
  }
  return {
    plan,
    options,
    phase: 'new',
    step: 0,
    stage: 0,
    ended: undefined,
    compared: new Map(),
    results: [],
    hooks,
    going: new Set(),
  };
}
