import type { AppPolicy } from '../../core/app/policy.ts';
import type { ClusterSettings } from '../../core/app/settings.ts';
import type { Health } from '../../core/app/status.ts';
import { computeHealth } from '../../core/health/compute-health.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ApplyContext } from './apply-context.ts';

/** Health of a live object by the rules of its App: at once, or when a program has told. */
export function healthOf(
  { health }: Pick<ApplyContext, 'health'>,
  live: JsonObject,
  rules: { readonly policy: AppPolicy | undefined; readonly settings: ClusterSettings | undefined },
): Health | Promise<Health> {
  const { policy, settings } = rules;
  if (policy === undefined || health === undefined) return computeHealth(live, policy?.dialect ?? 'argo');
  const { dialect, healthExpressions: expressions } = policy;
  const customizations = settings?.health;
  return health.health(live, {
    dialect,
    ...(customizations === undefined ? {} : { customizations }),
    ...(expressions === undefined ? {} : { expressions }),
  });
}
