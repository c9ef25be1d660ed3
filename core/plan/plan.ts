import type { AppPolicy } from '../app/policy.ts';
import { describeKey, type ObjectKey } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { toHookObject } from './hook-object.ts';
import type { HookPhase } from './object-policy.ts';
import { type Deletions, planDeletions } from './plan-deletions.ts';
import { arrangeSteps } from './plan-steps.ts';
import type { KnownObject, Plan, PlanInput, PlannedObject } from './plan-types.ts';
import type { BlockedObject, PreparedObject } from './prepare.ts';

/** Computes the plan of one App. Pure: the same input gives the same plan. */
export function computePlan(input: PlanInput): Plan {
  const { bundle, policy, removed } = input;
  const isSelected = (key: ObjectKey): boolean => input.selection?.has(key) !== false;
  const shared: BlockedObject[] = [];
  const objects: PlannedObject[] = [];
  const wanted = new Set<ObjectKey>();
  for (const object of removed ? [] : bundle.objects) {
    const owner = object.ensureOnly ? undefined : input.ownedByOther(object.key);
    wanted.add(object.key);
    if (owner !== undefined) shared.push(blockShared(object, owner));
    else if (object.ensureOnly || isSelected(object.key)) objects.push(planObject(object, input));
  }
  // What cannot be applied now is wanted all the same; an object that moved to another App is that App's to care for.
  for (const { key } of bundle.blocked) wanted.add(key);
  const skipped = removed ? [] : bundle.skipped.filter((key) => input.inventory.has(key));
  for (const key of skipped) wanted.add(key);
  const gone = [...input.inventory.keys()].filter((key) => !wanted.has(key));
  const moved = gone.filter((key) => input.wantedByOther(key));
  const leaving = (moved.length === 0 ? gone : gone.filter((key) => !input.wantedByOther(key))).filter(isSelected);
  const deletions = planDeletions(leaving, input);
  const blocked = removed ? [] : bundle.blocked.filter(({ key }) => isSelected(key));
  const hooks = input.selection === undefined ? plannedHooks(input) : [];
  const arranged = arrangeSteps({ objects, hooks, blocked, deletions, input });
  return {
    ...arranged,
    afterFailure: policy.dialect === 'argo' ? 'rest-of-step' : 'nothing',
    readiness: policy.dialect,
    awaitChangedOnly: policy.sync?.applyOutOfSyncOnly === true,
    awaitSeconds: awaitSecondsOf(input),
    blocked,
    shared: shared.filter(({ key }) => isSelected(key)),
    ...outcomeOf(deletions),
    orphaned: [...deletions.orphaned, ...skipped],
    moved,
    refusals: refusalsOf(shared, policy),
  };
}

/** Argo CD waits for as long as it takes; Flux has a time for everything. */
function awaitSecondsOf({ policy, removed, release, testsOnly }: PlanInput): number {
  if (policy.dialect === 'argo' || removed) return 0;
  if (testsOnly === true && policy.release?.test !== undefined) return policy.release.test.timeoutSeconds;
  return release === undefined ? policy.timeoutSeconds : (policy.release?.[release].timeoutSeconds ?? policy.timeoutSeconds);
}

function outcomeOf({ held, kept, problems }: Deletions): Pick<Plan, 'held' | 'kept' | 'problems'> {
  return { held, kept, problems };
}

/** `FailOnSharedResource`: an App that shares an object is not synced at all. */
function refusalsOf(shared: readonly BlockedObject[], policy: AppPolicy): readonly Problem[] {
  return policy.sync?.failOnSharedResource === true ? shared.map((entry) => entry.problem) : [];
}

/** An object that is left to the App that had it first. */
export function blockShared(object: Pick<PreparedObject, 'key' | 'apiVersion'>, owner: string): BlockedObject {
  const { key, apiVersion } = object;
  return { key, apiVersion, problem: problem('apply.shared', `App ${owner} owns this object`, { where: describeKey(key) }) };
}

function planObject(object: PreparedObject, input: PlanInput): PlannedObject {
  const first = firstStep(object, input.inventory.get(object.key));
  return first === 'compare' && input.isLeft?.(object) === true ? { object, first, isLeft: true } : { object, first };
}

function firstStep(object: PreparedObject, known: KnownObject | undefined): PlannedObject['first'] {
  if (known === undefined) return 'create';
  if (known.hash !== object.hash) return 'update';
  return known.current ? 'nothing' : 'compare';
}

/** Every hook in every phase in which this sync (or removal) runs it. */
function plannedHooks({ bundle, run, removed, policy, release }: PlanInput): readonly PlannedObject[] {
  if (run === undefined) return [];
  const endsWith = (phase: 'PreDelete' | 'PostDelete'): boolean =>
    policy.release === undefined ? policy.deleteHooks?.includes(phase) === true : !policy.release.uninstall.disableHooks;
  const isDue = (phase: HookPhase): boolean =>
    phase === 'PreDelete' || phase === 'PostDelete' ? removed && endsWith(phase) : !removed;
  return bundle.hooks.flatMap((object) => {
    const { hook } = object.policy;
    if (hook === undefined || (hook.only !== undefined && release !== undefined && !hook.only.includes(release))) return [];
    return hook.phases.filter(isDue).map((phase): PlannedObject => {
      const made = toHookObject(object, phase, run);
      return { object: made.held, first: 'hook', hook: { ...made, phase } };
    });
  });
}
