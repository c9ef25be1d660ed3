import type { AppPolicy } from '../../../core/app/policy.ts';
import type { AppFacts } from '../../../core/dependency/readiness.ts';
import { policyOf } from '../plan/policy.ts';

/** An App of Flux that is synced and waits for nothing, with changes. */
export function factsOf(id: string, changes: Partial<AppFacts> = {}, policy: Partial<AppPolicy> = {}): AppFacts {
  return {
    id,
    state: 'present',
    policy: policyOf({ dialect: 'flux', name: id, namespace: 'flux-system', ...policy }),
    wanted: { bundle: 'sha256:new', revision: 'c2', generation: 7 },
    applied: { bundle: 'sha256:new', revision: 'c2', generation: 7 },
    sync: { bundle: 'sha256:new', outcome: 'synced' },
    health: { status: 'Healthy' },
    ...changes,
  };
}

/** Apps by id, as the checks take them. */
export function appsOf(...apps: readonly AppFacts[]): ReadonlyMap<string, AppFacts> {
  return new Map(apps.map((app) => [app.id, app]));
}

/** An App whose newest bundle waits to be synced. */
export const BEHIND: Partial<AppFacts> = {
  applied: { bundle: 'sha256:old', revision: 'c1', generation: 3 },
  sync: { bundle: 'sha256:old', outcome: 'synced' },
};
