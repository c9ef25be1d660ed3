import { join } from 'node:path';
import { type ApiAccess, callApi } from './api-client.ts';
import { type ComponentProcess, startComponent } from './component-process.ts';
import {
  apiServerFlags,
  type ControlPlaneSettings,
  controllerManagerFlags,
  etcdFlags,
  kwokFlags,
  schedulerFlags,
} from './components.ts';
import type { DataFolder } from './data-folder.ts';
import type { Program, Programs } from './programs.ts';
import { awaitApiServer, awaitNode, awaitServiceAccount } from './readiness.ts';

export type ComponentName = 'etcd' | 'apiserver' | 'controller-manager' | 'scheduler' | 'kwok';
export type StopSignal = 'SIGTERM' | 'SIGKILL';

const NODE_NAME = 'devcluster-node';

/** The processes of one cluster, each of which can be stopped and started again under the same flags. */
export class ControlPlane {
  readonly folder: DataFolder;
  readonly access: ApiAccess;
  readonly #programs: Programs;
  readonly #settings: ControlPlaneSettings;
  readonly #running = new Map<ComponentName, ComponentProcess>();

  constructor(programs: Programs, folder: DataFolder, settings: ControlPlaneSettings) {
    this.folder = folder;
    this.#programs = programs;
    this.#settings = settings;
    this.access = { server: `https://127.0.0.1:${settings.apiPort}`, ca: folder.ca, token: folder.adminToken };
  }

  /** Process ids of what runs. */
  processes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#running].map(([name, component]) => [name, component.pid]));
  }

  /**
   * Starts everything and waits until a Pod can be scheduled (or, without controllers, until the API answers).
   * @throws ComponentError when a component ends or is not ready in time
   */
  async start(): Promise<void> {
    this.#start('etcd');
    this.#start('apiserver');
    await awaitApiServer(this.access, this.#all());
    const { controllers } = this.#programs;
    if (!this.#settings.controllers || controllers === undefined) return;
    // Only now, which is measurably sooner: earlier they would take the processor from the API server, and sit out a
    // back-off.
    this.#start('kwok');
    this.#start('controller-manager');
    this.#start('scheduler');
    await createNode(this.access);
    await Promise.all([awaitNode(this.access, NODE_NAME, this.#all()), awaitServiceAccount(this.access, this.#all())]);
  }

  async startEtcd(): Promise<void> {
    this.#start('etcd');
  }

  /** Starts the API server and waits until it is ready; fails like start(). */
  async startApiServer(): Promise<void> {
    this.#start('apiserver');
    await awaitApiServer(this.access, this.#all());
  }

  /** Ends one component and waits until it is gone; does nothing when it does not run. */
  async stop(name: ComponentName, signal: StopSignal): Promise<void> {
    const component = this.#running.get(name);
    this.#running.delete(name);
    await component?.stop(signal);
  }

  /** Ends everything at once. Killing is safe: only etcd keeps anything, and its log survives that. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name, 'SIGKILL')));
  }

  #all(): readonly ComponentProcess[] {
    return [...this.#running.values()];
  }

  #start(name: ComponentName): void {
    if (this.#running.has(name)) return;
    const program = this.#programOf(name);
    const command = {
      name,
      file: program.file,
      args: [...program.args, ...this.#flagsOf(name)],
      env: name === 'etcd' && this.folder.temporary ? { DEVCLUSTER_REMOVE_WHEN_ORPHANED: this.folder.dir } : {},
      log: join(this.folder.logs, `${name}.log`),
      watchesStdin: this.#programs.watchStdin,
    };
    this.#running.set(name, startComponent(command));
  }

  #programOf(name: ComponentName): Program {
    const { etcd, apiServer, controllers } = this.#programs;
    if (name === 'etcd') return etcd;
    if (name === 'apiserver' || controllers === undefined) return apiServer;
    if (name === 'controller-manager') return controllers.controllerManager;
    return name === 'scheduler' ? controllers.scheduler : controllers.kwok;
  }

  #flagsOf(name: ComponentName): readonly string[] {
    if (name === 'etcd') return etcdFlags(this.folder, this.#settings);
    if (name === 'apiserver') return apiServerFlags(this.folder, this.#settings);
    if (name === 'controller-manager') return controllerManagerFlags(this.folder);
    return name === 'scheduler' ? schedulerFlags(this.folder) : kwokFlags(this.folder);
  }
}

/** A Node on which everything fits: kwok fills in its capacity. One that is there from an earlier run is left alone. */
async function createNode(access: ApiAccess): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE_NAME, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': NODE_NAME } },
  };
  const answer = await callApi(access, { method: 'POST', path: '/api/v1/nodes', body });
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`creating the Node was answered ${answer.status}: ${answer.text}`);
}
