import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goBuild } from '../../build/go-build.ts';

/** A program and the leading arguments that select one of several in the same file. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** What a control plane is made of. Without `controllers` Deployments are stored but nothing acts on them. */
export interface Programs {
  readonly etcd: Program;
  readonly apiServer: Program;
  readonly kubectl: Program;
  readonly controllers?: { readonly controllerManager: Program; readonly scheduler: Program; readonly kwok: Program };
  /** True when they end by themselves once their standard input closes. */
  readonly watchStdin: boolean;
}

const KUBERNETES_VERSION = { full: 'v1.36.3', major: '1', minor: '36' } as const;

/**
 * Finds the programs: those in the folder KUBEBUILDER_ASSETS when that is set, else our own binary, built when needed.
 * @throws GoBuildError when it has to be built and cannot be
 */
export async function findPrograms(progress: (line: string) => void): Promise<Programs> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') {
    const program = (name: string): Program => ({ file: join(assets, name), args: [] });
    return { etcd: program('etcd'), apiServer: program('kube-apiserver'), kubectl: program('kubectl'), watchStdin: false };
  }
  const file = await buildDevcluster(progress);
  const program = (name: string): Program => ({ file, args: [name] });
  return {
    etcd: program('etcd'),
    apiServer: program('apiserver'),
    kubectl: program('kubectl'),
    controllers: { controllerManager: program('controller-manager'), scheduler: program('scheduler'), kwok: program('kwok') },
    watchStdin: true,
  };
}

/** Finds a kubectl without building one where the machine has it. */
export async function findKubectl(progress: (line: string) => void): Promise<Program> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const folders = [...(assets === undefined ? [] : [assets]), ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, 'kubectl')).find((path) => existsSync(path));
  return found === undefined ? { file: await buildDevcluster(progress), args: ['kubectl'] } : { file: found, args: [] };
}

/** Gives the path of the binary with all components, building it unless that was done before. */
export function buildDevcluster(progress: (line: string) => void): Promise<string> {
  const { full, major, minor } = KUBERNETES_VERSION;
  // Releases get their version from the linker; without it, the server calls itself v0.0.0.
  const version = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .map((name) => `-X ${name}.gitVersion=${full} -X ${name}.gitMajor=${major} -X ${name}.gitMinor=${minor}`)
    .join(' ');
  const build = {
    name: 'devcluster',
    dir: fileURLToPath(new URL('..', import.meta.url)),
    env: { CGO_ENABLED: '0' },
    args: ['-trimpath', `-ldflags=-s -w ${version}`],
    output: 'devcluster',
  };
  return goBuild(build, progress);
}
