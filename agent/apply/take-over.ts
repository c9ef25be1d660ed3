import type { Json } from '../../core/objects/object.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiFailure, Target } from '../cluster/cluster-api.ts';
import type { ObjectTools } from './object-tools.ts';

/** The precondition of the next write. */
export interface Guard {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Enters the fields that other tools wrote because of Git as ours, before the apply that removes those which Git no longer has; the value of no field
 * changes. Gives what the apply is to build on; a conflict when the object is not what the comparison saw.
 */
export async function takeOver(
  tools: ObjectTools,
  target: Target,
  { uid, resourceVersion, takeOver: managedFields }: Guard & { readonly takeOver: readonly Json[] },
): Promise<Result<Guard, ApiFailure>> {
  const patch = JSON.stringify({ metadata: { uid, resourceVersion, managedFields } });
  const taken = await tools.api.patch(target, patch, { secret: false });
  return taken.ok ? ok({ uid, resourceVersion: taken.value.resourceVersion }) : taken;
}
