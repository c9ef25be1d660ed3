import type { ObjectPolicy } from './object-policy.ts';

/**
 * What has to be known of an object when Git no longer has it: it is kept beside the inventory, because then there is no manifest to ask.
 * Only what differs from the usual is kept at all.
 */
export type PrunePolicy = Pick<ObjectPolicy, 'wave' | 'prune' | 'delete' | 'pruneLast'>;

export const USUAL_PRUNE_POLICY: PrunePolicy = { wave: 0, prune: 'yes', delete: 'yes', pruneLast: false };

/** The part of an object's policy that outlives its manifest; undefined when it is the usual. */
export function prunePolicyOf({ wave, prune, delete: onDelete, pruneLast }: ObjectPolicy): PrunePolicy | undefined {
  const isUsual = wave === 0 && prune === 'yes' && onDelete === 'yes' && !pruneLast;
  return isUsual ? undefined : { wave, prune, delete: onDelete, pruneLast };
}
