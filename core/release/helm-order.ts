import type { ObjectRef } from '../objects/object.ts';

/**
 * Helm's order of kinds (https://github.com/helm/helm/blob/v4.3.1/pkg/release/v1/util/kind_sorter.go), which breaks ties between hooks. Kinds that
 * the table does not name come last, by their names.
 */
export const HELM_INSTALL_ORDER = [
  'PriorityClass',
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
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
] as const;

type Kinded = Pick<ObjectRef, 'kind'>;

/** Helm's order of writing: a comparator for `sort`. Objects of one kind keep the order of the chart. */
export function compareHelmInstall(a: Kinded, b: Kinded): number {
  return compareKinds(INSTALL_RANKS, a.kind, b.kind);
}

/**
 * The order of the hooks of one occasion (pkg/action/hooks.go): by weight, then by name, then by kind. Helm runs them one after the other in
 * this order, each to its end, so a ServiceAccount of the same weight as the Job that needs it must have the smaller name.
 */
export function compareHelmHooks(
  a: { readonly weight: number; readonly ref: ObjectRef },
  b: { readonly weight: number; readonly ref: ObjectRef },
): number {
  return a.weight - b.weight || compareText(a.ref.name, b.ref.name) || compareHelmInstall(a.ref, b.ref);
}

const INSTALL_RANKS = ranksOf(HELM_INSTALL_ORDER);

function ranksOf(kinds: readonly string[]): ReadonlyMap<string, number> {
  return new Map(kinds.map((kind, rank) => [kind, rank]));
}

function compareKinds(ranks: ReadonlyMap<string, number>, a: string, b: string): number {
  const last = ranks.size;
  const [rankA, rankB] = [ranks.get(a) ?? last, ranks.get(b) ?? last];
  return rankA - rankB || (rankA === last ? compareText(a, b) : 0);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
