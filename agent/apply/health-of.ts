import type { AppPolicy } from '../../core/app/policy.ts';
import type { ClusterSettings } from '../../core/app/settings.ts';
import type { Health } from '../../core/app/status.ts';
import { computeHealth } from '../../core/health/compute-health.ts';
import { type HealthRules, healthCheckOf } from '../../core/health/health-check.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ApplyContext } from './apply-context.ts';

/** The rules by which an App's objects are judged. */
export interface JudgedBy {
  readonly policy: AppPolicy | undefined;
  readonly settings: ClusterSettings | undefined;
}

/** Health of a live object by the rules of its App: at once, or when a program has told. */
export function healthOf({ health }: Pick<ApplyContext, 'health'>, live: JsonObject, rules: JudgedBy): Health | Promise<Health> {
  const { policy } = rules;
  if (policy === undefined || health === undefined) return computeHealth(live, policy?.dialect ?? 'argo');
  return health.health(live, toRules(policy, rules));
}

/** True when a user's program judges the object: it has to see all of it, and metadata alone say nothing. */
export function needsContent(live: JsonObject, rules: JudgedBy): boolean {
  return rules.policy !== undefined && healthCheckOf(live, toRules(rules.policy, rules)).kind !== 'known';
}

function toRules({ dialect, healthExpressions: expressions }: AppPolicy, { settings }: JudgedBy): HealthRules {
  const customizations = settings?.health;
  return {
    dialect,
    ...(customizations === undefined ? {} : { customizations }),
    ...(expressions === undefined ? {} : { expressions }),
  };
}
