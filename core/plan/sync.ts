import type { ObjectKey } from '../objects/object.ts';
import { PROBLEM_KINDS } from '../problem/codes.ts';
import type { Problem } from '../problem/problem.ts';
import type { ObjectResult } from '../protocol/messages.ts';
import { assertNever } from '../result.ts';
import type { Plan } from './plan.ts';

/**
 * A sync as a pure step function: `(state, event) → state + effects`. The runner (agent/apply/run-sync.ts) carries an effect out and
 * answers with the next event; there is never more than one effect at a time, which works on many objects side by side.
 *
 *   start ─► compare ─► write stage 0 ─► (await definitions) ─► write stage 1 … ─► prune stage 0 … ─► finish
 *
 * A comparison that the API server refuses ends the sync before anything was written; a failed stage ends it before the next one, as in
 * Argo CD and Flux; nothing is pruned after a failure; `supersede` ends it after the effect under way.
 */
export interface SyncState {
  readonly plan: Plan;
  readonly phase: 'new' | 'comparing' | 'writing' | 'awaiting' | 'pruning' | 'finished';
  readonly stage: number;
  readonly dryRun: boolean;
  readonly superseded: boolean;
  /** What the comparison found; objects that need no write are not written. */
  readonly compared: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent'>;
  readonly results: readonly ObjectResult[];
}

export type SyncEvent =
  | { readonly type: 'start' }
  | { readonly type: 'compared'; readonly outcomes: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent' | Problem> }
  | { readonly type: 'written'; readonly results: readonly ObjectResult[] }
  | { readonly type: 'established'; readonly problems: readonly { readonly key: ObjectKey; readonly problem: Problem }[] }
  | { readonly type: 'pruned'; readonly results: readonly ObjectResult[] }
  | { readonly type: 'supersede' };

export type SyncEffect =
  | { readonly do: 'compare'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'write'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'await-definitions'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'prune'; readonly keys: readonly ObjectKey[] }
  | { readonly do: 'finish'; readonly outcome: SyncOutcome };

export type SyncOutcome = 'synced' | 'failed' | 'held' | 'superseded';

export interface SyncStep {
  readonly state: SyncState;
  readonly effect: SyncEffect | undefined;
}

/** A sync that has not begun. `dryRun` compares and says what would happen. */
export function newSync(plan: Plan, options: { readonly dryRun: boolean }): SyncState {
  return { plan, phase: 'new', stage: 0, dryRun: options.dryRun, superseded: false, compared: new Map(), results: [] };
}

/** Advances a sync by one event; an effect of undefined means that one is still under way. */
export function stepSync(state: SyncState, event: SyncEvent): SyncStep {
  switch (event.type) {
    case 'start': {
      const keys = state.plan.stages
        .flat()
        .filter(
          ({ object, first }) =>
            first === 'compare' || first === 'update' || (state.dryRun && first === 'create' && !object.ensureOnly),
        );
      const first = resultsOf(state.plan);
      const next: SyncState = { ...state, phase: 'comparing', results: first };
      if (keys.length === 0) return afterComparison(next);
      return { state: next, effect: { do: 'compare', keys: keys.map((planned) => planned.object.key) } };
    }
    case 'compared':
      return afterComparison(withComparison(state, event.outcomes));
    case 'written': {
      const next = { ...state, results: [...state.results, ...event.results] };
      if (hasFailed(event.results)) return finish(next);
      const definitions = event.results
        .filter((result) => result.action === 'created' && isDefinition(result.key))
        .map((result) => result.key);
      if (definitions.length > 0 && !state.superseded)
        return { state: { ...next, phase: 'awaiting' }, effect: { do: 'await-definitions', keys: definitions } };
      return writeStage({ ...next, stage: state.stage + 1 });
    }
    case 'established': {
      const failures = event.problems.map(({ key, problem }): ObjectResult => ({ key, action: 'failed', problem }));
      const next = { ...state, results: [...state.results, ...failures] };
      return failures.length > 0 ? finish(next) : writeStage({ ...next, stage: state.stage + 1 });
    }
    case 'pruned': {
      const next = { ...state, results: [...state.results, ...event.results] };
      return hasFailed(event.results) ? finish(next) : pruneStage({ ...next, stage: state.stage + 1 });
    }
    case 'supersede':
      return { state: { ...state, superseded: true }, effect: undefined };
    default:
      return assertNever(event);
  }
}

/** What is clear before anything is asked: objects that need nothing, and those that cannot or must not be touched. */
function resultsOf(plan: Plan): ObjectResult[] {
  const unchanged = plan.stages
    .flat()
    .filter((planned) => planned.first === 'nothing' && !planned.object.ensureOnly)
    .map((planned): ObjectResult => ({ key: planned.object.key, action: 'unchanged' }));
  const blocked = plan.blocked.map(({ key, problem }): ObjectResult => ({ key, action: 'failed', problem }));
  const held = plan.held.map(({ key, problem }): ObjectResult => ({ key, action: 'kept', problem }));
  const kept = [...plan.kept, ...plan.orphaned].map((key): ObjectResult => ({ key, action: 'kept' }));
  return [...unchanged, ...blocked, ...held, ...kept];
}

function withComparison(state: SyncState, outcomes: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent' | Problem>): SyncState {
  const compared = new Map<ObjectKey, 'same' | 'differs' | 'absent'>();
  const results: ObjectResult[] = [];
  for (const [key, outcome] of outcomes) {
    if (typeof outcome === 'object') results.push({ key, action: 'failed', problem: outcome });
    else {
      compared.set(key, outcome);
      if (outcome === 'same') results.push({ key, action: 'unchanged' });
      else if (state.dryRun) results.push({ key, action: outcome === 'absent' ? 'created' : 'configured' });
    }
  }
  return { ...state, compared, results: [...state.results, ...results] };
}

function afterComparison(state: SyncState): SyncStep {
  if (state.dryRun) {
    const pruned = state.plan.prunes.flat().map((key): ObjectResult => ({ key, action: 'pruned' }));
    return finish({ ...state, results: [...state.results, ...pruned] });
  }
  // Refused by the API server, and only a person can change that: nothing is written, so that the App is not left half way.
  // Objects that wait for others of this App (their namespace, their definition) are not such a case.
  const blocked = new Set(state.plan.blocked.map((entry) => entry.key));
  const refused = state.results.some((result) => !blocked.has(result.key) && isRefusal(result));
  return refused ? finish(state) : writeStage({ ...state, phase: 'writing', stage: 0 });
}

function isRefusal(result: ObjectResult): boolean {
  return result.action === 'failed' && result.problem !== undefined && PROBLEM_KINDS[result.problem.code].next === 'user';
}

function writeStage(state: SyncState): SyncStep {
  if (state.superseded) return finish(state);
  const failed = new Set(state.results.filter((result) => result.action === 'failed').map((result) => result.key));
  for (let stage = state.stage; stage < state.plan.stages.length; stage++) {
    const keys = (state.plan.stages[stage] ?? [])
      .filter((planned) => planned.first !== 'nothing')
      .map((planned) => planned.object.key)
      .filter((key) => state.compared.get(key) !== 'same' && !failed.has(key));
    if (keys.length > 0) return { state: { ...state, phase: 'writing', stage }, effect: { do: 'write', keys } };
  }
  return hasFailed(state.results) ? finish(state) : pruneStage({ ...state, phase: 'pruning', stage: 0 });
}

function pruneStage(state: SyncState): SyncStep {
  if (state.superseded) return finish(state);
  const keys = state.plan.prunes[state.stage];
  return keys === undefined ? finish(state) : { state: { ...state, phase: 'pruning' }, effect: { do: 'prune', keys } };
}

function finish(state: SyncState): SyncStep {
  const outcome: SyncOutcome = state.superseded
    ? 'superseded'
    : hasFailed(state.results)
      ? 'failed'
      : state.plan.held.length > 0
        ? 'held'
        : 'synced';
  return { state: { ...state, phase: 'finished' }, effect: { do: 'finish', outcome } };
}

function hasFailed(results: readonly ObjectResult[]): boolean {
  return results.some((result) => result.action === 'failed');
}

function isDefinition(key: ObjectKey): boolean {
  return key.startsWith('apiextensions.k8s.io/CustomResourceDefinition/');
}
