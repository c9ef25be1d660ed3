/**
 * The annotations and labels that Argo CD and Flux define, so that a key which nobody knows can be told from one that is used elsewhere (on
 * an Application, by the dashboard, by a notification): only what none of these tables names is called unknown.
 */
const ARGO = 'argocd.argoproj.io/';
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/';
const HELM = 'helm.toolkit.fluxcd.io/';
const OPERATOR = 'fluxcd.controlplane.io/';

const within = (prefix: string, names: readonly string[]): string[] => names.map((name) => prefix + name);

export const ARGO_KEYS: ReadonlySet<string> = new Set(
  within(ARGO, [
    // On any object
    'sync-wave',
    'hook',
    'hook-delete-policy',
    'sync-options',
    'compare-options',
    'tracking-id',
    'installation-id',
    'instance',
    'ignore-healthcheck',
    'ignore-restart-policy',
    'ignore-resource-updates',
    'ignore-default-links',
    // On Applications, ApplicationSets, projects and the Secrets of Argo CD, which an App may hold as ordinary objects
    'refresh',
    'refresh-timestamp',
    'hydrate',
    'hydrate-timestamp',
    'application-set-refresh',
    'skip-reconcile',
    'manifest-generate-paths',
    'managed-by-url',
    'deletion-approved',
    'client-side-apply-migration-manager',
    'secret-type',
    'auto-label-cluster-info',
    'kubernetes-version',
  ]),
);

export const FLUX_KEYS: ReadonlySet<string> = new Set([
  ...within(KUSTOMIZE, ['prune', 'ssa', 'force', 'reconcile', 'substitute', 'decrypt', 'name', 'namespace', 'checksum']),
  ...within(HELM, ['driftDetection', 'name', 'namespace']),
  ...within(OPERATOR, [
    'reconcile',
    'reconcileEvery',
    'reconcileArtifactEvery',
    'reconcileTimeout',
    'copyFrom',
    'checksumFrom',
    'recreateOnFailure',
    'profile',
  ]),
]);

/** True for a key of a family that belongs to Argo CD or Flux, where a typo would otherwise do nothing and say nothing. */
export function isGuardedKey(key: string): boolean {
  return key.startsWith(ARGO) || key.startsWith(KUSTOMIZE) || key.startsWith(HELM) || key.startsWith(OPERATOR);
}
