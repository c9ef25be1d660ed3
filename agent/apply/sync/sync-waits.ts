import type { SyncProgress } from '../../../core/app/status.ts';
import { type ObjectKey, refOfKey } from '../../../core/objects/object.ts';
import { describeStep, describeWait } from '../../../core/plan/describe-wait.ts';
import type { HookId, RecordedHookState, Seen, SyncEffect, SyncEvent, SyncState } from '../../../core/plan/sync-state.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { LiveObject } from '../../cluster/cluster-api.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { ObjectWatch } from '../drift/object-watch.ts';
import type { RunRecord } from '../inventory-record.ts';
import { servedKind } from '../object/object-target.ts';
import type { ObjectTools } from '../object/object-tools.ts';
import type { AwaitEffect, SyncWaits } from './run-sync.ts';

type Observed = Extract<SyncEvent, { type: 'observed' }>;

/** How long what a controller says of a custom resource that was just written may still be about its old spec (argo-cd #4669). */
const SETTLE_MS = 2_000;
/** Changes that come together are looked at together. */
const BATCH_MS = 5;
/** What no watch tells of is looked at so often. */
const LOOK_MS = 2_000;

export interface WaitParts {
  readonly context: ApplyContext;
  readonly runtime: AppRuntime;
  readonly tools: ObjectTools;
  readonly watch: ObjectWatch;
  /** The run whose hooks are kept; undefined for a sync without hooks. */
  readonly run: RunRecord | undefined;
  /** The App's progress has changed. */
  readonly tell: () => void;
  /** Follows the kind of something that the App does not own. */
  readonly follow: (key: ObjectKey) => void;
}

/** One sync's waiting: it sleeps until the watches tell that something of its App has changed, and then tells how everything is. */
export function createWaits(parts: WaitParts): SyncWaits & { readonly close: () => void } {
  const { context, runtime, watch, run } = parts;
  const { clock, inventory } = context;
  const followed = new Set<ObjectKey>();
  const looked = new Map<ObjectKey, number>();
  let step: { readonly at: string; readonly since: number; readonly monotonic: number } | undefined;
  let settledAt = 0;
  let isFirst = true;
  let progress: SyncProgress | undefined;

  const begin = (key: ObjectKey, live?: LiveObject, finalizers?: readonly string[]): void => {
    followed.add(key);
    watch.begin(runtime.id, key, live, finalizers);
    parts.follow(key);
  };

  /** Asks for what no record tells of: objects that others own, and leftovers of hooks. */
  const look = async (key: ObjectKey): Promise<void> => {
    const known = looked.get(key);
    if (known !== undefined && clock.monotonic() - known < LOOK_MS) return;
    looked.set(key, clock.monotonic());
    const ref = refOfKey(key);
    const kind = ref === undefined ? undefined : await servedKind(parts.tools.api, ref);
    if (ref === undefined || kind?.ok !== true || kind.value === undefined) return;
    const got = await parts.tools.api.get({ kind: kind.value, namespace: ref.namespace, name: ref.name });
    if (!got.ok) return;
    if (!watch.has(runtime.id, key)) begin(key);
    if (got.value === undefined) watch.onAbsent(key);
    else watch.onLive(key, got.value);
  };

  const healthOf = (key: ObjectKey): Seen | undefined => {
    const record = runtime.records.get(key);
    if (record === undefined) return watch.stateOf(runtime.id, key);
    if (record.state === 'missing') return 'missing';
    if (record.state === 'unknown' || record.judging) return { status: 'Progressing', message: 'it was not looked at yet' };
    return record.health;
  };

  const isThere = (key: ObjectKey): boolean =>
    runtime.records.has(key) || (watch.has(runtime.id, key) && watch.stateOf(runtime.id, key) !== 'missing');

  const see = async (effect: AwaitEffect, state: SyncState): Promise<Observed> => {
    const foreign = [...effect.health, ...effect.gone].filter((key) => !runtime.records.has(key));
    await Promise.all(foreign.map(look));
    const health = new Map(effect.health.map((key) => [key, healthOf(key) ?? ('missing' as const)]));
    const hooks = new Map<HookId, Seen>();
    for (const id of effect.hooks) {
      const key = state.hooks.get(id)?.key ?? '';
      hooks.set(id, watch.stateOf(runtime.id, key) ?? { status: 'Progressing' });
    }
    const there = effect.gone.filter(isThere);
    const going = new Map(there.map((key) => [key, watch.finalizersOf(runtime.id, key)]));
    const seconds = state.plan.awaitSeconds;
    const late = seconds > 0 && step !== undefined && clock.monotonic() - step.monotonic >= seconds * 1000;
    return { type: 'observed', health, hooks, going, late };
  };

  const sleep = async (effect: AwaitEffect, state: SyncState): Promise<void> => {
    const seconds = state.plan.awaitSeconds;
    const untilLate = seconds > 0 && step !== undefined ? step.monotonic + seconds * 1000 - clock.monotonic() : undefined;
    const untilLook = [...effect.health, ...effect.gone].some((key) => !runtime.records.has(key)) ? LOOK_MS : undefined;
    const soonest = Math.min(untilLate ?? 3_600_000, untilLook ?? 3_600_000);
    const cancel = clock.after(Math.max(1, soonest), runtime.changed.wake);
    await runtime.changed.wait();
    cancel();
    await clock.sleep(BATCH_MS, runtime.end.signal);
  };

  return {
    async record(states: ReadonlyMap<HookId, RecordedHookState>): Promise<Result<true, Problem>> {
      if (run === undefined) return ok(true);
      const record = inventory.of(runtime.id);
      for (const [id, how] of states) {
        run.hooks.set(id, how);
        if (how === 'running') record.hooks.add(id.slice(id.indexOf(' ') + 1));
      }
      record.run = run;
      return inventory.commit(runtime.id);
    },
    follow: (_id, key, live) => begin(key, live),
    followGoing: (key, finalizers) => begin(key, undefined, finalizers),
    leave(key, gone) {
      followed.delete(key);
      watch.end(runtime.id, key);
      if (gone && inventory.of(runtime.id).hooks.delete(key)) inventory.touch(runtime.id);
    },
    async observe(effect, state) {
      const settling = settledAt - clock.monotonic();
      if (settling > 0) await clock.sleep(settling, runtime.end.signal);
      if (!isFirst) await sleep(effect, state);
      isFirst = false;
      const observed = await see(effect, state);
      progress = describeWait(state, observed, step?.since ?? clock.now());
      runtime.progress = progress;
      parts.tell();
      return observed;
    },
    onStep(state: SyncState, effect: SyncEffect) {
      const at = `${state.step} ${state.phase}`;
      if (effect.do === 'await' && step?.at === at) return;
      step = { at, since: clock.now(), monotonic: clock.monotonic() };
      isFirst = true;
      if (effect.do !== 'write' && effect.do !== 'prune') return;
      // Told with whatever is told next: nobody waits for a message that is over in a moment.
      progress = describeStep(state, step.since);
      runtime.progress = progress;
    },
    settle() {
      settledAt = clock.monotonic() + SETTLE_MS;
    },
    close() {
      for (const key of followed) watch.end(runtime.id, key);
      // What else is said (why nothing is begun) stays.
      if (runtime.progress === progress) runtime.progress = undefined;
    },
  };
}
