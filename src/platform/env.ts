import type { AccessPort } from './access-port.ts';
import type { BoardPort } from './board-port.ts';
import type { NotifierPort } from './notifier-port.ts';
import type { ClusterPort, FleetPort, LobbyPort, RepositoryPort } from './ports.ts';

/** What the Worker is given: bindings of wrangler.toml and its secrets. */
export interface Env {
  readonly REPOSITORY: DurableObjectNamespace;
  readonly FLEET: DurableObjectNamespace;
  readonly CLUSTER: DurableObjectNamespace;
  readonly LOBBY: DurableObjectNamespace;
  readonly ACCESS: DurableObjectNamespace;
  readonly BOARD: DurableObjectNamespace;
  readonly NOTIFIER: DurableObjectNamespace;
  /** The renderer's own Worker. */
  readonly RENDERER: Fetcher;
  /** The files of the dashboard; a Worker that is built without it has none. */
  readonly ASSETS?: Fetcher;
  /** Holds bundles when bound; without it they stay in the Cluster object's SQLite. */
  readonly BUNDLES?: R2Bucket;
  /** The network for sockets, where it is not Cloudflare's. */
  readonly SOCKETS?: Fetcher;
  /** At least 32 random characters: encrypts everything stored. */
  readonly PLUMBLINE_SECRET: string;
  /** Bearer token of the JSON API. */
  readonly PLUMBLINE_API_TOKEN: string;
  /** Comma-separated host names that sources may live on although they look private (`plumb serve` and tests: `127.0.0.1`). */
  readonly PLUMBLINE_ALLOW_HOSTS?: string;
  /** `on`: each request is logged. */
  readonly PLUMBLINE_ACCESS_LOG?: string;
  /** How this Worker is reached from outside, when not by the host of the request. */
  readonly PLUMBLINE_URL?: string;
}

/** Durable Object stubs answer every method of their class; the ports say which ones, in plain types. */
export const fleetOf = (env: Env): FleetPort => stub<FleetPort>(env.FLEET, 'fleet');
export const repositoryOf = (env: Env, repositoryKey: string): RepositoryPort =>
  stub<RepositoryPort>(env.REPOSITORY, repositoryKey);
export const clusterOf = (env: Env, clusterName: string): ClusterPort => stub<ClusterPort>(env.CLUSTER, clusterName);
export const lobbyOf = (env: Env, lobby: number): LobbyPort => stub<LobbyPort>(env.LOBBY, String(lobby));

/** One of each per installation. */
export const accessOf = (env: Env): AccessPort => stub<AccessPort>(env.ACCESS, 'access');
export const boardOf = (env: Env): BoardPort => stub<BoardPort>(env.BOARD, 'board');
export const notifierOf = (env: Env): NotifierPort => stub<NotifierPort>(env.NOTIFIER, 'notifier');

/** Ids by name, as deriving one costs more than a call: an installation has few objects, and they are never renamed. */
const ids = new WeakMap<DurableObjectNamespace, Map<string, DurableObjectId>>();

function stub<Port>(namespace: DurableObjectNamespace, name: string): Port {
  const known = ids.get(namespace) ?? new Map<string, DurableObjectId>();
  ids.set(namespace, known);
  const id = known.get(name) ?? namespace.idFromName(name);
  known.set(name, id);
  // workers-types wraps every RPC result in its own conditional types, which recursive JSON types overflow; the ports are the contract.
  return namespace.get(id) as unknown as Port;
}
