import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { readKubeconfigServer } from './kubeconfig.ts';
import { runKubectl } from './kubectl.ts';
import { findKubectl } from './programs.ts';

/**
 * Gives a handle on a cluster that somebody else runs: the current context of the kubeconfig, with its rights.
 * @throws when the file is missing or has no current cluster
 */
export async function useCluster(kubeconfig: string, progress: (line: string) => void = () => undefined): Promise<Cluster> {
  const { server, ca } = await readKubeconfigServer(kubeconfig);
  const kubectl = { ...(await findKubectl(progress)), kubeconfig, cacheDir: join(tmpdir(), 'devcluster-kubectl-cache') };
  return {
    server,
    ca,
    kubeconfig,
    kubectl: (args, options) => runKubectl(kubectl, args, options?.input),
    // Through kubectl, which knows every way to log in that a kubeconfig can name.
    serviceAccountToken: async (namespace, name) => {
      const created = await runKubectl(kubectl, ['create', 'token', name, '--namespace', namespace]);
      if (created.code !== 0) throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${created.stderr.trim()}`);
      return created.stdout.trim();
    },
  };
}
