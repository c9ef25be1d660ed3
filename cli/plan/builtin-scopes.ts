import type { Manifest } from '../../core/objects/object.ts';
import type { ScopeOf } from '../../core/plan/own-definitions.ts';

/** Kinds of Kubernetes' own groups that live outside of namespaces. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'IngressClass',
  'IPAddress',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/**
 * Whether kinds live in namespaces, as far as that can be known without a cluster: by the live objects, which tell for their kinds, then by the names of
 * built-in kinds. A custom kind of which nothing is known is taken to live in namespaces.
 */
export function offlineScopes(live: readonly Manifest[]): ScopeOf {
  const seen = new Map<string, 'namespaced' | 'cluster'>();
  for (const { apiVersion, kind, metadata } of live)
    seen.set(`${apiVersion}/${kind}`, (metadata.namespace ?? '') === '' ? 'cluster' : 'namespaced');
  return (apiVersion, kind) =>
    seen.get(`${apiVersion}/${kind}`) ?? (isBuiltin(apiVersion) && CLUSTER_KINDS.has(kind) ? 'cluster' : 'namespaced');
}

function isBuiltin(apiVersion: string): boolean {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
  return !group.includes('.') || group.endsWith('.k8s.io');
}
