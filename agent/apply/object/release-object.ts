import { describeRef, type ObjectKey, refOfKey } from '../../../core/objects/object.ts';
import type { TrackingPolicy } from '../../../core/plan/tracking.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { releasePatch } from '../../../core/takeover/release.ts';
import type { ApiFailure } from '../../cluster/cluster-api.ts';
import { servedKind } from './object-target.ts';
import type { ObjectTools } from './object-tools.ts';

const MAX_ATTEMPTS = 4;

/**
 * Gives an object back that the App does not own any more and that stays: our entries in its managedFields and its tracking metadata go, all values
 * stay. `absent` when it is not there (any more) or its kind is not served.
 */
export async function releaseObject(
  tools: Pick<ObjectTools, 'api' | 'clock'>,
  key: ObjectKey,
  policy: TrackingPolicy,
): Promise<Result<'released' | 'absent', ApiFailure>> {
  const ref = refOfKey(key);
  if (ref === undefined) return ok('absent');
  const kind = await servedKind(tools.api, ref);
  if (!kind.ok) return kind;
  if (kind.value === undefined) return ok('absent');
  const target = { kind: kind.value, namespace: ref.namespace, name: ref.name };
  for (let attempt = 0; ; attempt++) {
    const live = await tools.api.get(target, { metadataOnly: true });
    if (!live.ok) return live;
    if (live.value === undefined) return ok('absent');
    const patch = releasePatch(live.value.object, ref, policy);
    if (patch === undefined) return ok('released');
    const patched = await tools.api.patch(target, JSON.stringify(patch), { secret: false });
    if (patched.ok) return ok('released');
    if (patched.error.problem.code !== 'apply.conflict') return patched;
    if (attempt >= MAX_ATTEMPTS)
      return err({ status: 409, problem: problem('apply.conflict', 'it keeps changing', { where: describeRef(ref) }) });
    await tools.clock.sleep(20 * (attempt + 1));
  }
}
