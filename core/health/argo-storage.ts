/** Argo CD's rule for claims: gitops-engine/pkg/health/health_pvc.go. */
import type { Health } from '../app/status.ts';
import type { JsonObject } from '../objects/object.ts';
import { stringAt } from './fields.ts';
import { degraded, healthy, progressing, unknown } from './words.ts';

/** A claim of a class with `WaitForFirstConsumer` stays Progressing until a Pod uses it: the status does not say which it is. */
export function computeClaimHealth(object: JsonObject): Health {
  switch (stringAt(object, 'status.phase')) {
    case 'Lost':
      return degraded();
    case 'Pending':
      return progressing();
    case 'Bound':
      return healthy();
    default:
      return unknown();
  }
}
