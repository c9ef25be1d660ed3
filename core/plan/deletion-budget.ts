import type { AppPolicy } from '../app/policy.ts';
import { describeKey, type ObjectKey, refOfKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';

/** Kinds whose deletion takes other things or data with it: never without a person. */
const PRECIOUS: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolumeClaim',
  'apiextensions.k8s.io/CustomResourceDefinition',
]);

export interface DeletionRequest {
  /** What would be deleted. */
  readonly keys: readonly ObjectKey[];
  /** How many objects the App owns now. */
  readonly owned: number;
  /** True when the bundle has no objects at all. */
  readonly empty: boolean;
  /** True when the App itself was deleted: that deletes all, so the budget's numbers say nothing. */
  readonly removed: boolean;
  /** A person asked for exactly this (a sync request with `prune`). */
  readonly confirmed: boolean;
}

export interface HeldDeletion {
  readonly key: ObjectKey;
  readonly problem: Problem;
}

/**
 * Decides what may be deleted without a person. Held with `apply.held_deletion`: everything when the App turned empty without `allowEmpty`
 * (threat F29), everything above the budget's count or percentage, and precious kinds always. A confirmation lets all of it through.
 */
export function checkBudget(
  request: DeletionRequest,
  policy: Pick<AppPolicy, 'allowEmpty' | 'budget'>,
): { readonly allowed: readonly ObjectKey[]; readonly held: readonly HeldDeletion[] } {
  const { keys, owned } = request;
  if (request.confirmed || keys.length === 0) return { allowed: keys, held: [] };
  const hold = (key: ObjectKey, why: string): HeldDeletion => ({
    key,
    problem: problem('apply.held_deletion', why, { where: describeKey(key) }),
  });
  if (!request.removed) {
    if (request.empty && !policy.allowEmpty) return { allowed: [], held: keys.map((key) => hold(key, 'the App turned empty')) };
    const { count, percent } = policy.budget;
    if (keys.length > count)
      return { allowed: [], held: keys.map((key) => hold(key, `${keys.length} objects would be deleted, ${count} are allowed`)) };
    const share = Math.round((keys.length * 100) / Math.max(owned, 1));
    if (share > percent)
      return {
        allowed: [],
        held: keys.map((key) => hold(key, `${share} % of the App's objects would be deleted, ${percent} % are allowed`)),
      };
  }
  const held = keys.filter(isPrecious).map((key) => hold(key, 'objects of this kind are never deleted without a confirmation'));
  return { allowed: keys.filter((key) => !isPrecious(key)), held };
}

function isPrecious(key: ObjectKey): boolean {
  const ref = refOfKey(key);
  return ref !== undefined && PRECIOUS.has(`${ref.group}/${ref.kind}`);
}
