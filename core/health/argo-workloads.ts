/** Argo CD's rules for what runs Pods for ever: gitops-engine/pkg/health/health_{deployment,statefulset,daemonset,replicaset}.go. */
import type { Health } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, fieldAt, numberAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing, suspended } from './words.ts';

/** The controller has not yet seen the newest spec, so the rest of the status speaks of an older one. */
function isUnobserved(object: JsonObject): boolean {
  return numberAt(object, 'metadata.generation', 0) > numberAt(object, 'status.observedGeneration', 0);
}

/** Paused is Suspended; past its deadline Degraded; a rollout that is not through Progressing. */
export function computeDeploymentHealth(object: JsonObject): Health {
  if (fieldAt(object, 'spec.paused') === true) return suspended('Deployment is paused');
  if (isUnobserved(object))
    return progressing('Waiting for rollout to finish: observed deployment generation less than desired generation');
  if (conditionOf(object, 'Progressing')?.reason === 'ProgressDeadlineExceeded')
    return degraded(`Deployment ${JSON.stringify(stringAt(object, 'metadata.name'))} exceeded its progress deadline`);
  const desired = numberAt(object, 'spec.replicas', 0);
  const replicas = numberAt(object, 'status.replicas', 0);
  const updated = numberAt(object, 'status.updatedReplicas', 0);
  const available = numberAt(object, 'status.availableReplicas', 0);
  if (updated < desired)
    return progressing(`Waiting for rollout to finish: ${updated} out of ${desired} new replicas have been updated...`);
  if (replicas > updated)
    return progressing(`Waiting for rollout to finish: ${replicas - updated} old replicas are pending termination...`);
  if (available < updated)
    return progressing(`Waiting for rollout to finish: ${available} of ${updated} updated replicas are available...`);
  return healthy();
}

/** Counters and revisions decide: the StatefulSet controller defines conditions but never sets any. */
export function computeStatefulSetHealth(object: JsonObject): Health {
  if (numberAt(object, 'status.observedGeneration', 0) === 0 || isUnobserved(object))
    return progressing('Waiting for statefulset spec update to be observed...');
  const desired = numberAt(object, 'spec.replicas', 0);
  const ready = numberAt(object, 'status.readyReplicas', 0);
  const updated = numberAt(object, 'status.updatedReplicas', 0);
  if (ready < desired) return progressing(`Waiting for ${desired - ready} pods to be ready...`);
  const strategy = stringAt(object, 'spec.updateStrategy.type');
  if (strategy === 'RollingUpdate' && isJsonObject(fieldAt(object, 'spec.updateStrategy.rollingUpdate')))
    return computePartitionHealth(object, { desired, updated });
  if (strategy === 'OnDelete') return healthy(`statefulset has ${ready} ready pods`);
  const target = stringAt(object, 'status.updateRevision');
  const current = stringAt(object, 'status.currentRevision');
  if (target !== current)
    return progressing(`waiting for statefulset rolling update to complete ${updated} pods at revision ${target}...`);
  const there = numberAt(object, 'status.currentReplicas', 0);
  return healthy(`statefulset rolling update complete ${there} pods at revision ${current}...`);
}

/** Pods below the partition keep the old revision on purpose, so the revisions never meet and only the count can tell. */
function computePartitionHealth(object: JsonObject, count: { readonly desired: number; readonly updated: number }): Health {
  const wanted = count.desired - numberAt(object, 'spec.updateStrategy.rollingUpdate.partition', count.desired);
  if (count.updated < wanted)
    return progressing(
      `Waiting for partitioned roll out to finish: ${count.updated} out of ${wanted} new pods have been updated...`,
    );
  return healthy(`partitioned roll out complete: ${count.updated} new pods have been updated...`);
}

/** With OnDelete a person decides when Pods are replaced, so nothing is waited for. */
export function computeDaemonSetHealth(object: JsonObject): Health {
  if (isUnobserved(object))
    return progressing('Waiting for rollout to finish: observed daemon set generation less than desired generation');
  const desired = numberAt(object, 'status.desiredNumberScheduled', 0);
  const updated = numberAt(object, 'status.updatedNumberScheduled', 0);
  const available = numberAt(object, 'status.numberAvailable', 0);
  if (stringAt(object, 'spec.updateStrategy.type') === 'OnDelete')
    return healthy(`daemon set ${updated} out of ${desired} new pods have been updated`);
  const waiting = `Waiting for daemon set ${JSON.stringify(stringAt(object, 'metadata.name'))} rollout to finish:`;
  if (updated < desired) return progressing(`${waiting} ${updated} out of ${desired} new pods have been updated...`);
  if (available < desired) return progressing(`${waiting} ${available} of ${desired} updated pods are available...`);
  return healthy();
}

/** A failure to create Pods (quota, admission) is Degraded. */
export function computeReplicaSetHealth(object: JsonObject): Health {
  if (isUnobserved(object))
    return progressing('Waiting for rollout to finish: observed replica set generation less than desired generation');
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return degraded(failure.message);
  const desired = numberAt(object, 'spec.replicas', 0);
  const available = numberAt(object, 'status.availableReplicas', 0);
  if (available < desired)
    return progressing(`Waiting for rollout to finish: ${available} out of ${desired} new replicas are available...`);
  return healthy();
}
