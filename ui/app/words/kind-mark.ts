/** Kubernetes' own short names, which people know from kubectl, as the mark of a node. */
const SHORT: { readonly [kind: string]: string } = {
  ConfigMap: 'cm',
  ControllerRevision: 'crev',
  CronJob: 'cj',
  CustomResourceDefinition: 'crd',
  DaemonSet: 'ds',
  Deployment: 'deploy',
  EndpointSlice: 'eps',
  Endpoints: 'ep',
  HorizontalPodAutoscaler: 'hpa',
  Ingress: 'ing',
  Job: 'job',
  LimitRange: 'limits',
  Namespace: 'ns',
  NetworkPolicy: 'netpol',
  PersistentVolume: 'pv',
  PersistentVolumeClaim: 'pvc',
  Pod: 'pod',
  PodDisruptionBudget: 'pdb',
  ReplicaSet: 'rs',
  ResourceQuota: 'quota',
  Role: 'role',
  Secret: 'sec',
  Service: 'svc',
  ServiceAccount: 'sa',
  StatefulSet: 'sts',
  StorageClass: 'sc',
};

/** A few letters for a kind: Kubernetes' short name, or the kind's capitals (`ClusterRoleBinding` → `crb`). */
export function toKindMark(kind: string): string {
  const capitals = kind.replace(/[^A-Z]/g, '').toLowerCase();
  return SHORT[kind] ?? (capitals.length > 1 ? capitals.slice(0, 5) : kind.slice(0, 4).toLowerCase());
}
