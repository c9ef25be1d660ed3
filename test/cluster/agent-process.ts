import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Manifest } from '../../core/objects/object.ts';
import { uniqueName } from '../devcluster/shared.ts';
import { FakeWorker } from './fake-worker.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The agent as a process of its own, against the shared control plane and a fake Worker; its state is in a namespace of its own. */
export class AgentProcess {
  readonly worker: FakeWorker;
  readonly namespace: string;
  readonly #kubeconfig: string;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(worker: FakeWorker, options: { readonly namespace?: string; readonly kubeconfig?: string } = {}) {
    this.worker = worker;
    this.namespace = options.namespace ?? uniqueName('plumbline');
    worker.agentOutput = () => this.#output;
    this.#kubeconfig = options.kubeconfig ?? inject('devcluster').kubeconfig;
  }

  /** Starts it; resolves when it polls. */
  async start(options: { readonly failpoint?: string; readonly token?: string } = {}): Promise<void> {
    const polls = this.worker.polls.length;
    this.spawn(options);
    await this.worker.until('the agent polls', () => this.worker.polls.length > polls);
  }

  /** Starts it without waiting for anything. */
  spawn(options: { readonly failpoint?: string; readonly token?: string } = {}): void {
    const node = `${ROOT}node_modules/.bin/node`;
    const child = spawn(existsSync(node) ? node : process.execPath, [`${ROOT}agent/main.ts`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: this.#kubeconfig,
        PLUMBLINE_NAMESPACE: this.namespace,
        PLUMBLINE_URL: this.worker.url,
        PLUMBLINE_ROOT_KEY: this.worker.rootKey,
        PLUMBLINE_TOKEN: options.token ?? 'token-of-a-test',
        ...(options.failpoint === undefined ? {} : { PLUMBLINE_FAILPOINT: options.failpoint }),
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    this.#child = child;
  }

  /** Everything that it has printed. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<NodeJS.Signals | number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.signalCode ?? child.exitCode;
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  }

  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.signal(name);
    await this.ended();
  }
}

/** A worker and an agent that polls it. */
export async function startPair(
  options: { readonly failpoint?: string; readonly kubeconfig?: string } = {},
): Promise<AgentProcess> {
  const worker = new FakeWorker();
  await worker.start();
  const agent = new AgentProcess(worker, options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig });
  await agent.start(options.failpoint === undefined ? {} : { failpoint: options.failpoint });
  return agent;
}

/** Ends both. */
export async function stopPair(agent: AgentProcess): Promise<void> {
  await agent.stop('SIGKILL');
  await agent.worker.stop();
}

/** A ConfigMap with one value. */
export function configMap(name: string, value: string, namespace?: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    data: { value },
  };
}

/** The four objects of a small web app. */
export function webApp(name: string, version: string): Manifest[] {
  const labels = { app: name };
  return [
    configMap(name, version),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: name, containers: [{ name: 'web', image: `example.com/web:${version}` }] },
        },
      },
    },
  ];
}
