import { rm, writeFile } from 'node:fs/promises';
import type { Devcluster } from './cluster.ts';
import { ComponentError } from './component-process.ts';
import { ControlPlane } from './control-plane.ts';
import { prepareDataFolder } from './data-folder.ts';
import { toKubeconfig } from './kubeconfig.ts';
import { runKubectl } from './kubectl.ts';
import { findFreePorts } from './ports.ts';
import { findPrograms, type Programs } from './programs.ts';
import { requestToken } from './service-account-token.ts';

/** How to start a cluster; everything has a default. */
export interface DevclusterOptions {
  /** Waits for the disk on every write, as a real etcd does. For benchmarks; tests leave it out. */
  readonly durable?: boolean;
  /** Runs the controller manager, the scheduler and kwok, so that Deployments roll out. Default true. */
  readonly controllers?: boolean;
  /** Logs every request of the API server. */
  readonly audit?: boolean;
  /** Keeps the data there, and goes on from what is there already. Default: a temporary folder, removed by stop(). */
  readonly dataDir?: string;
  /** More flags for the API server, for example `--feature-gates=…`. */
  readonly apiServerFlags?: readonly string[];
  /** Told in a line for people what takes long. */
  readonly progress?: (line: string) => void;
}

const ATTEMPTS = 3;

/**
 * Starts a Kubernetes control plane on free ports of 127.0.0.1 and waits until it works.
 * With KUBEBUILDER_ASSETS set, the programs in that folder are run, and there are no controllers.
 * @throws GoBuildError when the binary cannot be built, ComponentError when a component does not come up; the data
 *   folder stays then, for its logs
 */
export async function startDevcluster(options: DevclusterOptions = {}): Promise<Devcluster> {
  const programs = await findPrograms(options.progress ?? (() => undefined));
  const folder = await prepareDataFolder(options.dataDir);
  for (let attempt = 1; ; attempt++) {
    const [etcdPort = 0, apiPort = 0] = await findFreePorts(2);
    const control = new ControlPlane(programs, folder, {
      etcdPort,
      apiPort,
      durable: options.durable ?? false,
      audit: options.audit ?? false,
      controllers: (options.controllers ?? true) && programs.controllers !== undefined,
      apiServerFlags: options.apiServerFlags ?? [],
    });
    await writeFile(folder.kubeconfig, toKubeconfig(control.access), { mode: 0o600 });
    try {
      await control.start();
      return toDevcluster(control, { programs, audit: options.audit ?? false });
    } catch (error) {
      await control.stopAll();
      const portTaken = error instanceof ComponentError && error.message.includes('address already in use');
      if (!portTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

function toDevcluster(control: ControlPlane, made: { readonly programs: Programs; readonly audit: boolean }): Devcluster {
  const { folder, access } = control;
  const kubectl = { ...made.programs.kubectl, kubeconfig: folder.kubeconfig, cacheDir: folder.kubectlCache };
  return {
    server: access.server,
    ca: access.ca,
    adminToken: access.token,
    kubeconfig: folder.kubeconfig,
    binary: made.programs.kubectl.file,
    dataDir: folder.dir,
    ...(made.audit ? { auditLog: folder.auditLog } : {}),
    processes: () => control.processes(),
    kubectl: (args, options) => runKubectl(kubectl, args, options?.input),
    serviceAccountToken: (namespace, name) => requestToken(access, { namespace, name }),
    stopApiServer: (signal = 'SIGKILL') => control.stop('apiserver', signal),
    startApiServer: () => control.startApiServer(),
    stopEtcd: (signal = 'SIGKILL') => control.stop('etcd', signal),
    startEtcd: () => control.startEtcd(),
    stop: async () => {
      await control.stopAll();
      if (folder.temporary) await rm(folder.dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
