import type { Health, HealthStatus } from '../app/status.ts';

/** Argo CD's order, best first: gitops-engine/pkg/health/health.go, `healthOrder`. */
const ORDER: readonly HealthStatus[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** True when `other` is worse than `current`. */
export function isWorse(current: HealthStatus, other: HealthStatus): boolean {
  return ORDER.indexOf(other) > ORDER.indexOf(current);
}

/** The worst of a list, with the message of the first that is so bad; an empty list is Healthy. */
export function worstHealth(list: Iterable<Health>): Health {
  let worst: Health = { status: 'Healthy' };
  let first = true;
  for (const health of list) {
    if (first || isWorse(worst.status, health.status)) worst = health;
    first = false;
  }
  return worst;
}
