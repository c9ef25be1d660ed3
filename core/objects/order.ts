import type { ObjectRef } from './object.ts';

/**
 * In which order objects are applied; deletion goes the other way round.
 *
 * Argo CD sorts by kind, then by name (phases and waves come before both and are the plan's business):
 * https://github.com/argoproj/argo-cd/blob/c9c369efcc5b/gitops-engine/pkg/sync/sync_tasks.go#L27
 *
 * Flux sorts by kind (known kinds first, admission webhooks last), then by group, kind, namespace and name, and applies in stages,
 * waiting for each: https://github.com/fluxcd/pkg/blob/ssa/v0.78.0/ssa/sort.go#L35 and manager_apply.go#L379.
 *
 * Ties that upstream leaves open are broken by namespace and group, so that one input has one order.
 */
export const ARGO_KIND_ORDER = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
] as const;

export const FLUX_FIRST = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
] as const;

export const FLUX_LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;

/** Flux' stages in their order: each is applied and waited for before the next begins. */
export const FLUX_STAGES = ['definitions', 'classes', 'resources'] as const;
export type FluxStage = (typeof FLUX_STAGES)[number];

/** Kinds that a table does not name rank 0; those before them are negative, those after them positive. */
function ranks(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...first.map((kind, index): [string, number] => [kind, index - first.length]),
    ...last.map((kind, index): [string, number] => [kind, index + 1]),
  ]);
}

const ARGO_RANKS = ranks(ARGO_KIND_ORDER, []);
const FLUX_RANKS = ranks(FLUX_FIRST, FLUX_LAST);

/** Argo CD's order within one phase and wave: a comparator for `sort`. */
export function compareArgo(a: ObjectRef, b: ObjectRef): number {
  return (
    (ARGO_RANKS.get(a.kind) ?? 0) - (ARGO_RANKS.get(b.kind) ?? 0) ||
    compareText(a.name, b.name) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.kind, b.kind) ||
    compareText(a.group, b.group)
  );
}

/** Flux' order within one stage: a comparator for `sort`. */
export function compareFlux(a: ObjectRef, b: ObjectRef): number {
  return (
    (FLUX_RANKS.get(a.kind) ?? 0) - (FLUX_RANKS.get(b.kind) ?? 0) ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

/** The stage in which Flux applies an object: definitions (CRDs, Namespaces, ClusterRoles), classes, then everything else. */
export function fluxStageOf(ref: ObjectRef): FluxStage {
  const isDefinition =
    (ref.kind === 'CustomResourceDefinition' && ref.group === 'apiextensions.k8s.io') ||
    (ref.kind === 'Namespace' && ref.group === '') ||
    (ref.kind === 'ClusterRole' && ref.group === 'rbac.authorization.k8s.io');
  if (isDefinition) return 'definitions';
  return ref.kind.endsWith('Class') ? 'classes' : 'resources';
}

/** The comparator of a dialect, for applying. */
export function compareForApply(dialect: 'argo' | 'flux'): (a: ObjectRef, b: ObjectRef) => number {
  return dialect === 'argo' ? compareArgo : compareFlux;
}

/** The comparator of a dialect, for deleting: the order of applying, reversed. */
export function compareForDelete(dialect: 'argo' | 'flux'): (a: ObjectRef, b: ObjectRef) => number {
  const compare = compareForApply(dialect);
  return (a, b) => compare(b, a);
}

/** By UTF-16 code units: the same everywhere, whatever the locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
