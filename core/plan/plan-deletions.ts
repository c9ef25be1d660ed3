import { describeRef, type ObjectKey, refOfKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { checkBudget, type HeldDeletion } from './deletion-budget.ts';
import type { PlanInput } from './plan-types.ts';
import { type PrunePolicy, USUAL_PRUNE_POLICY } from './prune-policy.ts';

/** What becomes of the objects that the App owns and Git no longer has. */
export interface Deletions {
  readonly deleted: readonly { readonly key: ObjectKey; readonly policy: PrunePolicy }[];
  readonly held: readonly HeldDeletion[];
  readonly kept: readonly ObjectKey[];
  readonly orphaned: readonly ObjectKey[];
  readonly problems: readonly Problem[];
}

const NOTHING: Deletions = { deleted: [], held: [], kept: [], orphaned: [], problems: [] };

/** Decides it, object by object: deleted, held for a person, kept (and the App stays OutOfSync), or let go. */
export function planDeletions(gone: readonly ObjectKey[], input: PlanInput): Deletions {
  const { policy, removed, confirmed } = input;
  // What hooks have left goes with the App, and never counts: nobody would miss it.
  const leftovers = removed && policy.onDelete !== 'orphan' ? (input.hookObjects ?? []) : [];
  if (gone.length === 0 && leftovers.length === 0) return NOTHING;
  if (removed && policy.onDelete === 'orphan' && !confirmed) return { ...NOTHING, orphaned: gone };
  if (!removed && !policy.prune && !confirmed) return { ...NOTHING, kept: gone };
  if (input.expired)
    return { ...NOTHING, kept: gone, problems: [problem('apply.expired', `${gone.length} object(s) wait to be pruned`)] };
  // An object whose kind nobody knows may be one of the wanted ones under another key: nothing is deleted until that is clear (I2).
  if (!removed && input.bundle.blocked.some((entry) => entry.problem.code === 'apply.kind_unknown'))
    return { ...NOTHING, kept: gone };

  const policyOf = (key: ObjectKey): PrunePolicy => input.prunePolicies?.get(key) ?? USUAL_PRUNE_POLICY;
  const wishes = gone.map((key) => ({ key, wish: removed ? policyOf(key).delete : policyOf(key).prune }));
  const keysOf = (wish: string) => wishes.filter((entry) => entry.wish === wish).map((entry) => entry.key);
  const released = removed ? keysOf('no') : keysOf('release');
  const kept = removed ? [] : keysOf('no');
  const isConfirmed = (key: ObjectKey) => confirmed || input.confirmedKeys?.has(key) === true;
  const needsPerson = keysOf('confirm').filter((key) => !isConfirmed(key));
  const due = wishes.filter(({ key, wish }) => wish === 'yes' || (wish === 'confirm' && isConfirmed(key))).map(({ key }) => key);
  // As in Argo CD, an App of which one object must not go unasked does not begin to go.
  const waitsForPerson = removed && needsPerson.length > 0;
  const empty = input.bundle.objects.every((object) => object.ensureOnly);
  // What a person has confirmed one by one is no longer counted.
  const named = waitsForPerson || confirmed ? [] : due.filter(isConfirmed);
  const keys = waitsForPerson ? [] : due.filter((key) => !named.includes(key));
  const budget = checkBudget({ keys, owned: input.inventory.size, empty, removed, confirmed }, policy);
  const held = [
    ...budget.held,
    ...(waitsForPerson ? [...needsPerson, ...due] : needsPerson).map((key) => awaitPerson(key, removed)),
  ];
  return {
    ...NOTHING,
    kept,
    orphaned: released,
    held,
    deleted: [...budget.allowed, ...named, ...(held.length > 0 && removed ? [] : leftovers)].map((key) => ({
      key,
      policy: policyOf(key),
    })),
  };
}

function awaitPerson(key: ObjectKey, removed: boolean): HeldDeletion {
  const ref = refOfKey(key);
  const why = removed ? 'Delete=confirm: the App waits for a person' : 'Prune=confirm: the deletion waits for a person';
  return { key, problem: problem('apply.held_deletion', why, ref === undefined ? {} : { where: describeRef(ref) }) };
}
