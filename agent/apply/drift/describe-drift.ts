import type { Drift } from '../../../core/app/status.ts';
import { adoptPatch } from '../../../core/diff/adopt-patch.ts';
import { lastWriter } from '../../../core/diff/changed-fields.ts';
import { FIELD_MANAGER } from '../../../core/diff/comparable.ts';
import type { DriftPolicy } from '../../../core/diff/drift-policy.ts';
import { mutatedFields, overruledFields } from '../../../core/diff/mutations.ts';
import { ownersOf } from '../../../core/diff/owners.ts';
import { isMasked } from '../../../core/objects/mask.ts';
import { describeRef, type JsonObject } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { LiveObject } from '../../cluster/cluster-api.ts';
import type { Comparison } from '../object/compare-object.ts';

/** A comparison that found something to do. */
export type Deviation = Exclude<Comparison, { state: 'same' }>;

/**
 * What is told of a drift: fields, never values; who wrote each and when. The patch that Git would need is the one thing that holds values: only under
 * the policy that asks for it, and never of a Secret or of an object into which secrets were filled (threat S10).
 */
export function describeDrift(object: PreparedObject, compared: Deviation, policy: DriftPolicy): Drift {
  if (compared.state === 'absent') return { key: object.key, kind: 'deleted', fields: [], action: 'reported' };
  const { fields, live, wanted } = compared;
  const owners = ownersOf(live.object, fields, FIELD_MANAGER);
  const newest = owners.reduce<(typeof owners)[number] | undefined>(
    (best, owner) => (best === undefined || owner.time > best.time ? owner : best),
    undefined,
  );
  const body = wanted === undefined ? undefined : (JSON.parse(object.body) as JsonObject); // made by prepareObject from an object
  const mutated = body === undefined || wanted === undefined ? [] : mutatedFields(body, wanted, fields);
  const mayShow = policy === 'adopt' && !object.secret && !isMasked(object.ref.kind);
  const patch =
    mayShow && body !== undefined && wanted !== undefined ? adoptPatch({ target: body, live: live.object, wanted }) : undefined;
  const writer = newest === undefined ? lastWriter(live.object, FIELD_MANAGER) : { manager: newest.manager, time: newest.time };
  return {
    key: object.key,
    kind: 'changed',
    fields,
    ...writer,
    ...(owners.length === 0 ? {} : { owners }),
    ...(mutated.length === 0 ? {} : { mutated }),
    action: 'reported',
    ...(patch === undefined ? {} : { patch }),
  };
}

/**
 * Says that the API server gave fields of Git other values when they were written; the object is as applying makes it all the same, so it is Synced.
 * Of objects with ignored fields nothing is said: there live values may be meant to differ.
 */
export function overruled(object: PreparedObject, live: LiveObject, hasIgnored: boolean): Problem | undefined {
  if (hasIgnored || object.policy.write !== 'apply' || live.uid === '') return undefined;
  const fields = overruledFields(JSON.parse(object.body) as JsonObject, live.object); // made by prepareObject from an object
  if (fields.length === 0) return undefined;
  const message = `an admission policy or webhook sets ${fields.join(', ')} to something else than Git says`;
  return problem('drift.mutated', message, { where: describeRef(object.ref) });
}
