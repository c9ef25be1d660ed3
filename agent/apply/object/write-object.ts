import { describeRef } from '../../../core/objects/object.ts';
import { backoffMs } from '../../../core/plan/backoff.ts';
import { bodyWith, ONLY_IF_ABSENT, type PreparedObject } from '../../../core/plan/prepare.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { conflictWarning } from '../../../core/takeover/conflicts.ts';
import type { ApiFailure, LiveObject, Target } from '../../cluster/cluster-api.ts';
import { basisOf, compareObject, type WriteBasis } from './compare-object.ts';
import { isNeverRecreated, withHint } from './immutable-object.ts';
import { targetOf } from './object-target.ts';
import type { ObjectTools } from './object-tools.ts';
import { patchFirst } from './patch-first.ts';
import { recreateObject } from './recreate-object.ts';
import { replaceObject } from './replace-object.ts';
import { sendObject } from './send-object.ts';

export type { WriteBasis } from './compare-object.ts';

/**
 * One object at the API server: what applying would change, and applying it.
 *
 * Every write is guarded, so that a write decided on old knowledge is refused instead of done (there are no fencing tokens in Kubernetes):
 *
 *   create    server-side apply with a resourceVersion that no object can have: succeeds only if the object is absent, and makes the
 *             managed fields right at once, which POST would not (its manager would be an `Update`, whose fields never go away)
 *   update    server-side apply with the uid and resourceVersion that the comparison saw; before it, once, a patch of managedFields
 *             where another tool's fields are taken over, or of what an apply cannot change
 *   replace   PUT on the same basis, then server-side apply on what the PUT gave
 *   recreate  delete on the same basis, then create
 *
 * A refused guard (409) leads to a new comparison, and to a look at the fence before the next write. So does an answer that never came: a late success is
 * seen as "same".
 */
export interface Written {
  readonly action: 'created' | 'configured' | 'unchanged';
  readonly live: LiveObject;
  /** What a person should know although it was written: fields taken from others, a recreation. */
  readonly warnings?: readonly Problem[];
}

const MAX_ATTEMPTS = 5;

/** Writes an object on a basis; tries again when the basis turned out old, or the API server was away for a moment. */
export async function writeObject(
  tools: ObjectTools,
  object: PreparedObject,
  basis: WriteBasis,
): Promise<Result<Written, ApiFailure>> {
  if (object.policy.write === 'ignore') return ok({ action: 'unchanged', live: NOTHING });
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  let on = basis;
  for (let attempt = 0; ; attempt++) {
    const written = await writeOnce(tools, target.value, object, on);
    if (written.ok) return ok(toWritten(object, on, written.value));
    const { code } = written.error.problem;
    if (code !== 'apply.conflict' && code !== 'apply.unavailable') return err(withHint(tools, object, written.error));
    if (attempt >= MAX_ATTEMPTS) return written;
    if (object.ensureOnly && code === 'apply.conflict') return ok({ action: 'unchanged', live: NOTHING });
    if (code === 'apply.unavailable' || attempt > 0)
      await tools.clock.sleep(
        written.error.retryAfterMs ?? backoffMs(attempt, { base: 100, factor: 3, max: 5_000, chance: tools.chance() }),
      );
    const compared = await compareObject(tools, object);
    if (!compared.ok) {
      if (compared.error.problem.code === 'apply.unavailable') continue;
      return compared;
    }
    if (compared.value.state === 'same') return ok({ action: 'unchanged', live: compared.value.live });
    on = basisOf(compared.value, on?.purpose);
    const allowed = await tools.mayStillWrite?.();
    if (allowed?.ok === false) return err({ status: 0, problem: allowed.error });
  }
}

const NOTHING: LiveObject = { object: {}, uid: '', resourceVersion: '' };

async function writeOnce(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  on: WriteBasis,
): Promise<Result<LiveObject, ApiFailure>> {
  const apply = (guard: { readonly uid?: string; readonly resourceVersion: string }): Promise<Result<LiveObject, ApiFailure>> =>
    sendObject(tools, target, object, {
      dryRun: false,
      ...(on?.body === undefined ? {} : { body: on.body }),
      bodyOf: (sent) => bodyWith(sent, guard),
    });
  if (on === undefined) return apply({ resourceVersion: ONLY_IF_ABSENT });
  const { policy } = object;
  // Argo CD's Force=true with Replace=true: `kubectl replace --force` always deletes first, whatever has changed.
  if (on.recreate === true || (policy.write === 'replace' && policy.recreate && !isNeverRecreated(object)))
    return recreateObject(tools, target, object, on);
  if (policy.write === 'replace' || on.replace === true) {
    const replaced = await replaceObject(tools, target, object, on);
    return replaced.ok ? apply(replaced.value) : replaced;
  }
  const prepared = await patchFirst(tools, target, object, on);
  return prepared.ok ? apply(prepared.value) : prepared;
}

function toWritten(object: PreparedObject, on: WriteBasis, live: LiveObject): Written {
  const warnings: Problem[] = [];
  if (on?.conflicts !== undefined) warnings.push(conflictWarning(object.ref, on.conflicts));
  const isRecreated = on !== undefined && on.uid !== live.uid;
  if (isRecreated) warnings.push(problem('apply.recreated', 'it was deleted and made again', { where: describeRef(object.ref) }));
  const action = actionOf(on, live);
  return warnings.length === 0 ? { action, live } : { action, live, warnings };
}

function actionOf(basis: WriteBasis, live: LiveObject): Written['action'] {
  if (basis === undefined) return 'created';
  return live.resourceVersion === basis.resourceVersion ? 'unchanged' : 'configured';
}
