/** Argo CD's rules for what gets an address: gitops-engine/pkg/health/health_{service,ingress}.go. */
import type { Health } from '../app/status.ts';
import type { JsonObject } from '../objects/object.ts';
import { fieldAt, stringAt } from './fields.ts';
import { healthy, progressing } from './words.ts';

function hasAddress(object: JsonObject): boolean {
  const ingress = fieldAt(object, 'status.loadBalancer.ingress');
  return Array.isArray(ingress) && ingress.length > 0;
}

/** Only a load balancer is waited for: every other Service is there as soon as it exists. */
export function computeServiceHealth(object: JsonObject): Health {
  return stringAt(object, 'spec.type') !== 'LoadBalancer' || hasAddress(object) ? healthy() : progressing();
}

/** Known blind spot, kept for compatibility: a controller that never writes an address leaves its Ingress Progressing for ever. */
export function computeIngressHealth(object: JsonObject): Health {
  return hasAddress(object) ? healthy() : progressing();
}
