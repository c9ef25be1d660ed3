/**
 * kstatus, the rules that Flux waits by (github.com/fluxcd/cli-utils, pkg/kstatus/status), in Argo CD's words:
 * Current → Healthy, InProgress and Terminating → Progressing, Failed → Degraded.
 *
 * Order: generation observed → Reconciling and Stalled conditions → table by kind → Ready condition → Healthy.
 *
 * Known blind spots of the last two steps, as upstream: a resource whose controller has not written anything yet looks
 * Healthy; a Ready condition without observedGeneration may speak of an older spec; Ready=False is Progressing for ever,
 * since it does not tell "not yet" from "never". The App's deadline catches the last.
 */
import type { Health } from '../app/status.ts';
import { groupOf, type JsonObject } from '../objects/object.ts';
import { conditionsOf, numberAt, stringAt } from './fields.ts';
import { computeCrdStatus, computeJobStatus, computePodStatus } from './kstatus-kinds.ts';
import {
  computeDaemonSetStatus,
  computeDeploymentStatus,
  computeReplicaSetStatus,
  computeStatefulSetStatus,
} from './kstatus-workloads.ts';
import { degraded, healthy, progressing } from './words.ts';

const alwaysReady = (): Health => healthy('Resource is always ready');

const KINDS: ReadonlyMap<string, (object: JsonObject) => Health> = new Map([
  ['/ConfigMap', alwaysReady],
  ['/PersistentVolumeClaim', computeClaimStatus],
  ['/Pod', computePodStatus],
  ['/Secret', alwaysReady],
  ['/Service', computeServiceStatus],
  ['apiextensions.k8s.io/CustomResourceDefinition', computeCrdStatus],
  ['apps/DaemonSet', computeDaemonSetStatus],
  ['apps/Deployment', computeDeploymentStatus],
  ['apps/ReplicaSet', computeReplicaSetStatus],
  ['apps/StatefulSet', computeStatefulSetStatus],
  ['batch/CronJob', alwaysReady],
  ['batch/Job', computeJobStatus],
  ['policy/PodDisruptionBudget', () => healthy('AllowedDisruptions has been computed.')],
]);

/** Takes a live object that is not being deleted; gives kstatus' verdict as health, never fails. */
export function computeKstatus(object: JsonObject): Health {
  const generic = computeGenericStatus(object);
  if (generic !== undefined) return generic;
  const compute = KINDS.get(`${groupOf(stringAt(object, 'apiVersion'))}/${stringAt(object, 'kind')}`);
  if (compute !== undefined) return compute(object);
  const ready = conditionsOf(object).find(
    ({ type, status }) => type === 'Ready' && ['True', 'False', 'Unknown'].includes(status),
  );
  if (ready === undefined) return healthy('Resource is current');
  return ready.status === 'True' ? healthy('Resource is Ready') : progressing(ready.message);
}

function computeGenericStatus(object: JsonObject): Health | undefined {
  const generation = numberAt(object, 'metadata.generation', Number.NaN);
  const observed = numberAt(object, 'status.observedGeneration', Number.NaN);
  if (!Number.isNaN(generation) && !Number.isNaN(observed) && generation !== observed)
    return progressing(`${stringAt(object, 'kind')} generation is ${generation}, but latest observed generation is ${observed}`);
  for (const { type, status, message } of conditionsOf(object)) {
    if (type === 'Reconciling' && status === 'True') return progressing(message);
    if (type === 'Stalled' && status === 'True') return degraded(message);
  }
  return undefined;
}

function computeClaimStatus(object: JsonObject): Health {
  const phase = stringAt(object, 'status.phase');
  return phase === 'Bound'
    ? healthy('PVC is Bound')
    : progressing(`PVC is not Bound. phase: ${phase === '' ? 'unknown' : phase}`);
}

/** Unlike Argo CD, kstatus does not wait for the load balancer itself. */
function computeServiceStatus(object: JsonObject): Health {
  const pending = stringAt(object, 'spec.type') === 'LoadBalancer' && stringAt(object, 'spec.clusterIP') === '';
  return pending ? progressing('ClusterIP not set. Service type: LoadBalancer') : healthy('Service is ready');
}
