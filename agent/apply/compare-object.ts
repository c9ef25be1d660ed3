import { changedFields, lastWriter } from '../../core/diff/changed-fields.ts';
import { FIELD_MANAGER } from '../../core/diff/comparable.ts';
import { describeRef } from '../../core/objects/object.ts';
import type { PreparedObject } from '../../core/plan/prepare.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiFailure, LiveObject } from '../cluster/cluster-api.ts';
import { targetOf } from './object-target.ts';
import type { ObjectTools } from './object-tools.ts';

/** What is already known of the live object, to save requests. */
export interface ComparisonHint {
  /** Seen just now, in the version that the manifest uses. */
  readonly live?: LiveObject;
  /** When live was last known to be as it should, and how it looked then. */
  readonly verified?: { readonly resourceVersion: string; readonly fingerprint: string };
}

export type Comparison =
  | { readonly state: 'absent' }
  | { readonly state: 'same'; readonly live: LiveObject }
  | {
      readonly state: 'differs';
      readonly live: LiveObject;
      readonly fields: readonly string[];
      readonly manager?: string;
      readonly time?: string;
    };

const MAX_ATTEMPTS = 5;

/** Asks the API server what applying would change (dry-run), against the live object. */
export async function compareObject(
  tools: ObjectTools,
  object: PreparedObject,
  hint: ComparisonHint = {},
): Promise<Result<Comparison, ApiFailure>> {
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  let known = hint;
  for (let attempt = 0; ; attempt++) {
    const dryRun = tools.api.apply(target.value, object.body, { dryRun: true, secret: object.secret });
    // Without a hint the live object is fetched at the same time; both must have seen the same version to be compared.
    const fetched = known.live === undefined && known.verified === undefined ? await tools.api.get(target.value) : undefined;
    const wanted = await dryRun;
    if (!wanted.ok) return wanted;
    if (wanted.value.resourceVersion === '') return ok({ state: 'absent' });
    const { verified } = known;
    if (verified?.resourceVersion === wanted.value.resourceVersion && verified.fingerprint === tools.fingerprint(wanted.value))
      return ok({ state: 'same', live: wanted.value });
    if (fetched !== undefined && !fetched.ok) return fetched;
    const live = known.live ?? fetched?.value;
    if (live !== undefined && live.resourceVersion === wanted.value.resourceVersion) return ok(toComparison(live, wanted.value));
    // Known to differ from a verified state, but not yet in what: an update needs no more than the version to build on.
    if (verified?.resourceVersion === wanted.value.resourceVersion)
      return ok({ state: 'differs', live: wanted.value, fields: [] });
    if (attempt >= MAX_ATTEMPTS) return err({ status: 409, problem: conflict(object) });
    known = {};
  }
}

function toComparison(live: LiveObject, wanted: LiveObject): Comparison {
  const fields = changedFields(live.object, wanted.object);
  return fields.length === 0
    ? { state: 'same', live }
    : { state: 'differs', live, fields, ...lastWriter(live.object, FIELD_MANAGER) };
}

function conflict(object: PreparedObject) {
  return problem('apply.conflict', 'the object keeps changing while it is compared', { where: describeRef(object.ref) });
}
