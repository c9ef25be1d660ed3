import { problem } from '../../core/problem/problem.ts';
import { err } from '../../core/result.ts';
import type { Clock } from '../platform/clock.ts';
import type { ApiFailure, ClusterApi } from './cluster-api.ts';
import type { Connection } from './connection.ts';
import { createKubernetesApi } from './kubernetes-api.ts';

/** A ServiceAccount as which an App is applied (Flux' `serviceAccountName`). */
export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

/** Gives the cluster as a ServiceAccount sees it. The same one gives the same client; all share the agent's connections and discovery. */
export type WithIdentity = (account: ServiceAccountRef) => ClusterApi;

const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

export interface ImpersonationOptions {
  /** The agent's own client, with its discovery. */
  readonly api: ClusterApi;
  readonly connection: Connection;
  readonly clock: Clock;
}

/**
 * Impersonates ServiceAccounts (threat S14): every request of such a client carries `Impersonate-User: system:serviceaccount:<namespace>:<name>`. The API
 * server itself adds the groups that a ServiceAccount is in; naming them would need the right to impersonate groups, which is the right to be anybody.
 *
 * A name that no ServiceAccount can have gives a client that asks for nothing: an empty identity must never mean the agent's own (threat S31).
 */
export function createImpersonation({ api, connection, clock }: ImpersonationOptions): WithIdentity {
  const clients = new Map<string, ClusterApi>();
  return ({ namespace, name }) => {
    if (!NAMESPACE.test(namespace) || !NAME.test(name)) return refusingApi(api);
    const user = `system:serviceaccount:${namespace}:${name}`;
    const known = clients.get(user);
    if (known !== undefined) return known;
    const client = withDiscoveryOf(api, createKubernetesApi(actingAs(connection, user), clock));
    clients.set(user, client);
    return client;
  };
}

/** The same connection, with the header that makes its requests somebody else's. */
function actingAs(connection: Connection, user: string): Connection {
  return {
    get server() {
      return connection.server;
    },
    get client() {
      return connection.client;
    },
    get version() {
      return connection.version;
    },
    headers: async () => ({ ...(await connection.headers()), 'Impersonate-User': user }),
    reload: () => connection.reload(),
  };
}

/** What kinds there are does not depend on who asks. */
function withDiscoveryOf(api: ClusterApi, client: ClusterApi): ClusterApi {
  return {
    ...client,
    kindOf: api.kindOf,
    kindOfRef: api.kindOfRef,
    isGroupStale: api.isGroupStale,
    discover: api.discover,
    serverVersion: api.serverVersion,
  };
}

/** Every method by name and none taken over from the agent's client: one that is added to ClusterApi must be thought of here. */
function refusingApi(api: ClusterApi): ClusterApi {
  const failure: ApiFailure = {
    status: 403,
    problem: problem(
      'apply.forbidden',
      'the App’s ServiceAccount has no valid name, so nothing is asked of the API server for it',
    ),
  };
  const refuse = async () => err(failure);
  return {
    kindOf: api.kindOf,
    kindOfRef: api.kindOfRef,
    isGroupStale: api.isGroupStale,
    discover: api.discover,
    serverVersion: api.serverVersion,
    get: refuse,
    apply: refuse,
    replace: refuse,
    patch: refuse,
    create: refuse,
    logs: refuse,
    remove: refuse,
    list: refuse,
    watch: async () => ({ reason: 'failed', failure }),
  };
}
