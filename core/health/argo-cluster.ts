/**
 * Argo CD's rules for kinds that extend or guard the cluster: gitops-engine/pkg/health/health_apiservice.go and
 * resource_customizations/{apiextensions.k8s.io/CustomResourceDefinition,policy/PodDisruptionBudget}/health.lua.
 */
import type { Health } from '../app/status.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, conditionsOf } from './fields.ts';
import { degraded, healthy, progressing } from './words.ts';

/** An API whose server does not answer is Progressing, not Degraded: it usually starts in the same sync. */
export function computeApiServiceHealth(object: JsonObject): Health {
  const available = conditionOf(object, 'Available');
  if (available === undefined) return progressing('Waiting to be processed');
  const message = `${available.reason}: ${available.message}`;
  return available.status === 'True' ? healthy(message) : progressing(message);
}

/** The first condition that decides, in the order written, as in Argo CD; then whether the names are established. */
export function computeCrdHealth(object: JsonObject): Health {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return progressing('Status conditions not found');
  let established = false;
  for (const { type, status, reason, message } of conditions) {
    if (type === 'Terminating' && status === 'True') return progressing(`CRD is terminating: ${message}`);
    if (type === 'NamesAccepted' && status === 'False') return degraded(`CRD names have not been accepted: ${message}`);
    if (type === 'NonStructuralSchema' && status === 'True') return degraded(`Schema violations found: ${message}`);
    if (type !== 'Established') continue;
    if (status === 'True') established = true;
    else if (reason === 'InvalidCABundle') return degraded(`CRD is not established: ${message}`);
    else if (reason === 'Installing') return progressing('CRD is being installed');
  }
  return established ? healthy('CRD is healthy') : progressing('CRD is not established');
}

/** Too few Pods is a state that a budget exists to guard, not a fault of the budget. */
export function computeDisruptionBudgetHealth(object: JsonObject): Health {
  const conditions = conditionsOf(object);
  const failed = conditions.find(({ status, reason }) => status === 'False' && reason !== 'InsufficientPods');
  if (failed !== undefined) return degraded(`PodDisruptionBudget has ${failed.reason}`);
  const last = conditions.at(-1);
  return last === undefined ? progressing('Waiting for status') : healthy(`PodDisruptionBudget has ${last.reason}`);
}
