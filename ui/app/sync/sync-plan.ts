import type { SyncInput } from '../../../core/api/routes.ts';
import type { AppView } from '../../../core/api/views.ts';
import type { ResourceStatus } from '../../../core/app/status.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';

/** What the person chose in the sync dialog. */
export interface SyncPlan {
  /** Undefined: everything, also what comes into Git until the sync begins. */
  readonly selected: ReadonlySet<ObjectKey> | undefined;
  readonly prune: boolean;
  readonly force: boolean;
  readonly replace: boolean;
  readonly reason: string;
}

/** As the dialog opens: everything, pruning as the App's policy says. */
export function startPlan(view: AppView): SyncPlan {
  return { selected: undefined, prune: view.definition.policy.prune, force: false, replace: false, reason: '' };
}

/** What the API is asked for; options that are off are left out. */
export function toSyncInput(plan: SyncPlan, dryRun: boolean): SyncInput {
  const reason = plan.reason.trim();
  return {
    ...(plan.selected === undefined ? {} : { resources: [...plan.selected].sort() }),
    ...(plan.prune ? { prune: true } : {}),
    ...(dryRun ? { dryRun: true } : {}),
    ...(plan.force ? { force: true } : {}),
    ...(plan.replace ? { replace: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}

/** Why the plan cannot be carried out; undefined when it can. */
export function whyNotPlan({ selected }: SyncPlan): string | undefined {
  return selected !== undefined && selected.size === 0 ? 'Select at least one object.' : undefined;
}

/** The plan with one object chosen or not. Having everything chosen means everything. */
export function toggleObject(plan: SyncPlan, key: ObjectKey, all: readonly ObjectKey[]): SyncPlan {
  const selected = new Set(plan.selected ?? all);
  if (!selected.delete(key)) selected.add(key);
  return { ...plan, selected: all.every((one) => selected.has(one)) ? undefined : selected };
}

/** The plan for only what is not as Git says. */
export function selectOutOfSync(plan: SyncPlan, resources: readonly ResourceStatus[]): SyncPlan {
  return { ...plan, selected: new Set(resources.filter(({ sync }) => sync !== 'Synced').map(({ key }) => key)) };
}

/** What the choices mean, in sentences; the dangerous ones say what they can break. */
export function describePlan(
  plan: SyncPlan,
  resources: readonly ResourceStatus[],
): readonly { text: string; isDangerous: boolean }[] {
  const count = plan.selected?.size ?? resources.length;
  const objects = `${count} ${count === 1 ? 'object' : 'objects'}`;
  return [
    {
      text:
        plan.selected === undefined
          ? `Applies everything that Git has: ${objects} now.`
          : `Applies ${objects} of ${resources.length}.`,
      isDangerous: false,
    },
    plan.prune
      ? { text: 'Deletes what Git no longer has, within the budget of deletions.', isDangerous: false }
      : { text: 'Keeps what Git no longer has.', isDangerous: false },
    ...(plan.replace
      ? [{ text: 'Replaces objects instead of applying: fields that others set are lost.', isDangerous: true }]
      : []),
    ...(plan.force
      ? [{ text: 'Deletes and creates again what cannot be changed: it is gone in between.', isDangerous: true }]
      : []),
  ];
}

/** True when both ask for the same, whatever their reasons. */
export function isSameChoice(a: SyncPlan, b: SyncPlan): boolean {
  const write = (plan: SyncPlan) => JSON.stringify(toSyncInput({ ...plan, reason: '' }, false));
  return write(a) === write(b);
}
