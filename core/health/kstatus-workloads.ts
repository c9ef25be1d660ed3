/** kstatus' rules for workloads: github.com/fluxcd/cli-utils, pkg/kstatus/status/core.go. */
import type { Health } from '../app/status.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, numberAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing } from './words.ts';

/** `[holds, message]` pairs: the first that holds is what is waited for. */
type Waits = readonly (readonly [holds: boolean, message: string])[];

function firstWait(waits: Waits): Health | undefined {
  const wait = waits.find(([holds]) => holds);
  return wait === undefined ? undefined : progressing(wait[1]);
}

/** The controller writes no Progressing condition when the deadline is unset or this, its word for "none". */
const NO_DEADLINE = 2_147_483_647;

/** Counters first, then the two conditions that say that the counters are about the newest ReplicaSet. */
export function computeDeploymentStatus(object: JsonObject): Health {
  const progress = conditionOf(object, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') return degraded('Progress deadline exceeded');
  const progressed =
    numberAt(object, 'spec.progressDeadlineSeconds', NO_DEADLINE) === NO_DEADLINE ||
    (progress?.status === 'True' && progress.reason === 'NewReplicaSetAvailable');
  const desired = numberAt(object, 'spec.replicas', 1);
  const replicas = numberAt(object, 'status.replicas', 0);
  const updated = numberAt(object, 'status.updatedReplicas', 0);
  const ready = numberAt(object, 'status.readyReplicas', 0);
  const available = numberAt(object, 'status.availableReplicas', 0);
  const wait = firstWait([
    [desired > replicas, `Replicas: ${replicas}/${desired}`],
    [desired > updated, `Updated: ${updated}/${desired}`],
    [replicas > desired, `Pending termination: ${replicas - desired}`],
    [updated > available, `Available: ${available}/${updated}`],
    [desired > ready, `Ready: ${ready}/${desired}`],
    [!progressed, 'ReplicaSet not Available'],
    [conditionOf(object, 'Available')?.status !== 'True', 'Deployment not Available'],
  ]);
  return wait ?? healthy(`Deployment is available. Replicas: ${replicas}`);
}

/** Counters and revisions: the controller defines conditions but never sets any. OnDelete is in the user's hands. */
export function computeStatefulSetStatus(object: JsonObject): Health {
  if (stringAt(object, 'spec.updateStrategy.type') === 'OnDelete')
    return healthy('StatefulSet is using the ondelete update strategy');
  const desired = numberAt(object, 'spec.replicas', 1);
  const replicas = numberAt(object, 'status.replicas', 0);
  const ready = numberAt(object, 'status.readyReplicas', 0);
  const current = numberAt(object, 'status.currentReplicas', 0);
  const updated = numberAt(object, 'status.updatedReplicas', 0);
  const wait = firstWait([
    [desired > replicas, `Replicas: ${replicas}/${desired}`],
    [desired > ready, `Ready: ${ready}/${desired}`],
    [replicas > desired, `Pending termination: ${replicas - desired}`],
  ]);
  if (wait !== undefined) return wait;
  const partition = numberAt(object, 'spec.updateStrategy.rollingUpdate.partition', -1);
  if (partition !== -1) {
    const wanted = desired - partition;
    if (updated < wanted) return progressing(`updated: ${updated}/${wanted}`);
    return healthy(`Partition rollout complete. updated: ${updated}`);
  }
  const late = firstWait([
    [desired > current, `current: ${current}/${desired}`],
    [
      stringAt(object, 'status.currentRevision') !== stringAt(object, 'status.updateRevision'),
      'Waiting for updated revision to match current',
    ],
  ]);
  return late ?? healthy(`All replicas scheduled as expected. Replicas: ${replicas}`);
}

/** The generations must be there: a DaemonSet that its controller has touched has both. */
export function computeDaemonSetStatus(object: JsonObject): Health {
  const desired = numberAt(object, 'status.desiredNumberScheduled', -1);
  const current = numberAt(object, 'status.currentNumberScheduled', 0);
  const updated = numberAt(object, 'status.updatedNumberScheduled', 0);
  const available = numberAt(object, 'status.numberAvailable', 0);
  const ready = numberAt(object, 'status.numberReady', 0);
  const wait = firstWait([
    [Number.isNaN(numberAt(object, 'metadata.generation', Number.NaN)), 'DaemonSet metadata.generation not found'],
    [Number.isNaN(numberAt(object, 'status.observedGeneration', Number.NaN)), 'DaemonSet status.observedGeneration not found'],
    [desired === -1, 'Missing .status.desiredNumberScheduled'],
    [desired > current, `Current: ${current}/${desired}`],
    [desired > updated, `Updated: ${updated}/${desired}`],
    [desired > available, `Available: ${available}/${desired}`],
    [desired > ready, `Ready: ${ready}/${desired}`],
  ]);
  return wait ?? healthy(`All replicas scheduled as expected. Replicas: ${desired}`);
}

/** A failure to create Pods is waited out, as quota may be raised. */
export function computeReplicaSetStatus(object: JsonObject): Health {
  const desired = numberAt(object, 'spec.replicas', 1);
  const replicas = numberAt(object, 'status.replicas', 0);
  const labelled = numberAt(object, 'status.fullyLabeledReplicas', 0);
  const available = numberAt(object, 'status.availableReplicas', 0);
  const ready = numberAt(object, 'status.readyReplicas', 0);
  const wait = firstWait([
    [conditionOf(object, 'ReplicaFailure')?.status === 'True', 'Replica Failure condition. Check Pods'],
    [desired > labelled, `Labelled: ${labelled}/${desired}`],
    [desired > available, `Available: ${available}/${desired}`],
    [desired > ready, `Ready: ${ready}/${desired}`],
    [replicas > desired, `Pending termination: ${replicas - desired}`],
  ]);
  return wait ?? healthy(`ReplicaSet is available. Replicas: ${replicas}`);
}
