import type { ObjectKey } from '../../core/objects/object.ts';
import { refOfKey } from '../../core/objects/object.ts';
import type { Plan, PlannedObject } from '../../core/plan/plan.ts';
import type { PreparedObject } from '../../core/plan/prepare.ts';
import { newSync, type SyncEffect, type SyncEvent, type SyncOutcome, stepSync } from '../../core/plan/sync.ts';
import type { TrackingPolicy } from '../../core/plan/tracking.ts';
import { isRetried, type Problem } from '../../core/problem/problem.ts';
import type { ObjectResult } from '../../core/protocol/messages.ts';
import type { Result } from '../../core/result.ts';
import type { LiveObject } from '../cluster/cluster-api.ts';
import { type Comparison, type ComparisonHint, compareObject } from './compare-object.ts';
import type { Limiter } from './limiter.ts';
import { awaitDefinition } from './object-target.ts';
import type { ObjectTools } from './object-tools.ts';
import { type Pruned, pruneObject } from './prune-object.ts';
import { type WriteBasis, writeObject } from './write-object.ts';

/** What a sync tells while it runs, so that what is known of each object stays right. */
export interface SyncListener {
  readonly hintFor: (key: ObjectKey) => ComparisonHint;
  /** `object` is what was compared or written: by now, Git may want something newer. */
  readonly onCompared: (object: PreparedObject, comparison: Comparison) => void;
  /** Before the first byte of a write is sent, and after its answer. */
  readonly onWriting: (key: ObjectKey) => void;
  readonly onWritten: (object: PreparedObject, live: LiveObject | undefined) => void;
  readonly onPruned: (key: ObjectKey, pruned: Pruned) => void;
}

export interface SyncRun {
  readonly plan: Plan;
  readonly policy: TrackingPolicy;
  readonly dryRun: boolean;
  readonly tools: ObjectTools;
  readonly limiter: Limiter;
  readonly listener: SyncListener;
  /** Everything that must be durable before the first write; it runs beside the comparison. */
  readonly gate: () => Promise<Result<true, Problem>>;
  /** Namespaces that were made or seen by any App: not asked for again. */
  readonly ensured: Set<ObjectKey>;
  readonly isSuperseded: () => boolean;
  readonly failpoint: (name: 'applied' | 'pruned') => void;
}

export interface SyncReport {
  readonly outcome: SyncOutcome;
  readonly results: readonly ObjectResult[];
  /** Why nothing was written although something should have been: the gate did not open. */
  readonly refused?: Problem;
  /** True when trying again by itself can help. */
  readonly retry: boolean;
}

const DEFINITION_TIMEOUT_MS = 10_000;

/** Carries out a plan: runs each effect of the step function and feeds it the outcome, until it says that it is finished. */
export async function runSync(run: SyncRun): Promise<SyncReport> {
  let gate: Promise<Result<true, Problem>> | undefined;
  // Opened beside the comparison when a write is likely, so that it costs no time of its own; else when it comes to a write.
  if (!run.dryRun && run.plan.stages.flat().some(({ first }) => first === 'create' || first === 'update')) gate = run.gate();
  const planned = new Map(run.plan.stages.flat().map((entry) => [entry.object.key, entry]));
  let { state, effect } = stepSync(newSync(run.plan, { dryRun: run.dryRun }), { type: 'start' });
  const basis = new Map<ObjectKey, WriteBasis>();
  for (;;) {
    if (effect === undefined) throw new Error('a sync stopped without a next effect');
    if (effect.do === 'finish') {
      const opened = await gate;
      const refused = opened !== undefined && !opened.ok ? opened.error : undefined;
      return { ...summarise(effect.outcome, state.results), ...(refused === undefined ? {} : { refused }) };
    }
    if (effect.do === 'write' || effect.do === 'prune') {
      // A sync that was not expected to write has to pass the gate as well: what it saw may be the work of an agent that knows more.
      gate ??= run.gate();
      const opened = await gate;
      if (!opened.ok) return { outcome: 'failed', results: state.results, refused: opened.error, retry: isRetried(opened.error) };
    }
    if (run.isSuperseded()) state = stepSync(state, { type: 'supersede' }).state;
    const event = state.superseded ? nothingDone(effect) : await carryOut(effect, run, planned, basis);
    ({ state, effect } = stepSync(state, event));
  }
}

type WorkEffect = Exclude<SyncEffect, { do: 'finish' }>;

/** The event for an effect that is not carried out because something newer has come. */
function nothingDone(effect: WorkEffect): SyncEvent {
  switch (effect.do) {
    case 'compare':
      return { type: 'compared', outcomes: new Map() };
    case 'write':
      return { type: 'written', results: [] };
    case 'await-definitions':
      return { type: 'established', problems: [] };
    case 'prune':
      return { type: 'pruned', results: [] };
  }
}

async function carryOut(
  effect: WorkEffect,
  run: SyncRun,
  planned: ReadonlyMap<ObjectKey, PlannedObject>,
  basis: Map<ObjectKey, WriteBasis>,
): Promise<SyncEvent> {
  switch (effect.do) {
    case 'compare': {
      const outcomes = await Promise.all(
        effect.keys.map(async (key) => [key, await compareOne(key, run, planned, basis)] as const),
      );
      return { type: 'compared', outcomes: new Map(outcomes) };
    }
    case 'write': {
      const results = await Promise.all(effect.keys.map((key) => writeOne(key, run, planned, basis)));
      return { type: 'written', results: results.filter((result) => result !== undefined) };
    }
    case 'await-definitions': {
      const waits = effect.keys.map(async (key) => ({
        key,
        served: await awaitDefinition(run.tools, refOfKey(key)?.name ?? '', DEFINITION_TIMEOUT_MS),
      }));
      const problems = (await Promise.all(waits)).flatMap(({ key, served }) =>
        served.ok ? [] : [{ key, problem: served.error.problem }],
      );
      return { type: 'established', problems };
    }
    case 'prune':
      return { type: 'pruned', results: await Promise.all(effect.keys.map((key) => pruneOne(key, run))) };
  }
}

async function compareOne(
  key: ObjectKey,
  run: SyncRun,
  planned: ReadonlyMap<ObjectKey, PlannedObject>,
  basis: Map<ObjectKey, WriteBasis>,
): Promise<Comparison['state'] | Problem> {
  const object = planned.get(key)?.object;
  if (object === undefined) return 'same';
  const compared = await run.limiter.run(() => compareObject(run.tools, object, run.listener.hintFor(key)));
  if (!compared.ok) {
    // Its namespace or its kind comes with an earlier stage of this very sync: the write will tell.
    const { code } = compared.error.problem;
    return code === 'apply.namespace_missing' || code === 'apply.kind_unknown' ? 'absent' : compared.error.problem;
  }
  run.listener.onCompared(object, compared.value);
  if (compared.value.state === 'differs')
    basis.set(key, { uid: compared.value.live.uid, resourceVersion: compared.value.live.resourceVersion });
  return compared.value.state;
}

async function writeOne(
  key: ObjectKey,
  run: SyncRun,
  planned: ReadonlyMap<ObjectKey, PlannedObject>,
  basis: ReadonlyMap<ObjectKey, WriteBasis>,
): Promise<ObjectResult | undefined> {
  const object = planned.get(key)?.object;
  if (object === undefined) return undefined;
  if (object.ensureOnly && run.ensured.has(key)) return undefined;
  run.listener.onWriting(key);
  const written = await run.limiter.run(() => writeObject(run.tools, object, basis.get(key)));
  if (written.ok) run.failpoint('applied');
  if (object.ensureOnly) {
    if (written.ok) run.ensured.add(key);
    return written.ok ? undefined : { key, action: 'failed', problem: written.error.problem };
  }
  run.listener.onWritten(object, written.ok ? written.value.live : undefined);
  if (written.ok) return { key, action: written.value.action };
  const { problem } = written.error;
  // Somebody deleted a namespace that was there: it has to be made again.
  if (problem.code === 'apply.namespace_missing') run.ensured.delete(`/Namespace//${object.ref.namespace}`);
  return { key, action: 'failed', problem };
}

async function pruneOne(key: ObjectKey, run: SyncRun): Promise<ObjectResult> {
  const pruned = await run.limiter.run(() => pruneObject(run.tools, key, run.policy));
  if (!pruned.ok) return { key, action: 'failed', problem: pruned.error.problem };
  run.listener.onPruned(key, pruned.value);
  run.failpoint('pruned');
  return { key, action: pruned.value === 'kept' ? 'kept' : 'pruned' };
}

function summarise(outcome: SyncOutcome, results: readonly ObjectResult[]): SyncReport {
  const failures = results.filter((result) => result.action === 'failed');
  return { outcome, results, retry: failures.some((result) => result.problem !== undefined && isRetried(result.problem)) };
}
