import type { AppPolicy } from '../app/policy.ts';
import type { ObjectKey } from '../objects/object.ts';
import { refOfKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { checkBudget, describeKey, type HeldDeletion } from './deletion-budget.ts';
import type { BlockedObject, PreparedBundle, PreparedObject } from './prepare.ts';
import { stageOf } from './stage-order.ts';

/** What is known about an object of an App before anything is asked. */
export interface KnownObject {
  /** Hash of the prepared object when live was last seen equal to it; undefined when that never was. */
  readonly hash: string | undefined;
  /** True when live has not changed since, as far as the watches tell. */
  readonly current: boolean;
}

export interface PlanInput {
  readonly bundle: PreparedBundle;
  /** Keys that the App owns, from its inventory. */
  readonly inventory: ReadonlyMap<ObjectKey, KnownObject>;
  /** The other App that owns a key and wants it still; that one goes first. */
  readonly ownedByOther: (key: ObjectKey) => string | undefined;
  /** True when another App wants the key: an object that moves between Apps is handed over, not deleted. */
  readonly wantedByOther: (key: ObjectKey) => boolean;
  readonly policy: AppPolicy;
  readonly removed: boolean;
  /** A person asked to prune, whatever the policy and the budget say. */
  readonly confirmed: boolean;
  /** The snapshot has expired: nothing is pruned. */
  readonly expired: boolean;
}

/**
 * One object and what is tried first: `create` expects it absent; `update` (Git changed it) and `compare` (the cluster may have) ask the
 * API server what applying would change.
 */
export interface PlannedObject {
  readonly object: PreparedObject;
  readonly first: 'create' | 'update' | 'compare' | 'nothing';
}

/** The way from what is to what should be, as data. */
export interface Plan {
  /** Written stage after stage, each stage side by side. */
  readonly stages: readonly (readonly PlannedObject[])[];
  /** Deleted stage after stage, after everything was written without a failure. */
  readonly prunes: readonly (readonly ObjectKey[])[];
  /** Not applied, with the reason. */
  readonly blocked: readonly BlockedObject[];
  /** Would be deleted if a person confirmed it. */
  readonly held: readonly HeldDeletion[];
  /** No longer in Git, but kept by policy; the App stays OutOfSync. */
  readonly kept: readonly ObjectKey[];
  /** Forgotten without being deleted: the App was removed and leaves its objects, or another App took them over. */
  readonly orphaned: readonly ObjectKey[];
  readonly problems: readonly Problem[];
}

/** Computes the plan of one App. Pure: the same input gives the same plan. */
export function computePlan(input: PlanInput): Plan {
  const shared: BlockedObject[] = [];
  const stages: PlannedObject[][] = [];
  const wanted = new Set<ObjectKey>();
  for (const object of input.removed ? [] : input.bundle.objects) {
    const owner = object.ensureOnly ? undefined : input.ownedByOther(object.key);
    if (owner !== undefined) {
      shared.push(blockShared(object, owner));
      continue;
    }
    wanted.add(object.key);
    pushTo(stages, object.stage, { object, first: firstStep(object, input.inventory.get(object.key)) });
  }
  // What cannot be applied now is wanted all the same; an object that moved to another App is that App's to care for.
  for (const { key } of [...input.bundle.blocked, ...shared]) wanted.add(key);
  const gone = [...input.inventory.keys()].filter((key) => !wanted.has(key));
  const moved = gone.filter((key) => input.wantedByOther(key));
  const deletions = planDeletions(moved.length === 0 ? gone : gone.filter((key) => !input.wantedByOther(key)), input);
  return {
    stages: stages.filter((stage) => stage !== undefined),
    blocked: input.removed ? [] : [...input.bundle.blocked, ...shared],
    ...deletions,
    orphaned: [...deletions.orphaned, ...moved],
  };
}

/** An object that is left to the App that had it first. */
export function blockShared(object: Pick<PreparedObject, 'key' | 'apiVersion'>, owner: string): BlockedObject {
  const { key, apiVersion } = object;
  return { key, apiVersion, problem: problem('apply.shared', `App ${owner} owns this object`, { where: describeKey(key) }) };
}

function firstStep(object: PreparedObject, known: KnownObject | undefined): PlannedObject['first'] {
  if (known === undefined) return 'create';
  if (known.hash !== object.hash) return 'update';
  return known.current ? 'nothing' : 'compare';
}

function pushTo<T>(stages: T[][], stage: number, item: T): void {
  const items = stages[stage];
  if (items === undefined) stages[stage] = [item];
  else items.push(item);
}

type Deletions = Pick<Plan, 'prunes' | 'held' | 'kept' | 'orphaned' | 'problems'>;

function planDeletions(gone: readonly ObjectKey[], input: PlanInput): Deletions {
  const nothing: Deletions = { prunes: [], held: [], kept: [], orphaned: [], problems: [] };
  if (gone.length === 0) return nothing;
  const { policy, removed, confirmed } = input;
  if (removed && policy.onDelete === 'orphan' && !confirmed) return { ...nothing, orphaned: gone };
  if (!removed && !policy.prune && !confirmed) return { ...nothing, kept: gone };
  if (input.expired)
    return { ...nothing, kept: gone, problems: [problem('apply.expired', `${gone.length} object(s) wait to be pruned`)] };
  // An object whose kind nobody knows may be one of the wanted ones under another key: nothing is deleted until that is clear (I2).
  if (!removed && input.bundle.blocked.some((entry) => entry.problem.code === 'apply.kind_unknown'))
    return { ...nothing, kept: gone };
  const empty = input.bundle.objects.every((object) => object.ensureOnly);
  const { allowed, held } = checkBudget({ keys: gone, owned: input.inventory.size, empty, removed, confirmed }, policy);
  const stages: ObjectKey[][] = [];
  for (const key of allowed) {
    const ref = refOfKey(key);
    pushTo(stages, ref === undefined ? 0 : stageOf(ref), key);
  }
  return { ...nothing, held, prunes: stages.filter((stage) => stage !== undefined).reverse() };
}
