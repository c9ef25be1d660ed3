import type { AppPolicy } from '../app/policy.ts';
import { FIELD_MANAGER, type ManagedFields, managedFieldsOf } from '../diff/comparable.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject } from '../objects/object.ts';

/** What of an App decides how others' fields are taken over. */
export type TakeoverPolicy = Pick<AppPolicy, 'dialect' | 'sync'>;

/**
 * What is done with the fields of another field manager when an object becomes ours:
 *
 *   take    it wrote what Git said: its fields become ours, so that what Git no longer has goes
 *   share   a person wrote it with a tool: what Git sets is ours alone, the rest stays theirs
 *   leave   a controller (autoscaler, injector, …) or a tool that we do not know: nothing of it is touched
 */
export type Treatment = 'take' | 'share' | 'leave';

/** Tools that write what Git says, by the names that they use: both with client-side (`Update`) and server-side apply. */
const FROM_GIT: ReadonlySet<string> = new Set([
  'argocd-controller',
  'argocd-application-controller',
  'kustomize-controller',
  'helm-controller',
  'flux',
  'flux-operator',
  'helm',
]);

/** kubectl's own name for client-side apply, and the API server's for what was there before the first server-side apply. */
export const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';
export const BEFORE_FIRST_APPLY = 'before-first-apply';
/** The name of `kubectl apply --server-side`. */
const SERVER_SIDE_KUBECTL = 'kubectl';
/** It only asked for new Pods; taking its annotation away would restart them once more. */
const ROLLOUT = 'kubectl-rollout';

/**
 * How one entry of managedFields is treated.
 *
 * At the first apply (`isAdoption`) all tools that write what Git says hand over. Later only what kubectl's apply adds is taken again, as
 * Argo CD (client-side apply) and Flux (every kubectl command) do with each sync; a second GitOps tool that works on the same object
 * is a conflict to be shown, not something to be taken over again and again.
 */
export function treatmentOf(entry: ManagedFields, policy: TakeoverPolicy, isAdoption: boolean): Treatment {
  if (entry.subresource !== '' || entry.manager === ROLLOUT) return 'leave';
  const { manager, operation } = entry;
  if (manager === FIELD_MANAGER) return operation === 'Update' ? 'take' : 'leave';
  if (operation === 'Update' && (manager === CLIENT_SIDE_APPLY || manager === policy.sync?.migrationManager))
    return policy.sync?.migrateClientSideApply === false ? 'leave' : 'take';
  const isKubectl = manager.startsWith('kubectl');
  if (policy.dialect === 'flux' && (isKubectl || (manager === BEFORE_FIRST_APPLY && operation === 'Update'))) return 'take';
  if (!isAdoption) return 'leave';
  if (FROM_GIT.has(manager) || (manager === SERVER_SIDE_KUBECTL && operation === 'Apply')) return 'take';
  return operation === 'Update' && (isKubectl || manager === BEFORE_FIRST_APPLY) ? 'share' : 'leave';
}

/** Whether an object that is ours already has fields of a tool whose fields are taken over again. */
export function needsTakeover(object: JsonObject, policy: TakeoverPolicy): boolean {
  const metadata = object['metadata'];
  return isJsonObject(metadata) && managedFieldsOf(metadata).some((entry) => treatmentOf(entry, policy, false) === 'take');
}
