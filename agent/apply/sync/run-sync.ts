import type { ObjectKey } from '../../../core/objects/object.ts';
import { refOfKey } from '../../../core/objects/object.ts';
import type { Plan, PlannedObject } from '../../../core/plan/plan-types.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { stepSync } from '../../../core/plan/sync.ts';
import {
  type HookId,
  hookId,
  newSync,
  type RecordedHookState,
  type SyncEffect,
  type SyncEvent,
  type SyncOptions,
  type SyncOutcome,
  type SyncState,
} from '../../../core/plan/sync-state.ts';
import { finalizersOf as finalizersProblem } from '../../../core/plan/wait-problems.ts';
import { isRetried, type Problem } from '../../../core/problem/problem.ts';
import type { ObjectResult } from '../../../core/protocol/messages.ts';
import type { Result } from '../../../core/result.ts';
import type { LiveObject } from '../../cluster/cluster-api.ts';
import type { Limiter } from '../limiter.ts';
import { basisOf, type Comparison, type ComparisonHint, compareObject } from '../object/compare-object.ts';
import { awaitDefinition } from '../object/object-target.ts';
import type { ObjectTools } from '../object/object-tools.ts';
import { deleteObject, type Pruned, type PruneOptions, type PrunePolicy } from '../object/prune-object.ts';
import { type WriteBasis, writeObject } from '../object/write-object.ts';
import { type PlannedHook, releaseHook, removeHook, startHook } from './hook-run.ts';

/** What a sync tells while it runs, so that what is known of each object stays right. */
export interface SyncListener {
  readonly hintFor: (key: ObjectKey) => ComparisonHint;
  /** `object` is what was compared or written: by now, Git may want something newer. */
  readonly onCompared: (object: PreparedObject, comparison: Comparison) => void;
  /** Before the first byte of a write is sent, and after its answer. */
  readonly onWriting: (key: ObjectKey) => void;
  readonly onWritten: (object: PreparedObject, live: LiveObject | undefined) => void;
  readonly onPruned: (key: ObjectKey, pruned: Pruned) => void;
  readonly onWarnings: (warnings: readonly Problem[]) => void;
}

/** What a sync that has hooks or waits needs besides; the runner of the App provides it (sync-waits.ts). */
export interface SyncWaits {
  /** Makes the state of hooks durable, before the first is made and before one is deleted. */
  readonly record: (states: ReadonlyMap<HookId, RecordedHookState>) => Promise<Result<true, Problem>>;
  /** A hook runs; how it was when that was known. */
  readonly follow: (id: HookId, key: ObjectKey, live: LiveObject) => void;
  /** It was deleted, but finalizers keep it for now. */
  readonly followGoing: (key: ObjectKey, finalizers: readonly string[]) => void;
  /** A hook has ended, and its object is gone or let go. */
  readonly leave: (key: ObjectKey, gone: boolean) => void;
  /** Resolves with what is seen when something has changed since the last call, or the sync is to end. */
  readonly observe: (effect: AwaitEffect, state: SyncState) => Promise<Extract<SyncEvent, { type: 'observed' }>>;
  /** Tells where the sync is. */
  readonly onStep: (state: SyncState, effect: SyncEffect) => void;
  /** Custom resources without an observedGeneration were written: their health may be of the old spec for a moment. */
  readonly settle: () => void;
}

export type AwaitEffect = Extract<SyncEffect, { do: 'await' }>;

export interface SyncRun {
  readonly app: string;
  readonly plan: Plan;
  readonly policy: PrunePolicy;
  readonly options: SyncOptions;
  /** Hooks of this run that were begun before a restart. */
  readonly ran: ReadonlyMap<HookId, RecordedHookState>;
  readonly deletion: PruneOptions;
  readonly tools: ObjectTools;
  readonly limiter: Limiter;
  readonly listener: SyncListener;
  readonly waits: SyncWaits;
  /** Everything that must be durable before the first write; it runs beside the comparison. */
  readonly gate: () => Promise<Result<true, Problem>>;
  /** Namespaces that were made or seen by any App: not asked for again. */
  readonly ensured: Set<ObjectKey>;
  /** Resolves when the next step may be begun: its windows may have closed. */
  readonly mayGoOn: () => Promise<void>;
  readonly endsBy: () => 'supersede' | 'terminate' | undefined;
  readonly failpoint: (name: 'applied' | 'pruned' | 'hooked' | 'waiting') => void;
}

export interface SyncReport {
  readonly outcome: SyncOutcome;
  readonly results: readonly ObjectResult[];
  /** Why nothing was written although something should have been: the gate did not open. */
  readonly refused?: Problem;
  /** True when trying again by itself can help. */
  readonly retry: boolean;
  readonly hooks: SyncState['hooks'];
}

const DEFINITION_TIMEOUT_MS = 10_000;

/** Carries out a plan: runs each effect of the step function and feeds it the outcome, until it says that it is finished. */
export async function runSync(run: SyncRun): Promise<SyncReport> {
  const all = [...run.plan.steps.flatMap((step) => step.stages.flat()), ...run.plan.onFailure];
  let gate: Promise<Result<true, Problem>> | undefined;
  // Opened beside the comparison when a write is likely, so that it costs no time of its own; else when it comes to a write.
  if (!run.options.dryRun && all.some(({ first }) => first === 'create' || first === 'update')) gate = run.gate();
  const carrier = new Carrier(run, all);
  let { state, effect } = stepSync(newSync(run.plan, run.options, run.ran), { type: 'start' });
  for (;;) {
    if (effect === undefined) throw new Error('a sync stopped without a next effect');
    if (effect.do === 'finish') {
      const opened = await gate;
      const refused = opened !== undefined && !opened.ok ? opened.error : undefined;
      return { ...summarise(effect.outcome, state), ...(refused === undefined ? {} : { refused }) };
    }
    if (effect.do === 'write' || effect.do === 'prune') {
      if (state.ended === undefined) await run.mayGoOn();
      // A sync that was not expected to write has to pass the gate as well: what it saw may be the work of an agent that knows more.
      gate ??= run.gate();
      const opened = await gate;
      if (!opened.ok) return { ...summarise('failed', state), refused: opened.error, retry: isRetried(opened.error) };
    }
    const end = run.endsBy();
    if (end !== undefined && !isAbandoned(state)) state = stepSync(state, { type: end }).state;
    run.waits.onStep(state, effect);
    const event = isAbandoned(state)
      ? (nothingDone(effect) ?? (await carrier.carryOut(effect, state)))
      : await carrier.carryOut(effect, state);
    ({ state, effect } = stepSync(state, event));
  }
}

function isAbandoned(state: SyncState): boolean {
  return state.ended === 'superseded' || state.ended === 'terminated';
}

type WorkEffect = Exclude<SyncEffect, { do: 'finish' }>;

/** The event for an effect that is not carried out because something newer has come; hooks are ended and let go all the same. */
function nothingDone(effect: WorkEffect): SyncEvent | undefined {
  switch (effect.do) {
    case 'compare':
      return { type: 'compared', outcomes: new Map() };
    case 'discover':
      return { type: 'discovered', served: false };
    case 'write':
      return { type: 'written', results: [] };
    case 'await-definitions':
      return { type: 'established', problems: [] };
    case 'prune':
      return { type: 'pruned', results: [] };
    case 'await':
      return { type: 'observed', health: new Map(), hooks: new Map(), going: new Map(), late: false };
    default:
      return undefined;
  }
}

/** Carries effects out. */
class Carrier {
  readonly #run: SyncRun;
  readonly #objects: ReadonlyMap<ObjectKey, PlannedObject>;
  readonly #hooks: ReadonlyMap<HookId, PlannedHook>;
  readonly #basis = new Map<ObjectKey, WriteBasis>();

  constructor(run: SyncRun, all: readonly PlannedObject[]) {
    this.#run = run;
    this.#objects = new Map(all.filter(({ hook }) => hook === undefined).map((entry) => [entry.object.key, entry]));
    this.#hooks = new Map(all.filter(isHook).map((entry) => [hookId(entry.hook.phase, entry.object.key), entry]));
  }

  async carryOut(effect: WorkEffect, state: SyncState): Promise<SyncEvent> {
    switch (effect.do) {
      case 'compare': {
        const outcomes = await Promise.all(effect.keys.map(async (key) => [key, await this.#compare(key)] as const));
        return { type: 'compared', outcomes: new Map(outcomes) };
      }
      case 'discover':
        return { type: 'discovered', served: await this.#areServed(effect.keys) };
      case 'write':
        return { type: 'written', results: await this.#writeAll(effect.keys, state) };
      case 'await-definitions':
        return { type: 'established', problems: await this.#awaitDefinitions(effect.keys) };
      case 'prune': {
        const pruned = await Promise.all(effect.keys.map((key) => this.#prune(key)));
        return {
          type: 'pruned',
          results: pruned.map(({ result }) => result),
          going: pruned.filter(({ going }) => going).map(({ result }) => result.key),
        };
      }
      case 'await':
        this.#run.failpoint('waiting');
        return this.#run.waits.observe(effect, state);
      case 'terminate-hooks':
        return this.#terminate(effect.hooks);
      case 'clean-hooks':
        return this.#clean(effect, state);
    }
  }

  async #compare(key: ObjectKey): Promise<Comparison['state'] | Problem> {
    const object = this.#objects.get(key)?.object;
    if (object === undefined) return 'same';
    const { tools, limiter, listener, app } = this.#run;
    const compared = await limiter.run(() => compareObject(tools, object, listener.hintFor(key)), app);
    if (!compared.ok) {
      // Its namespace or its kind comes with an earlier stage of this very sync: the write will tell.
      const { code } = compared.error.problem;
      return code === 'apply.namespace_missing' || code === 'apply.kind_unknown' ? 'absent' : compared.error.problem;
    }
    listener.onCompared(object, compared.value);
    if (compared.value.state === 'differs') this.#basis.set(key, basisOf(compared.value));
    return compared.value.state;
  }

  async #areServed(keys: readonly ObjectKey[]): Promise<boolean> {
    const { tools, plan } = this.#run;
    await tools.api.discover();
    const wanted = new Set(keys);
    // In the version that Git names: another one would be planned in vain again.
    return plan.blocked.some(
      ({ key, apiVersion }) => wanted.has(key) && tools.api.kindOf(apiVersion, refOfKey(key)?.kind ?? '') !== undefined,
    );
  }

  async #writeAll(keys: readonly ObjectKey[], state: SyncState): Promise<readonly ObjectResult[]> {
    const hooks = keys.flatMap((key) => this.#hookIn(state, key) ?? []);
    const isOfHook = new Set(hooks.map(({ object }) => object.key));
    const refused = hooks.length === 0 ? undefined : await this.#announce(hooks);
    const started = hooks.map((hook) => (refused === undefined ? this.#startHook(hook) : failedHook(hook, refused)));
    const written = keys.filter((key) => !isOfHook.has(key)).map((key) => this.#write(key));
    return (await Promise.all([...started, ...written])).filter((result) => result !== undefined);
  }

  /** The hook that a key means in the step that is written now. */
  #hookIn(state: SyncState, key: ObjectKey): PlannedHook | undefined {
    const phase = state.phase === 'failing' ? 'SyncFail' : state.plan.steps[state.step]?.phase;
    return this.#hooks.get(`${phase} ${key}`);
  }

  async #announce(hooks: readonly PlannedHook[]): Promise<Problem | undefined> {
    const states = new Map(hooks.map(({ hook, object }) => [hookId(hook.phase, object.key), 'running' as const]));
    const recorded = await this.#run.waits.record(states);
    return recorded.ok ? undefined : recorded.error;
  }

  async #startHook(planned: PlannedHook): Promise<ObjectResult> {
    const { tools, limiter, app, waits } = this.#run;
    const { key } = planned.object;
    const { phase } = planned.hook;
    const started = await limiter.run(() => startHook(tools, planned, () => this.#run.endsBy() !== undefined), app);
    if (!started.ok) return failedHook(planned, started.error.problem);
    waits.follow(hookId(phase, key), key, started.value);
    this.#run.failpoint('hooked');
    return { key, action: 'created', hook: { phase, state: 'running' } };
  }

  async #write(key: ObjectKey): Promise<ObjectResult | undefined> {
    const object = this.#objects.get(key)?.object;
    if (object === undefined) return undefined;
    const { ensured, listener, limiter, tools, app } = this.#run;
    if (object.ensureOnly && ensured.has(key)) return undefined;
    listener.onWriting(key);
    const written = await limiter.run(() => writeObject(tools, object, this.#basis.get(key)), app);
    if (written.ok) this.#run.failpoint('applied');
    if (object.ensureOnly) {
      if (written.ok) ensured.add(key);
      return written.ok ? undefined : { key, action: 'failed', problem: written.error.problem };
    }
    listener.onWritten(object, written.ok ? written.value.live : undefined);
    if (written.ok) {
      if (written.value.warnings !== undefined) listener.onWarnings(written.value.warnings);
      if (written.value.action !== 'unchanged' && maySpeakOfThePast(object, written.value.live)) this.#run.waits.settle();
      return { key, action: written.value.action };
    }
    const { problem } = written.error;
    // Somebody deleted a namespace that was there: it has to be made again.
    if (problem.code === 'apply.namespace_missing') ensured.delete(`/Namespace//${object.ref.namespace}`);
    return { key, action: 'failed', problem };
  }

  async #awaitDefinitions(keys: readonly ObjectKey[]) {
    const waits = keys.map(async (key) => ({
      key,
      served: await awaitDefinition(this.#run.tools, refOfKey(key)?.name ?? '', DEFINITION_TIMEOUT_MS),
    }));
    return (await Promise.all(waits)).flatMap(({ key, served }) => (served.ok ? [] : [{ key, problem: served.error.problem }]));
  }

  async #prune(key: ObjectKey): Promise<{ readonly result: ObjectResult; readonly going: boolean }> {
    const { tools, policy, deletion, limiter, listener, app } = this.#run;
    const deleted = await limiter.run(() => deleteObject(tools, key, policy, deletion), app);
    if (!deleted.ok) return { result: { key, action: 'failed', problem: deleted.error.problem }, going: false };
    const { state, finalizers } = deleted.value;
    listener.onPruned(key, state);
    this.#run.failpoint('pruned');
    if (state !== 'going') return { result: { key, action: state === 'kept' ? 'kept' : 'pruned' }, going: false };
    this.#run.waits.followGoing(key, finalizers);
    // What the API server itself takes off in a moment is not worth a word.
    const stuck = finalizers.filter((finalizer) => finalizer !== 'foregroundDeletion' && finalizer !== 'orphan');
    const result: ObjectResult = {
      key,
      action: 'pruned',
      ...(stuck.length === 0 ? {} : { problem: finalizersProblem(key, stuck) }),
    };
    return { result, going: true };
  }

  async #terminate(ids: readonly HookId[]): Promise<SyncEvent> {
    await this.#run.waits.record(new Map(ids.map((id) => [id, 'terminated'])));
    await Promise.all(ids.map((id) => this.#remove(id)));
    return { type: 'terminated', hooks: ids };
  }

  async #clean(effect: Extract<SyncEffect, { do: 'clean-hooks' }>, state: SyncState): Promise<SyncEvent> {
    const known = [...state.hooks].flatMap(([id, { state: how }]) =>
      how === 'pending' || how === 'begun' ? [] : ([[id, how]] as const),
    );
    // That a hook has run must be known before its object, which shows it, is gone.
    await this.#run.waits.record(new Map(known));
    await Promise.all([...effect.remove.map((id) => this.#remove(id)), ...effect.release.map((id) => this.#release(id))]);
    return { type: 'cleaned', results: [] };
  }

  /** A hook that cannot be deleted now stays among the App's leftovers: it goes with the App, or before its next run. */
  async #remove(id: HookId): Promise<void> {
    const key = this.#hooks.get(id)?.object.key;
    if (key === undefined) return;
    const removed = await this.#run.limiter.run(() => removeHook(this.#run.tools, key), this.#run.app);
    this.#run.waits.leave(key, removed.ok && removed.value === 'gone');
  }

  async #release(id: HookId): Promise<void> {
    const key = this.#hooks.get(id)?.object.key;
    if (key === undefined) return;
    await this.#run.limiter.run(() => releaseHook(this.#run.tools, key), this.#run.app);
    this.#run.waits.leave(key, false);
  }
}

function isHook(planned: PlannedObject): planned is PlannedHook {
  return planned.hook !== undefined;
}

function failedHook({ object, hook }: PlannedHook, problem: Problem): ObjectResult {
  return { key: object.key, action: 'failed', hook: { phase: hook.phase, state: 'failed' }, problem };
}

/**
 * A custom resource whose controller does not say which generation it has seen: what its status says may be about the spec before
 * (argo-cd #4669).
 */
function maySpeakOfThePast(object: PreparedObject, live: LiveObject): boolean {
  const { group } = object.ref;
  if (!group.includes('.') || group.endsWith('.k8s.io')) return false;
  const status = live.object['status'];
  return typeof status === 'object' && status !== null && !('observedGeneration' in status);
}

function summarise(outcome: SyncOutcome, state: SyncState): SyncReport {
  const failures = state.results.filter((result) => result.action === 'failed');
  return {
    outcome,
    results: state.results,
    retry: failures.some((result) => result.problem !== undefined && isRetried(result.problem)),
    hooks: state.hooks,
  };
}
