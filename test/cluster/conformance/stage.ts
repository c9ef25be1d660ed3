import type { App } from '../../../core/app/app.ts';
import type { ClusterSettings, ProjectRules } from '../../../core/app/settings.ts';
import type { AppStatus, ResourceStatus } from '../../../core/app/status.ts';
import type { Manifest } from '../../../core/objects/object.ts';
import type { AppRequest, ObjectResult, Receipt } from '../../../core/protocol/messages.ts';
import { type SharedCluster, sharedCluster, uniqueName } from '../../devcluster/shared.ts';
import {
  application,
  argoSettings,
  file,
  gitRepository,
  helmRelease,
  kustomization,
  parse,
  project,
} from '../../src/app/fleet-fixtures.ts';
import { type AgentProcess, startPair, stopPair } from '../agent-process.ts';
import type { FakeApp } from '../fake-worker.ts';
import { eventually, type LiveJson, liveCluster } from '../live.ts';

/**
 * One agent and many Apps side by side. Each App is written as its users write it (an Application, a Kustomization, a HelmRelease) and read by the
 * Worker's own parser, so that a test shows the whole way from the line of YAML to the API server.
 */
export class Stage {
  readonly cluster: SharedCluster = sharedCluster();
  readonly #agent: AgentProcess;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #settings: Record<string, ClusterSettings> = {};
  readonly #projects: Record<string, ProjectRules> = {};

  constructor(agent: AgentProcess) {
    this.#agent = agent;
  }

  get worker() {
    return this.#agent.worker;
  }

  /** An Application of Argo CD with a namespace of its own, which is its destination. */
  async argo(options: ArgoOptions = {}): Promise<StagedApp> {
    const app = new StagedApp(this, await this.cluster.namespace('argo'));
    app.write(options);
    return app;
  }

  /** A Kustomization or HelmRelease of Flux in a namespace of its own. */
  async flux(options: FluxOptions = {}): Promise<StagedApp> {
    const app = new StagedApp(this, await this.cluster.namespace('flux'));
    app.writeFlux(options);
    return app;
  }

  /** Apps are published one after another, and each change is one commit. */
  publish(app: FakeApp, shared: ReturnType<typeof parse>['shared']): Promise<number> {
    for (const { kind, key, value } of shared)
      if (kind === 'settings') this.#settings[key] = value;
      else this.#projects[key] = value;
    const published = this.#turn.then(() => this.worker.publish([app], { settings: this.#settings, projects: this.#projects }));
    this.#turn = published;
    return published;
  }

  stop(): Promise<void> {
    return stopPair(this.#agent);
  }
}

export async function startStage(): Promise<Stage> {
  return new Stage(await startPair());
}

export interface ArgoOptions {
  readonly syncOptions?: readonly string[];
  /** More of `spec.syncPolicy`; prune and self-heal are on, and nothing is retried, unless it says otherwise. */
  readonly syncPolicy?: object;
  readonly spec?: object;
  readonly metadata?: object;
  /** `argocd-cm`. */
  readonly settings?: object;
  /** The spec of its AppProject. */
  readonly project?: object;
}

export interface FluxOptions {
  readonly kind?: 'Kustomization' | 'HelmRelease';
  readonly spec?: object;
  readonly metadata?: object;
  /** Other definitions of its fleet path, which it may name. */
  readonly beside?: readonly string[];
}

/** An App that a test changes commit by commit. */
export class StagedApp {
  readonly namespace: string;
  readonly #stage: Stage;
  #app: App | undefined;
  #shared: ReturnType<typeof parse>['shared'] = [];
  #objects: readonly Manifest[] = [];
  #commits = 0;

  constructor(stage: Stage, namespace: string) {
    this.#stage = stage;
    this.namespace = namespace;
  }

  get id(): string {
    return this.parsed.id;
  }

  /** Writes its Application; it takes effect with the next commit. */
  write({ syncOptions = [], syncPolicy = {}, spec = {}, metadata = {}, settings, project: rules }: ArgoOptions): void {
    const text = application(
      this.namespace,
      {
        destination: { server: 'https://kubernetes.default.svc', namespace: this.namespace },
        syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: 0 }, syncOptions, ...syncPolicy },
        ...(rules === undefined ? {} : { project: 'team' }),
        ...spec,
      },
      { finalizers: ['resources-finalizer.argocd.argoproj.io'], ...metadata },
    );
    const others = [settings === undefined ? [] : argoSettings(settings), rules === undefined ? [] : project('team', rules)];
    this.#read(file(text, ...others.flat()));
  }

  writeFlux(options: FluxOptions): void {
    const { beside = [] } = options;
    this.#read(file(gitRepository('shop', {}, { namespace: this.namespace }), this.fluxText(options), ...beside));
  }

  /** Its Kustomization or HelmRelease as YAML. */
  fluxText({ kind = 'Kustomization', spec = {}, metadata = {} }: FluxOptions): string {
    const { namespace } = this;
    const make = kind === 'Kustomization' ? kustomization : helmRelease;
    const where = { targetNamespace: namespace };
    return make(this.namespace, { ...where, ...spec }, { namespace, ...metadata });
  }

  #read(text: string): void {
    const { apps, problems, shared } = parse(text);
    const app = apps.find(({ origin }) => origin.name === this.namespace);
    if (app === undefined) throw new Error(`${this.namespace} is not understood: ${JSON.stringify(problems)}`);
    this.#app = app;
    this.#shared = shared;
  }

  /** What the parser made of it. */
  get parsed(): App {
    if (this.#app === undefined) throw new Error('nothing was written yet');
    return this.#app;
  }

  /** Makes these its objects (or keeps those of the last commit) without waiting for anything. */
  async publish(objects?: readonly Manifest[], options: CommitOptions = {}): Promise<number> {
    // A request, or another policy, is not another commit.
    if (objects !== undefined) {
      this.#objects = objects;
      this.#commits++;
    }
    const { policy } = this.parsed;
    const app: FakeApp = {
      id: this.id,
      objects: this.#objects,
      policy,
      revision: options.revision ?? `${this.#commits}`.padStart(40, 'c0ffee'),
      ...(options.removed === true ? { state: 'removed' } : {}),
      ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
      ...(options.request === undefined
        ? {}
        : { requests: [{ id: uniqueName('request'), kind: 'sync', actor: 'somebody', ...options.request }] }),
    };
    return this.#stage.publish(app, this.#shared);
  }

  /** The same, and waits for the receipt: the one that answers the request, if there is one. */
  async commit(objects?: readonly Manifest[], options: CommitOptions = {}): Promise<Receipt> {
    if (options.request === undefined) return this.receipt(await this.publish(objects, options));
    const id = uniqueName('request');
    await this.publish(objects, { ...options, request: { id, ...options.request } });
    return this.#receiptWith(`an answer to ${id}`, ({ requests }) => requests.includes(id));
  }

  /** A person asks for a sync of what is there. */
  sync(request: Partial<AppRequest> = {}): Promise<Receipt> {
    return this.commit(undefined, { request });
  }

  /** Its Application is gone from Git. */
  remove(): Promise<Receipt> {
    return this.commit(undefined, { removed: true });
  }

  /** The first receipt since a generation: later ones are of retries. */
  receipt(since: number): Promise<Receipt> {
    return this.#receiptWith('a receipt', ({ generation }) => generation >= since);
  }

  async #receiptWith(what: string, holds: (receipt: Receipt) => boolean): Promise<Receipt> {
    const { worker } = this.#stage;
    const find = () => worker.receipts.find((receipt) => receipt.app === this.id && holds(receipt));
    await worker.until(`${this.id}: ${what}`, () => find() !== undefined);
    return find() as Receipt; // until has just seen it
  }

  /** Resolves when its status is as it should be. */
  until(what: string, holds: (status: AppStatus) => boolean): Promise<void> {
    const { worker } = this.#stage;
    return worker.until(`${this.id}: ${what}`, () => {
      const status = worker.statuses.get(this.id);
      return status !== undefined && holds(status);
    });
  }

  /** Resolves when it waits for something whose message holds this text. */
  waits(text: string): Promise<void> {
    return this.until(`it waits for ${text}`, ({ progress }) => progress?.state === 'waiting' && progress.message.includes(text));
  }

  synced(): Promise<void> {
    return this.until('it is Synced', ({ sync, progress }) => sync === 'Synced' && progress === undefined);
  }

  get status(): AppStatus | undefined {
    return this.#stage.worker.statuses.get(this.id);
  }

  resource(key: string): ResourceStatus | undefined {
    return this.status?.resources.find((resource) => resource.key === this.key(key));
  }

  /** `ConfigMap/a` as the key of an object in its namespace; `apps/Deployment/a` where there is a group. */
  key(short: string): string {
    const parts = short.split('/');
    const [group, kind, name] = parts.length === 2 ? ['', ...parts] : parts;
    return `${group}/${kind}/${this.namespace}/${name}`;
  }

  /** A live object by `ConfigMap/a` (see PLURALS). */
  live(short: string): Promise<LiveJson | undefined> {
    return liveCluster(this.#stage.cluster).get(this.path(short));
  }

  path(short: string): string {
    const [kind = '', name = ''] = short.split('/');
    const found = PLURALS[kind];
    if (found === undefined) throw new Error(`no path is known for ${kind}`);
    return `${found[0]}/namespaces/${this.namespace}/${found[1]}/${name}`;
  }

  patch(short: string, patch: unknown): Promise<void> {
    return liveCluster(this.#stage.cluster).patch(this.path(short), patch);
  }

  delete(short: string): Promise<void> {
    return liveCluster(this.#stage.cluster).remove(this.path(short));
  }

  create(kind: string, object: object): Promise<void> {
    return liveCluster(this.#stage.cluster).create(this.path(`${kind}/`).slice(0, -1), object);
  }

  async list(kind: string): Promise<readonly LiveListed[]> {
    const answer = await this.#stage.cluster.call({ method: 'GET', path: this.path(`${kind}/`).slice(0, -1) });
    const { items } = JSON.parse(answer.text) as { items: readonly LiveListed[] };
    return items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  }

  async names(kind: string): Promise<readonly string[]> {
    return (await this.list(kind)).map(({ metadata }) => metadata.name).sort();
  }

  gone(short: string): Promise<void> {
    return eventually(`${short} of ${this.id} is gone`, async () => (await this.live(short)) === undefined);
  }

  exists(short: string): Promise<void> {
    return eventually(`${short} of ${this.id} is there`, async () => (await this.live(short)) !== undefined);
  }
}

export interface LiveListed extends LiveJson {
  readonly metadata: LiveJson['metadata'] & { readonly name: string; readonly creationTimestamp: string };
}

export interface CommitOptions {
  readonly request?: Partial<AppRequest>;
  readonly removed?: boolean;
  readonly revision?: string;
  /** What a failed release goes back to: the Worker names the last that succeeded. */
  readonly fallback?: readonly Manifest[];
}

const PLURALS: { readonly [kind: string]: readonly [string, string] } = {
  ConfigMap: ['/api/v1', 'configmaps'],
  Secret: ['/api/v1', 'secrets'],
  Service: ['/api/v1', 'services'],
  ServiceAccount: ['/api/v1', 'serviceaccounts'],
  Pod: ['/api/v1', 'pods'],
  Deployment: ['/apis/apps/v1', 'deployments'],
  ReplicaSet: ['/apis/apps/v1', 'replicasets'],
  Job: ['/apis/batch/v1', 'jobs'],
};

/** What was done to each object, by `Kind/name`; hooks as `Kind/name@Phase`. */
export function done(receipt: Receipt): Readonly<Record<string, string>> {
  return Object.fromEntries(receipt.results.map((result) => [nameOf(result), result.hook?.state ?? result.action]));
}

function nameOf({ key, hook }: ObjectResult): string {
  const [, kind, , name] = key.split('/');
  return hook === undefined ? `${kind}/${name}` : `${kind}/${name}@${hook.phase}`;
}

/** The codes of a receipt's problems, each once, sorted. */
export function codesOf({ problems, results }: Receipt): readonly string[] {
  const all = [...problems, ...results.flatMap(({ problem }) => problem ?? [])];
  return [...new Set(all.map(({ code }) => code))].sort();
}

/** The same object with annotations. */
export function annotated(object: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/** The same object with labels. */
export function labelled(object: Manifest, labels: Readonly<Record<string, string>>): Manifest {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}

/** The same object with `argocd.argoproj.io/sync-options`. */
export function withOptions(object: Manifest, options: string): Manifest {
  return annotated(object, { 'argocd.argoproj.io/sync-options': options });
}
