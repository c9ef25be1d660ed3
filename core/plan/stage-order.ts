import type { ObjectRef } from '../objects/object.ts';

/**
 * Which objects may be written side by side. Argo CD goes kind by kind and Flux object by object; what users rely on is only
 * that a thing exists before the thing that needs it. So kinds that do not need each other share a stage, in an order that
 * both dialects' tables agree with where it matters:
 *
 *   0  what others live in or are made of        Namespace, CustomResourceDefinition
 *   1  what workloads read or are limited by     configuration, accounts, roles, storage, Services, classes, policies
 *   2  what joins those                          RoleBinding, ClusterRoleBinding
 *   3  what runs                                 Deployment, StatefulSet, Job, …
 *   4  everything else, custom resources too     Ingress, APIService, …
 *   5  what can refuse all of the above          admission webhooks
 *
 * Deletion goes the other way round.
 */
const STAGES: readonly (readonly string[])[] = [
  ['Namespace', 'CustomResourceDefinition'],
  [
    'NetworkPolicy',
    'ResourceQuota',
    'LimitRange',
    'PodDisruptionBudget',
    'ServiceAccount',
    'Secret',
    'ConfigMap',
    'StorageClass',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'ClusterRole',
    'Role',
    'Service',
    'PriorityClass',
    'RuntimeClass',
    'IngressClass',
    'GatewayClass',
    'VolumeSnapshotClass',
    'ClusterClass',
  ],
  ['ClusterRoleBinding', 'RoleBinding'],
  [
    'DaemonSet',
    'Pod',
    'ReplicationController',
    'ReplicaSet',
    'Deployment',
    'HorizontalPodAutoscaler',
    'StatefulSet',
    'Job',
    'CronJob',
  ],
  [],
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
];

const STAGE_OF: ReadonlyMap<string, number> = new Map(
  STAGES.flatMap((kinds, stage) => kinds.map((kind) => [kind, stage] as const)),
);

const REST = 4;

/** The stage in which an object is written; lower first. */
export function stageOf(ref: Pick<ObjectRef, 'group' | 'kind'>): number {
  const stage = STAGE_OF.get(ref.kind);
  // A custom resource may be called `Service` or `Job` too; it is no dependency of anything built in.
  return stage === undefined || !isBuiltIn(ref.group) ? REST : stage;
}

function isBuiltIn(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}
