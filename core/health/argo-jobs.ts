/** Argo CD's rules for work that ends: gitops-engine/pkg/health/health_{job,argo}.go, resource_customizations/batch/CronJob. */
import type { Health } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject } from '../objects/object.ts';
import { conditionOf, fieldAt, objectsAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing, suspended, unknown } from './words.ts';

/**
 * Failed before Suspended before Complete; without any of them the Job runs.
 * One difference on purpose: Argo CD takes a Job that was suspended and runs again (`Suspended` is False) for complete.
 */
export function computeJobHealth(object: JsonObject): Health {
  const failed = conditionOf(object, 'Failed');
  if (failed !== undefined) return degraded(failed.message);
  const paused = conditionOf(object, 'Suspended');
  if (paused?.status === 'True') return suspended(paused.message);
  const complete = conditionOf(object, 'Complete');
  return complete === undefined ? progressing() : healthy(complete.message);
}

/**
 * A suspended CronJob is Healthy, not Suspended, as Argo CD has it (its issue 24428): it would mark the whole App so.
 * Times are RFC 3339 in UTC to the second, so they compare as strings.
 */
export function computeCronJobHealth(object: JsonObject): Health {
  if (fieldAt(object, 'spec.suspend') === true) return healthy('CronJob is Suspended');
  if (!isJsonObject(fieldAt(object, 'status'))) return progressing('Waiting for CronJob');
  const scheduled = stringAt(object, 'status.lastScheduleTime');
  const succeeded = stringAt(object, 'status.lastSuccessfulTime');
  if (scheduled === '') return healthy('CronJob has not been scheduled yet');
  if (succeeded === '') return healthy('The CronJob never completed successfully. It may not be healthy');
  if (objectsAt(object, 'status.active').length > 0)
    return healthy('The job is running. Its last execution may not have been successful');
  if (succeeded < scheduled) return degraded('CronJob has not completed its last execution successfully');
  return healthy('CronJob has completed its last execution successfully');
}

/** Argo Workflows, the one kind of Argo's own with a built-in rule. */
export function computeWorkflowHealth(object: JsonObject): Health {
  const message = stringAt(object, 'status.message');
  switch (stringAt(object, 'status.phase')) {
    case '':
    case 'Pending':
    case 'Running':
      return progressing(message);
    case 'Succeeded':
      return healthy(message);
    case 'Failed':
    case 'Error':
      return degraded(message);
    default:
      return unknown(message);
  }
}
