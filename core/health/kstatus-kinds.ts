/** kstatus' rules for Pods, Jobs and CRDs: github.com/fluxcd/cli-utils, pkg/kstatus/status/core.go, and Flux's own for Jobs. */
import type { Health } from '../app/status.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, conditionsOf, numberAt, objectsAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing, unknown } from './words.ts';

/**
 * A Pod that ended is Current whether or not it succeeded: it will not change any more.
 * One difference on purpose: upstream calls a Pod Failed that could not be scheduled for 15 s. There is no clock here, so
 * it stays Progressing with that message, and the App's deadline decides.
 */
export function computePodStatus(pod: JsonObject): Health {
  const phase = stringAt(pod, 'status.phase');
  switch (phase) {
    case 'Succeeded':
      return healthy('Pod has completed successfully');
    case 'Failed':
      return healthy('Pod has completed, but not successfully');
    case 'Running':
      return computeRunningStatus(pod);
    case 'Pending': {
      const scheduled = conditionOf(pod, 'PodScheduled');
      const unschedulable = scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
      return progressing(unschedulable ? 'Pod could not be scheduled' : 'Pod is in the Pending phase');
    }
    case '':
      return progressing('Pod phase not available');
    default:
      return unknown(`unknown phase ${phase}`);
  }
}

function computeRunningStatus(pod: JsonObject): Health {
  if (conditionOf(pod, 'Ready')?.status === 'True') return healthy('Pod is Ready');
  const looping = objectsAt(pod, 'status.containerStatuses')
    .filter((container) => stringAt(container, 'state.waiting.reason') === 'CrashLoopBackOff')
    .map((container) => stringAt(container, 'name'));
  if (looping.length > 0) return degraded(`Containers in CrashLoop state: ${looping.join(',')}`);
  return progressing('Pod is running but is not Ready');
}

/** Flux waits for a Job's end (fluxcd/pkg, runtime/statusreaders/job.go), where kstatus is content with its start. */
export function computeJobStatus(job: JsonObject): Health {
  const parallelism = numberAt(job, 'spec.parallelism', 1);
  const completions = numberAt(job, 'spec.completions', parallelism);
  const succeeded = numberAt(job, 'status.succeeded', 0);
  const active = numberAt(job, 'status.active', 0);
  const failed = numberAt(job, 'status.failed', 0);
  for (const { type, status } of conditionsOf(job)) {
    if (status !== 'True') continue;
    if (type === 'Complete') return healthy(`Job Completed. succeeded: ${succeeded}/${completions}`);
    if (type === 'Failed') return degraded(`Job Failed. failed: ${failed}/${completions}`);
  }
  if (stringAt(job, 'status.startTime') === '') return progressing(`Job not started. active: 0/${parallelism}`);
  return progressing(`Job in progress. success:${succeeded}, active: ${active}, failed: ${failed}`);
}

/** Names refused, or not established for another reason than being installed, is Degraded. */
export function computeCrdStatus(crd: JsonObject): Health {
  for (const { type, status, reason, message } of conditionsOf(crd)) {
    if (type === 'NamesAccepted' && status === 'False') return degraded(message);
    if (type !== 'Established') continue;
    if (status === 'False' && reason !== 'Installing') return degraded(message);
    if (status === 'True') return healthy('CRD is established');
  }
  return progressing('Install in progress');
}
