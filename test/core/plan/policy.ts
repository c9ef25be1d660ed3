import type { AppPolicy } from '../../../core/app/policy.ts';

/** A policy that does everything by itself, with a budget that holds nothing back. */
export function policyOf(changes: Partial<AppPolicy> = {}): AppPolicy {
  return {
    dialect: 'argo',
    name: 'web',
    namespace: 'argocd',
    autoSync: true,
    prune: true,
    selfHeal: true,
    allowEmpty: false,
    createNamespace: false,
    suspended: false,
    retry: { limit: 5, durationSeconds: 5, factor: 2, maxDurationSeconds: 180 },
    timeoutSeconds: 300,
    onDelete: 'prune',
    budget: { count: 100, percent: 100 },
    ...changes,
  };
}
