import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../devcluster/handle/cluster.ts';

const END_MS = 8_000;

/** An agent that runs as a process of this machine instead of in a pod: kwok plays the kubelet of the development cluster, and runs no containers. */
export interface AgentProcess {
  readonly pid: number;
  /** SIGTERM lets it finish; SIGKILL is a crash. Settles when it has ended. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Settles when it has ended by itself or by a signal; gives its exit code or signal. */
  readonly ended: Promise<string>;
}

export interface AgentSettings {
  readonly bundle: string;
  readonly cluster: Cluster;
  /** A folder for its kubeconfig and log. */
  readonly dataDir: string;
  readonly name?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the agent with its ServiceAccount's token, as a pod would have it: its rights are those of the install manifest, no more. */
export async function startAgent(settings: AgentSettings): Promise<AgentProcess> {
  const { cluster, dataDir, name = 'agent' } = settings;
  const token = await cluster.serviceAccountToken('plumbline-system', 'plumbline-agent');
  const kubeconfig = join(dataDir, `${name}.kubeconfig`);
  await writeFile(kubeconfig, kubeconfigOf(cluster, token), { mode: 0o600 });
  const child = spawn(process.execPath, [settings.bundle], {
    env: {
      PATH: process.env['PATH'] ?? '',
      KUBECONFIG: kubeconfig,
      ...settings.env,
      PLUMBLINE_ALIVE_FILE: join(dataDir, `${name}.alive`),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(dataDir, `${name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  return { pid: child.pid ?? 0, ended, stop: (signal = 'SIGTERM') => stop(child, ended, signal) };
}

async function stop(child: ChildProcess, ended: Promise<string>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  // An agent that finishes what it does takes a second; one that hangs must not keep whoever started it.
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(late);
}

function kubeconfigOf(cluster: Cluster, token: string): string {
  const ca = cluster.ca === '' ? {} : { 'certificate-authority-data': Buffer.from(cluster.ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'this', cluster: { server: cluster.server, ...ca } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'this', context: { cluster: 'this', user: 'agent' } }],
    'current-context': 'this',
  });
}
