import type { TestProject } from 'vitest/node';
import type { ApiAccess } from '../../devcluster/handle/api-client.ts';
import { findPrograms, type Program } from '../../devcluster/handle/programs.ts';
import { startDevcluster } from '../../devcluster/handle/start-devcluster.ts';

/** What every test file is told about the one control plane of the run; see shared.ts for a handle on it. */
export interface ProvidedDevcluster {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** The same in base64, as a kubeconfig's `certificate-authority-data` wants it. */
  readonly caData: string;
  readonly adminToken: string;
  readonly kubeconfig: string;
  readonly binary: string;
  readonly kubectl: Program;
  readonly dataDir: string;
  readonly auditLog: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly devcluster: ProvidedDevcluster;
  }
}

/** Starts one control plane for the whole run; gives what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const programs = await findPrograms(progress);
  const cluster = await startDevcluster({ audit: true, progress });
  const access: ApiAccess = { server: cluster.server, ca: cluster.ca, token: cluster.adminToken };
  project.provide('devcluster', {
    server: access.server,
    ca: access.ca,
    caData: Buffer.from(access.ca).toString('base64'),
    adminToken: access.token,
    kubeconfig: cluster.kubeconfig,
    binary: cluster.binary,
    kubectl: programs.kubectl,
    dataDir: cluster.dataDir,
    auditLog: cluster.auditLog ?? '',
  });
  return () => cluster.stop();
}
