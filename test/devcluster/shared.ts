import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type ApiAnswer, type ApiRequest, callApi } from '../../devcluster/handle/api-client.ts';
import type { Cluster } from '../../devcluster/handle/cluster.ts';
import { runKubectl } from '../../devcluster/handle/kubectl.ts';
import { requestToken } from '../../devcluster/handle/service-account-token.ts';
import type { ProvidedDevcluster } from './global-setup.ts';

/** The control plane that all test files of a run share, so it cannot be stopped from here. */
export interface SharedCluster extends Cluster, Omit<ProvidedDevcluster, 'kubectl'> {
  /** One request, as admin or with the given token. */
  call(request: ApiRequest, token?: string): Promise<ApiAnswer>;
  /** Makes a namespace of its own for a test; nobody removes it, the cluster ends with the run. */
  namespace(prefix: string): Promise<string>;
}

/** Gives the handle on the run's shared control plane. */
export function sharedCluster(): SharedCluster {
  const provided = inject('devcluster');
  const kubectl = { ...provided.kubectl, kubeconfig: provided.kubeconfig, cacheDir: join(provided.dataDir, 'kubectl-cache') };
  const access = { server: provided.server, ca: provided.ca, token: provided.adminToken };
  const call = (request: ApiRequest, token = access.token) => callApi({ ...access, token }, request);
  return {
    ...provided,
    call,
    kubectl: (args, options) => runKubectl(kubectl, args, options?.input),
    serviceAccountToken: (namespace, name) => requestToken(access, { namespace, name }),
    namespace: async (prefix) => {
      const name = uniqueName(prefix);
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const made = await call({ method: 'POST', path: '/api/v1/namespaces', body });
      if (made.status !== 201) throw new Error(`creating namespace ${name} was answered ${made.status}: ${made.text}`);
      return name;
    },
  };
}

/** A name that no other test of the run has: for namespaces and cluster-scoped objects. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}
