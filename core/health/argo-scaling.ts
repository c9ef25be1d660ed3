/** Argo CD's rules for autoscalers: gitops-engine/pkg/health/health_hpa.go. */
import type { Health } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { type Condition, conditionsOf, fieldAt, stringAt } from './fields.ts';
import { degraded, healthy, progressing, unknown } from './words.ts';

/** `autoscaling/v1` has no conditions: the API server moves them here, as JSON. */
const V1_CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';

const FAILED: ReadonlySet<string> = new Set([
  'AbleToScale/FailedGetScale',
  'AbleToScale/FailedUpdateScale',
  'ScalingActive/FailedComputeMetricsReplicas',
  'ScalingActive/FailedGetExternalMetric',
  'ScalingActive/FailedGetObjectMetric',
  'ScalingActive/FailedGetPodsMetric',
  'ScalingActive/FailedGetResourceMetric',
  'ScalingActive/InvalidSelector',
]);

/** Any known failure is Degraded; able to scale or at its limit is Healthy; before that it waits. */
export function computeAutoscalerHealth(object: JsonObject): Health {
  const conditions = stringAt(object, 'apiVersion') === 'autoscaling/v1' ? v1ConditionsOf(object) : conditionsOf(object);
  if (conditions === undefined) return unknown('the conditions annotation is not JSON');
  const failed = conditions.find(({ type, reason }) => FAILED.has(`${type}/${reason}`));
  if (failed !== undefined) return degraded(failed.message);
  const able = conditions.find(({ type, status }) => (type === 'AbleToScale' || type === 'ScalingLimited') && status === 'True');
  return able === undefined ? progressing('Waiting to Autoscale') : healthy(able.message);
}

function v1ConditionsOf(object: JsonObject): readonly Condition[] | undefined {
  const annotations = fieldAt(object, 'metadata.annotations');
  const text = isJsonObject(annotations) ? annotations[V1_CONDITIONS] : undefined;
  if (typeof text !== 'string') return [];
  try {
    // JSON.parse gives exactly what Json describes.
    return conditionsOf({ status: { conditions: JSON.parse(text) as Json } });
  } catch {
    return undefined;
  }
}
