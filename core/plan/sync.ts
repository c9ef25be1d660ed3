import type { ObjectKey } from '../objects/object.ts';
import { PROBLEM_KINDS } from '../problem/codes.ts';
import type { Problem } from '../problem/problem.ts';
import type { ObjectResult } from '../protocol/messages.ts';
import { assertNever } from '../result.ts';
import { isMissingFatal, judge, judgeHook } from './judge.ts';
import type { Plan, PlannedObject, PlanStep } from './plan-types.ts';
import {
  type HookId,
  type HookRun,
  type HookState,
  hookId,
  type Seen,
  type SyncEffect,
  type SyncEvent,
  type SyncOutcome,
  type SyncState,
  type SyncStep,
} from './sync-state.ts';
import { deadlineOf, degradedOf, finalizersOf, hookFailureOf } from './wait-problems.ts';

/**
 * A sync as a pure step function: `(state, event) → state + effect`. The runner (agent/apply/sync/run-sync.ts) carries an effect out and answers
 * with the next event; there is never more than one effect at a time, which works on many objects side by side. States and events:
 * sync-state.ts; what the steps are: plan-steps.ts.
 *
 * A comparison that the API server refuses ends the sync before anything was written. A step that fails ends the sync before the next one;
 * hooks that run then are waited for, SyncFail hooks are run. `supersede` and `terminate` end it after the effect under way, and delete
 * the hooks that run. Nothing is pruned after a failure.
 */
export function stepSync(state: SyncState, event: SyncEvent): SyncStep {
  switch (event.type) {
    case 'start':
      return start(state);
    case 'compared':
      return afterComparison(withComparison(state, event.outcomes));
    case 'discovered':
      if (!event.served || state.ended !== undefined) return pruneStage({ ...state, stage: 0 });
      return conclude({ ...state, ended: 'replan' });
    case 'pruned': {
      const next = withResults({ ...state, going: new Set([...state.going, ...(event.going ?? [])]) }, event.results);
      return hasFailed(event.results) ? failStep(next) : pruneStage({ ...next, stage: state.stage + 1 });
    }
    case 'written':
      return afterWrite(withWritten(state, event.results), event.results);
    case 'established': {
      const failures = event.problems.map(({ key, problem }): ObjectResult => ({ key, action: 'failed', problem }));
      const next = withResults(state, failures);
      return failures.length > 0 && isStrict(next) ? failStep(next) : writeStage({ ...next, stage: state.stage + 1 });
    }
    case 'observed':
      return afterObservation(state, event);
    case 'terminated':
      return conclude(withHooks(state, event.hooks, 'terminated'));
    case 'cleaned':
      return finish(withResults(state, event.results));
    case 'supersede':
      return { state: { ...state, ended: 'superseded' }, effect: undefined };
    case 'terminate':
      return { state: { ...state, ended: 'terminated' }, effect: undefined };
    default:
      return assertNever(event);
  }
}

function start(state: SyncState): SyncStep {
  const { plan, options } = state;
  const keys = writesOf(plan)
    .filter(
      ({ object, first }) =>
        first === 'compare' || first === 'update' || (options.dryRun && first === 'create' && !object.ensureOnly),
    )
    .map(({ object }) => object.key);
  const next: SyncState = { ...state, phase: 'comparing', results: resultsOf(plan) };
  if (plan.refusals.length > 0) return finish({ ...next, ended: next.ended ?? 'failed' });
  return keys.length === 0 ? afterComparison(next) : { state: next, effect: { do: 'compare', keys } };
}

function writesOf(plan: Plan): readonly PlannedObject[] {
  return plan.steps.flatMap((step) => step.stages.flat());
}

/** What is clear before anything is asked: objects that need nothing, and those that cannot or must not be touched. */
function resultsOf(plan: Plan): ObjectResult[] {
  const unchanged = writesOf(plan)
    .filter((planned) => planned.first === 'nothing' && !planned.object.ensureOnly)
    .map((planned): ObjectResult => ({ key: planned.object.key, action: 'unchanged' }));
  const isRefused = plan.refusals.length > 0;
  const shared = plan.shared.map(
    ({ key, problem }): ObjectResult => ({ key, action: isRefused ? 'failed' : 'skipped', problem }),
  );
  const blocked = plan.blocked.map(({ key, problem }): ObjectResult => ({ key, action: 'failed', problem }));
  const held = plan.held.map(({ key, problem }): ObjectResult => ({ key, action: 'kept', problem }));
  const kept = [...plan.kept, ...plan.orphaned, ...plan.moved].map((key): ObjectResult => ({ key, action: 'kept' }));
  return [...unchanged, ...shared, ...blocked, ...held, ...kept];
}

function withComparison(state: SyncState, outcomes: ReadonlyMap<ObjectKey, 'same' | 'differs' | 'absent' | Problem>): SyncState {
  const compared = new Map<ObjectKey, 'same' | 'differs' | 'absent'>();
  const results: ObjectResult[] = [];
  const left = new Set(
    writesOf(state.plan)
      .filter(({ isLeft }) => isLeft === true)
      .map(({ object }) => object.key),
  );
  for (const [key, outcome] of outcomes) {
    if (typeof outcome === 'object') results.push({ key, action: 'failed', problem: outcome });
    else if (left.has(key) && outcome !== 'same') {
      compared.set(key, 'same');
      results.push({ key, action: 'skipped' });
    } else {
      compared.set(key, outcome);
      if (outcome === 'same') results.push({ key, action: 'unchanged' });
      else if (state.options.dryRun) results.push({ key, action: outcome === 'absent' ? 'created' : 'configured' });
    }
  }
  return withResults({ ...state, compared }, results);
}

function afterComparison(state: SyncState): SyncStep {
  const { plan, options } = state;
  if (options.dryRun) {
    const pruned = plan.steps.flatMap((step) => step.prunes.flat()).map((key): ObjectResult => ({ key, action: 'pruned' }));
    return finish(withResults(state, pruned));
  }
  // Refused by the API server, and only a person can change that: nothing is written, so that the App is not left half way.
  // Objects that wait for others of this App (their namespace, their definition) are not such a case.
  const blocked = new Set(plan.blocked.map((entry) => entry.key));
  if (state.results.some((result) => !blocked.has(result.key) && isRefusal(result)))
    return finish({ ...state, ended: state.ended ?? 'failed' });
  // Nothing is out of sync and nobody asked: there is no sync, and so no hook.
  if (!options.asked && !hasWork(state)) return finish(state);
  return enterStep({ ...state, step: 0 });
}

function isRefusal(result: ObjectResult): boolean {
  return result.action === 'failed' && result.problem !== undefined && PROBLEM_KINDS[result.problem.code].next === 'user';
}

/** True when something is to be written, deleted or waited for besides hooks, or when hooks of this run have been begun. */
function hasWork(state: SyncState): boolean {
  const { steps, readiness } = state.plan;
  // A Flux App that waits for health does so whether or not something changed.
  if (readiness === 'flux' && steps.some((step) => step.await.length > 0)) return true;
  if (steps.some((step) => step.prunes.length > 0 || step.blocked.length > 0)) return true;
  if ([...state.hooks.values()].some((hook) => hook.state !== 'pending')) return true;
  return writesOf(state.plan).some(
    ({ object, first }) => first !== 'hook' && first !== 'nothing' && state.compared.get(object.key) !== 'same',
  );
}

function enterStep(state: SyncState): SyncStep {
  if (state.ended !== undefined) return endEarly(state);
  const step = state.plan.steps[state.step];
  if (step === undefined) return conclude(state);
  const unknown = step.blocked.filter((entry) => entry.problem.code === 'apply.kind_unknown').map((entry) => entry.key);
  // What an earlier step installed may have brought the kind.
  if (state.step > 0 && unknown.length > 0)
    return { state: { ...state, phase: 'discovering', stage: 0 }, effect: { do: 'discover', keys: unknown } };
  return pruneStage({ ...state, stage: 0 });
}

function pruneStage(state: SyncState): SyncStep {
  if (state.ended !== undefined) return endEarly(state);
  const keys = stepOf(state).prunes[state.stage];
  if (keys === undefined || hasFailed(state.results)) return writeStage({ ...state, stage: 0 });
  return { state: { ...state, phase: 'pruning' }, effect: { do: 'prune', keys } };
}

function writeStage(state: SyncState): SyncStep {
  if (state.ended !== undefined) return endEarly(state);
  const failed = new Set(state.results.filter((result) => result.action === 'failed').map((result) => result.key));
  const { stages } = stepOf(state);
  for (let stage = state.stage; stage < stages.length; stage++) {
    const keys = (stages[stage] ?? []).filter((planned) => isDue(planned, state)).map((planned) => planned.object.key);
    const open = keys.filter((key) => !failed.has(key));
    if (open.length > 0) return { state: { ...state, phase: 'writing', stage }, effect: { do: 'write', keys: open } };
  }
  const isOfStep = keysOfStep(stepOf(state));
  return [...failed].some((key) => isOfStep.has(key)) ? failStep(state) : waitForStep(state);
}

function isDue({ object, first, hook }: PlannedObject, state: SyncState): boolean {
  if (hook !== undefined) {
    const run = state.hooks.get(hookId(hook.phase, object.key));
    return run?.state === 'pending' || run?.state === 'begun';
  }
  return first !== 'nothing' && state.compared.get(object.key) !== 'same';
}

/** Results of hooks mark them as running; a hook that could not be begun has failed. */
function withWritten(state: SyncState, results: readonly ObjectResult[]): SyncState {
  const begun = results.filter(({ hook, action }) => hook !== undefined && action !== 'failed').map(hookIdOf);
  const failed = results.filter(({ hook, action }) => hook !== undefined && action === 'failed').map(hookIdOf);
  return withResults(withHooks(withHooks(state, begun, 'running'), failed, 'failed'), results);
}

function hookIdOf({ key, hook }: ObjectResult): HookId {
  // Only results of hooks come here, and their phase is one of a hook.
  return `${hook?.phase} ${key}`;
}

function afterWrite(state: SyncState, results: readonly ObjectResult[]): SyncStep {
  if (state.phase === 'failing') return waitForHooks(state);
  if (hasFailed(results) && isStrict(state)) return failStep(state);
  const definitions = results
    .filter((result) => result.action === 'created' && isDefinition(result.key))
    .map((result) => result.key);
  if (definitions.length > 0 && state.ended === undefined)
    return { state: { ...state, phase: 'defining' }, effect: { do: 'await-definitions', keys: definitions } };
  return writeStage({ ...state, stage: state.stage + 1 });
}

/** Nothing more of the step is written after a failure. */
function isStrict(state: SyncState): boolean {
  return state.plan.afterFailure === 'nothing';
}

/** Everything of the step is written: it is waited for what the next one needs. */
function waitForStep(state: SyncState): SyncStep {
  const open = openOf(state);
  if (open.health.length + open.hooks.length + open.gone.length === 0) return enterStep({ ...state, step: state.step + 1 });
  return { state: { ...state, phase: 'waiting' }, effect: { do: 'await', ...open } };
}

/** What the step waits for. */
function openOf(state: SyncState): Omit<Extract<SyncEffect, { do: 'await' }>, 'do'> {
  const step = stepOf(state);
  const unchanged = new Set(
    state.plan.awaitChangedOnly ? state.results.filter(({ action }) => action === 'unchanged').map(({ key }) => key) : [],
  );
  return {
    health: step.await.filter((key) => !unchanged.has(key)),
    hooks: idsOf(state, 'running'),
    gone: step.awaitGone ? [...state.going] : [],
  };
}

/** After a failure only the hooks that run are waited for. */
function waitForHooks(state: SyncState): SyncStep {
  if (state.ended !== 'failed') return endEarly(state);
  const hooks = idsOf(state, 'running');
  if (hooks.length === 0) return conclude(state);
  return { state: { ...state, phase: 'failing' }, effect: { do: 'await', health: [], hooks, gone: [] } };
}

function afterObservation(before: SyncState, event: Extract<SyncEvent, { type: 'observed' }>): SyncStep {
  const going = new Set([...before.going].filter((key) => event.going.has(key)));
  const state = withEndedHooks({ ...before, going }, event);
  if (state.phase === 'failing') {
    return event.late ? endEarly(state) : waitForHooks(state);
  }
  if (state.ended !== undefined) return endEarly(state);
  const step = stepOf(state);
  const open = openOf(state);
  const failures = open.health.flatMap((key) => failureOf(key, event.health.get(key), state));
  const hookFailed = [...state.hooks.values()].some((hook) => hook.state === 'failed' && isHookOf(step, hook));
  // Hooks that run are waited for all the same, in failStep.
  if (failures.length > 0 || (hookFailed && step.mayFail !== true)) return failStep(withResults(state, failures));
  const waiting = open.health.filter((key) => !isReady(event.health.get(key), state));
  if (waiting.length + open.hooks.length + open.gone.length === 0) return enterStep({ ...state, step: state.step + 1 });
  if (event.late) return whenLate(state, { waiting, hooks: open.hooks, gone: open.gone }, event);
  return { state, effect: { do: 'await', ...open } };
}

/** The result of an object that will not become healthy by waiting; none while it may. */
function failureOf(key: ObjectKey, seen: Seen | undefined, { plan }: SyncState): ObjectResult[] {
  if (seen === undefined) return [];
  const isFailed = seen === 'missing' ? isMissingFatal(plan.readiness) : judge(seen, plan.readiness) === 'failed';
  return isFailed ? [{ key, action: 'failed', problem: degradedOf(key, seen) }] : [];
}

function isReady(seen: Seen | undefined, state: SyncState): boolean {
  return seen !== undefined && seen !== 'missing' && judge(seen, state.plan.readiness) === 'ready';
}

/** The time is up: what is not ready has failed; what only does not go does not stop the rest. */
function whenLate(
  state: SyncState,
  open: { readonly waiting: readonly ObjectKey[]; readonly hooks: readonly HookId[]; readonly gone: readonly ObjectKey[] },
  event: Extract<SyncEvent, { type: 'observed' }>,
): SyncStep {
  const held = open.gone.map(
    (key): ObjectResult => ({ key, action: 'pruned', problem: finalizersOf(key, event.going.get(key) ?? []) }),
  );
  const next = withResults({ ...state, going: new Set() }, held);
  if (open.waiting.length + open.hooks.length === 0) return enterStep({ ...next, step: state.step + 1 });
  const late = open.waiting.map(
    (key): ObjectResult => ({ key, action: 'failed', problem: deadlineOf(key, event.health.get(key), state.plan.awaitSeconds) }),
  );
  return endEarly(withResults({ ...next, ended: 'failed' }, late));
}

/** Takes note of hooks that have ended, and of how. */
function withEndedHooks(state: SyncState, event: Extract<SyncEvent, { type: 'observed' }>): SyncState {
  const hooks = new Map(state.hooks);
  const results: ObjectResult[] = [];
  for (const [id, seen] of event.hooks) {
    const hook = hooks.get(id);
    const verdict = judgeHook(seen);
    if (hook?.state !== 'running' || verdict === 'running') continue;
    hooks.set(id, { ...hook, state: verdict });
    const ran = { key: hook.key, hook: { phase: hook.phase, state: verdict } } as const;
    if (verdict === 'succeeded') results.push({ ...ran, action: 'created' });
    else results.push({ ...ran, action: mayFail(state, hook) ? 'skipped' : 'failed', problem: hookFailureOf(hook, seen) });
  }
  return withResults({ ...state, hooks }, results);
}

function mayFail(state: SyncState, hook: HookRun): boolean {
  return state.plan.steps.some((step) => step.mayFail === true && isHookOf(step, hook));
}

/** A step has failed: SyncFail hooks are run, and hooks that still run are waited for. */
function failStep(state: SyncState): SyncStep {
  const next: SyncState = { ...state, ended: state.ended ?? 'failed', phase: 'failing' };
  if (next.ended !== 'failed') return endEarly(next);
  const open = state.plan.onFailure.filter((planned) => isDue(planned, state)).map(({ object }) => object.key);
  return open.length === 0 ? waitForHooks(next) : { state: next, effect: { do: 'write', keys: open } };
}

/** Nothing more is begun, and hooks that run are deleted. */
function endEarly(state: SyncState): SyncStep {
  const running = [...idsOf(state, 'running'), ...idsOf(state, 'begun')];
  if (running.length === 0) return conclude(state);
  return { state: { ...state, phase: 'terminating' }, effect: { do: 'terminate-hooks', hooks: running } };
}

/** Hooks that have ended are let go, and go by their delete policies: by how the sync ended, not by how they did, as in Argo CD. */
function conclude(state: SyncState): SyncStep {
  if (state.ended === 'replan') return finish(state);
  const deletes = state.ended === undefined ? 'HookSucceeded' : 'HookFailed';
  const ended = [...state.hooks].filter(([, hook]) => hook.state === 'succeeded' || hook.state === 'failed');
  const remove = ended.filter(([, hook]) => hook.deletePolicies.includes(deletes)).map(([id]) => id);
  const release = ended.filter(([, hook]) => !hook.deletePolicies.includes(deletes)).map(([id]) => id);
  if (ended.length === 0) return finish(state);
  return { state: { ...state, phase: 'cleaning' }, effect: { do: 'clean-hooks', release, remove } };
}

function finish(state: SyncState): SyncStep {
  return { state: { ...state, phase: 'finished' }, effect: { do: 'finish', outcome: outcomeOf(state) } };
}

function outcomeOf(state: SyncState): SyncOutcome {
  if (state.ended !== undefined) return state.ended;
  if (hasFailed(state.results)) return 'failed';
  return state.plan.held.length > 0 ? 'held' : 'synced';
}

function withHooks(state: SyncState, ids: readonly HookId[], to: HookState): SyncState {
  if (ids.length === 0) return state;
  const hooks = new Map(state.hooks);
  for (const id of ids) {
    const hook = hooks.get(id);
    if (hook !== undefined) hooks.set(id, { ...hook, state: to });
  }
  return { ...state, hooks };
}

/** One result for each object (and each phase of a hook): the newest. */
function withResults(state: SyncState, results: readonly ObjectResult[]): SyncState {
  if (results.length === 0) return state;
  const named = (result: ObjectResult): string => (result.hook === undefined ? result.key : hookIdOf(result));
  const newer = new Set(results.map(named));
  return { ...state, results: [...state.results.filter((result) => !newer.has(named(result))), ...results] };
}

function stepOf(state: SyncState): PlanStep {
  const step = state.plan.steps[state.step];
  if (step === undefined) throw new Error(`the plan has no step ${state.step}`);
  return step;
}

function keysOfStep(step: PlanStep): ReadonlySet<ObjectKey> {
  const written = step.stages.flat().map(({ object }) => object.key);
  return new Set([...written, ...step.prunes.flat(), ...step.blocked.map(({ key }) => key)]);
}

function isHookOf(step: PlanStep, hook: HookRun): boolean {
  return step.stages.some((stage) =>
    stage.some((planned) => planned.hook?.phase === hook.phase && planned.object.key === hook.key),
  );
}

function idsOf(state: SyncState, wanted: HookState): readonly HookId[] {
  return [...state.hooks].filter(([, hook]) => hook.state === wanted).map(([id]) => id);
}

function hasFailed(results: readonly ObjectResult[]): boolean {
  return results.some((result) => result.action === 'failed');
}

function isDefinition(key: ObjectKey): boolean {
  return key.startsWith('apiextensions.k8s.io/CustomResourceDefinition/');
}
