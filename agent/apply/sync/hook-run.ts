import { isJsonObject } from '../../../core/objects/json-object.ts';
import { describeKey, type ObjectKey, refOfKey } from '../../../core/objects/object.ts';
import { HOOK_FINALIZER, HOOK_RUN } from '../../../core/plan/hook-object.ts';
import type { PlannedObject } from '../../../core/plan/plan-types.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, LiveObject, Target } from '../../cluster/cluster-api.ts';
import { finalizersOf } from '../object/finalizers.ts';
import { servedKind, targetOf } from '../object/object-target.ts';
import type { ObjectTools } from '../object/object-tools.ts';
import { writeObject } from '../object/write-object.ts';

/**
 * The object of one hook: made once for one run, let go when its outcome is known, deleted.
 *
 *   absent                          made
 *   there, marked with this run     it is the one: the agent was restarted meanwhile
 *   there, of an earlier run        deleted and made anew (BeforeHookCreation), or applied over, as its delete policies say
 */
export type PlannedHook = PlannedObject & { readonly hook: NonNullable<PlannedObject['hook']> };

const GONE_WITHIN_MS = 60_000;
const MAX_ATTEMPTS = 5;

/** Makes the hook's object, or finds the one that was made; `isEnded` says that nobody wants it any more. */
export async function startHook(
  tools: ObjectTools,
  planned: PlannedHook,
  isEnded: () => boolean,
): Promise<Result<LiveObject, ApiFailure>> {
  const { object, hook } = planned;
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  const live = await tools.api.get(target.value);
  if (!live.ok) return live;
  if (live.value !== undefined) {
    if (markOf(live.value) === hook.run) return ok(live.value);
    if (object.policy.hook?.deletePolicies.includes('BeforeHookCreation') === true) {
      const cleared = await clear(tools, target.value, { key: object.key, isEnded });
      if (!cleared.ok) return cleared;
      return written(await writeObject(tools, object, undefined));
    }
    const { uid, resourceVersion } = live.value;
    return written(await writeObject(tools, object, { uid, resourceVersion }));
  }
  return written(await writeObject(tools, object, undefined));
}

function written(outcome: Awaited<ReturnType<typeof writeObject>>): Result<LiveObject, ApiFailure> {
  return outcome.ok ? ok(outcome.value.live) : outcome;
}

function markOf(live: LiveObject): string | undefined {
  const metadata = live.object['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  const mark = isJsonObject(annotations) ? annotations[HOOK_RUN] : undefined;
  return typeof mark === 'string' ? mark : undefined;
}

interface Clearing {
  readonly key: ObjectKey;
  readonly isEnded: () => boolean;
}

/** Deletes what an earlier run left, and waits until it is gone: its name is needed. */
async function clear(tools: ObjectTools, target: Target, { key, isEnded }: Clearing): Promise<Result<true, ApiFailure>> {
  const deadline = tools.clock.monotonic() + GONE_WITHIN_MS;
  for (let wait = 10; ; wait = Math.min(wait * 2, 1_000)) {
    const removed = await removeTarget(tools, target);
    if (!removed.ok || removed.value === 'gone') return removed.ok ? ok(true) : removed;
    if (isEnded() || tools.clock.monotonic() > deadline) {
      const live = await tools.api.get(target, { metadataOnly: true });
      const held = live.ok && live.value !== undefined ? finalizersOf(live.value.object).join(', ') : '';
      const message = `what the last run of this hook left does not go${held === '' ? '' : `: finalizer ${held}`}`;
      return err({ status: 0, problem: problem('apply.finalizer_pending', message, { where: describeKey(key) }) });
    }
    await tools.clock.sleep(wait);
  }
}

/** Lets a hook's object go: whoever deletes it now need not wait for us. Without an object there is nothing to do. */
export async function releaseHook(tools: ObjectTools, key: ObjectKey): Promise<Result<true, ApiFailure>> {
  const target = await locate(tools, key);
  if (!target.ok || target.value === undefined) return target.ok ? ok(true) : target;
  const released = await release(tools, target.value);
  return released.ok ? ok(true) : released;
}

/** Deletes a hook's object, and what it made in the background. */
export async function removeHook(tools: ObjectTools, key: ObjectKey): Promise<Result<'gone' | 'going', ApiFailure>> {
  const target = await locate(tools, key);
  if (!target.ok) return target;
  return target.value === undefined ? ok('gone') : removeTarget(tools, target.value);
}

async function locate(tools: ObjectTools, key: ObjectKey): Promise<Result<Target | undefined, ApiFailure>> {
  const ref = refOfKey(key);
  if (ref === undefined) return ok(undefined);
  const kind = await servedKind(tools.api, ref);
  if (!kind.ok || kind.value === undefined) return kind.ok ? ok(undefined) : kind;
  return ok({ kind: kind.value, namespace: ref.namespace, name: ref.name });
}

async function removeTarget(tools: ObjectTools, target: Target): Promise<Result<'gone' | 'going', ApiFailure>> {
  for (let attempt = 0; ; attempt++) {
    const live = await release(tools, target);
    if (!live.ok) return live;
    if (live.value === undefined) return ok('gone');
    if (isGoing(live.value)) return ok('going');
    const { uid, resourceVersion } = live.value;
    const removed = await tools.api.remove(target, { uid, resourceVersion, propagation: 'Background' });
    if (removed.ok) return ok(removed.value.state === 'going' ? 'going' : 'gone');
    if (removed.error.problem.code !== 'apply.conflict' || attempt >= MAX_ATTEMPTS) return removed;
    await tools.clock.sleep(20 * (attempt + 1));
  }
}

function isGoing(live: LiveObject): boolean {
  const metadata = live.object['metadata'];
  return isJsonObject(metadata) && metadata['deletionTimestamp'] !== undefined;
}

/** Takes the finalizer off; gives the object as it is then. */
async function release(tools: ObjectTools, target: Target): Promise<Result<LiveObject | undefined, ApiFailure>> {
  for (let attempt = 0; ; attempt++) {
    const live = await tools.api.get(target, { metadataOnly: true });
    if (!live.ok || live.value === undefined) return live;
    const metadata = live.value.object['metadata'];
    const finalizers = isJsonObject(metadata) && Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [];
    if (!finalizers.includes(HOOK_FINALIZER)) return live;
    const rest = finalizers.filter((finalizer) => finalizer !== HOOK_FINALIZER);
    const { uid, resourceVersion } = live.value;
    const patch = JSON.stringify({ metadata: { uid, resourceVersion, finalizers: rest.length === 0 ? null : rest } });
    const patched = await tools.api.patch(target, patch, { secret: true });
    if (patched.ok) {
      // The last finalizer of an object that is being deleted is its end.
      if (isGoing(live.value) && rest.length === 0) return ok(undefined);
      return ok(patched.value);
    }
    if (patched.error.status === 404) return ok(undefined);
    if (patched.error.problem.code !== 'apply.conflict' || attempt >= MAX_ATTEMPTS) return patched;
    await tools.clock.sleep(20 * (attempt + 1));
  }
}
