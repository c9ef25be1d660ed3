import { spawn } from 'node:child_process';
import type { KubectlResult } from './cluster.ts';

/** Which kubectl to run and for which cluster. */
export interface Kubectl {
  readonly file: string;
  /** What selects kubectl in a binary of many programs. */
  readonly args: readonly string[];
  readonly kubeconfig: string;
  /** Where it keeps discovery; its default is the user's home, which a cluster of an hour would litter. */
  readonly cacheDir: string;
}

/**
 * Runs kubectl to its end.
 * @throws when it cannot be started at all
 */
export function runKubectl(kubectl: Kubectl, args: readonly string[], input?: string): Promise<KubectlResult> {
  return new Promise((done, fail) => {
    const all = [...kubectl.args, '--kubeconfig', kubectl.kubeconfig, '--cache-dir', kubectl.cacheDir, ...args];
    // KUBERC: a person's own aliases and defaults must not change what a test does.
    const child = spawn(kubectl.file, all, { env: { ...process.env, KUBERC: 'off' }, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 1, stdout, stderr }));
    child.stdin.on('error', () => undefined); // It may end without reading its input; its exit code tells.
    child.stdin.end(input);
  });
}
