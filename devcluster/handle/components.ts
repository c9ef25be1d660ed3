import type { DataFolder } from './data-folder.ts';

/** What decides the flags of the components beside the data folder. */
export interface ControlPlaneSettings {
  readonly etcdPort: number;
  readonly apiPort: number;
  /** True: etcd waits for the disk, as a real cluster's does. */
  readonly durable: boolean;
  readonly audit: boolean;
  /** True when a controller manager runs. */
  readonly controllers: boolean;
  readonly apiServerFlags: readonly string[];
}

/** Requests per second of a component, far above the default of 20 that suits a cluster of many tenants, not a test. */
const CLIENT_RATE = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

export function etcdFlags(folder: DataFolder, settings: ControlPlaneSettings): readonly string[] {
  const url = `http://127.0.0.1:${settings.etcdPort}`;
  return [
    `--data-dir=${folder.etcd}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    // It has no peers, but cannot be told so.
    '--listen-peer-urls=http://127.0.0.1:0',
    // It elects itself, for which it would wait a second by default.
    '--heartbeat-interval=20',
    '--election-timeout=100',
    '--log-level=warn',
    ...(settings.durable ? [] : ['--unsafe-no-fsync']),
  ];
}

export function apiServerFlags(folder: DataFolder, settings: ControlPlaneSettings): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${settings.etcdPort}`,
    `--secure-port=${settings.apiPort}`,
    '--bind-address=127.0.0.1',
    // Its default is the address of a network card, and a machine without a network has none.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${folder.serverCertificate}`,
    `--tls-private-key-file=${folder.serverKey}`,
    `--cert-dir=${folder.dir}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${folder.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${folder.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${folder.tokens}`,
    '--allow-privileged=true',
    // A new Node takes Pods at once, instead of when the controller manager has seen it ready. And without a
    // controller manager nobody makes the ServiceAccount that every Pod would need.
    `--disable-admission-plugins=${settings.controllers ? 'TaintNodesByCondition' : 'TaintNodesByCondition,ServiceAccount'}`,
    ...(settings.audit ? [`--audit-policy-file=${folder.auditPolicy}`, `--audit-log-path=${folder.auditLog}`] : []),
    ...settings.apiServerFlags,
  ];
}

export function controllerManagerFlags(folder: DataFolder): readonly string[] {
  return [
    `--kubeconfig=${folder.kubeconfig}`,
    `--service-account-private-key-file=${folder.serviceAccountKey}`,
    // Published in every namespace as ConfigMap kube-root-ca.crt.
    `--root-ca-file=${folder.caFile}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...CLIENT_RATE,
  ];
}

export function schedulerFlags(folder: DataFolder): readonly string[] {
  return [`--kubeconfig=${folder.kubeconfig}`, '--leader-elect=false', '--secure-port=0', ...CLIENT_RATE];
}

export function kwokFlags(folder: DataFolder): readonly string[] {
  // Without a lease the controller manager would take the Node for lost after a minute.
  return [`--kubeconfig=${folder.kubeconfig}`, '--manage-all-nodes', '--node-lease-duration-seconds=40'];
}
