import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, Target } from '../../cluster/cluster-api.ts';
import type { WriteHow } from './compare-object.ts';
import type { ObjectTools } from './object-tools.ts';

/** The precondition of a write. */
export interface Guard {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * What has to be done to an object before it can be applied; most need nothing, and no request.
 *
 *   takeOver     enters the fields that other tools wrote because of Git as ours, so that the apply removes those which Git no longer has; no value
 *                changes
 *   patchFirst   makes a change that an apply is not allowed to make
 *
 * Gives what the apply is to build on; a conflict when the object is not what the comparison saw.
 */
export async function patchFirst(
  tools: ObjectTools,
  target: Target,
  { secret }: PreparedObject,
  on: Guard & WriteHow,
): Promise<Result<Guard, ApiFailure>> {
  const { uid, resourceVersion, takeOver } = on;
  if (takeOver === undefined && on.patchFirst === undefined) return ok({ uid, resourceVersion });
  const metadata = { uid, resourceVersion, ...(takeOver === undefined ? {} : { managedFields: takeOver }) };
  const patched = await tools.api.patch(target, JSON.stringify({ ...on.patchFirst, metadata }), { secret });
  return patched.ok ? ok({ uid, resourceVersion: patched.value.resourceVersion }) : patched;
}
