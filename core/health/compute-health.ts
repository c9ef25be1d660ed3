/**
 * What one live object's status says about its health; nothing is fetched, no clock is read.
 *
 * 1. An object that is being deleted is Progressing, whatever its kind. Argo CD excepts its hooks, whose finalizer only
 *    says that the sync still wants to read the result.
 * 2. The App's dialect chooses the rules, since users know what "healthy" means in the tool that they come from:
 *    - `argo`: a table by group and kind with Argo CD's words (argo-*.ts). A kind that is not in it is Healthy: Argo CD
 *      gives it no health at all, and an App's health or a sync wave does not wait for it.
 *    - `flux`: kstatus (kstatus.ts): generation observed, standard conditions, a table, the Ready condition, then Healthy.
 *
 * Missing is never the answer: it belongs to the caller, who knows that there is no object.
 */
import type { Dialect } from '../app/policy.ts';
import type { Health } from '../app/status.ts';
import { groupOf, type JsonObject } from '../objects/object.ts';
import { computeApiServiceHealth, computeCrdHealth, computeDisruptionBudgetHealth } from './argo-cluster.ts';
import { computeCronJobHealth, computeJobHealth, computeWorkflowHealth } from './argo-jobs.ts';
import { computeIngressHealth, computeServiceHealth } from './argo-network.ts';
import { computePodHealth } from './argo-pod.ts';
import { computeAutoscalerHealth } from './argo-scaling.ts';
import { computeClaimHealth } from './argo-storage.ts';
import {
  computeDaemonSetHealth,
  computeDeploymentHealth,
  computeReplicaSetHealth,
  computeStatefulSetHealth,
} from './argo-workloads.ts';
import { fieldAt, stringAt } from './fields.ts';
import { computeKstatus } from './kstatus.ts';
import { healthy, progressing } from './words.ts';

const HOOK_FINALIZER = 'argocd.argoproj.io/hook-finalizer';

/** Argo CD's table: gitops-engine/pkg/health/health.go `GetHealthCheckFunc`, and three of its Lua checks for built-in kinds. */
const ARGO_KINDS: ReadonlyMap<string, (object: JsonObject) => Health> = new Map([
  ['/PersistentVolumeClaim', computeClaimHealth],
  ['/Pod', computePodHealth],
  ['/Service', computeServiceHealth],
  ['apiextensions.k8s.io/CustomResourceDefinition', computeCrdHealth],
  ['apiregistration.k8s.io/APIService', computeApiServiceHealth],
  ['apps/DaemonSet', computeDaemonSetHealth],
  ['apps/Deployment', computeDeploymentHealth],
  ['apps/ReplicaSet', computeReplicaSetHealth],
  ['apps/StatefulSet', computeStatefulSetHealth],
  ['argoproj.io/Workflow', computeWorkflowHealth],
  ['autoscaling/HorizontalPodAutoscaler', computeAutoscalerHealth],
  ['batch/CronJob', computeCronJobHealth],
  ['batch/Job', computeJobHealth],
  ['extensions/Ingress', computeIngressHealth],
  ['networking.k8s.io/Ingress', computeIngressHealth],
  ['policy/PodDisruptionBudget', computeDisruptionBudgetHealth],
]);

/** Takes a live object as the API server gives it and the dialect of its App; gives its health without any program, never fails. */
export function computeHealth(object: JsonObject, dialect: Dialect): Health {
  const deletion = computeDeletion(object, dialect);
  if (deletion !== undefined) return deletion;
  if (dialect === 'flux') return computeKstatus(object);
  return argoRuleOf(object)?.(object) ?? healthy();
}

/** The health of an object that is being deleted; undefined for all others. */
export function computeDeletion(object: JsonObject, dialect: Dialect): Health | undefined {
  if (stringAt(object, 'metadata.deletionTimestamp') === '') return undefined;
  const finalizers = fieldAt(object, 'metadata.finalizers');
  const isHook = dialect === 'argo' && Array.isArray(finalizers) && finalizers.includes(HOOK_FINALIZER);
  return isHook ? undefined : progressing('Pending deletion');
}

/** True when Argo CD's table has a rule for the kind of this object. */
export function hasArgoRule(object: JsonObject): boolean {
  return argoRuleOf(object) !== undefined;
}

function argoRuleOf(object: JsonObject): ((object: JsonObject) => Health) | undefined {
  return ARGO_KINDS.get(`${groupOf(stringAt(object, 'apiVersion'))}/${stringAt(object, 'kind')}`);
}
