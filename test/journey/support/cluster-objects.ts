import type { JsonObject } from '../../../core/objects/object.ts';
import { type ApiAccess, type ApiAnswer, callApi } from '../../../devcluster/handle/api-client.ts';
import type { Devcluster } from '../../../devcluster/handle/cluster.ts';

/** A live object, with what tests ask of it. */
export interface Live extends JsonObject {
  readonly metadata: JsonObject & {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
}

/** What anybody else than the agent does to the cluster: everything as admin, by path (`/api/v1/namespaces/shop/configmaps/web`). */
export interface ClusterObjects {
  /** undefined when it is not there. */
  get(path: string): Promise<Live | undefined>;
  text(path: string): Promise<string>;
  create(path: string, body: unknown): Promise<void>;
  /** A strategic merge patch as `manager` (default kubectl-edit). */
  patch(path: string, body: unknown, manager?: string): Promise<void>;
  /** Server-side apply as `manager`. */
  apply(path: string, body: unknown, manager: string): Promise<void>;
  delete(path: string): Promise<void>;
}

export function createClusterObjects(cluster: Devcluster): ClusterObjects {
  const access: ApiAccess = { server: cluster.server, ca: cluster.ca, token: cluster.adminToken };
  const done = (answer: ApiAnswer, what: string): ApiAnswer => {
    if (answer.status >= 300) throw new Error(`${what} was answered ${answer.status}: ${answer.text}`);
    return answer;
  };
  return {
    async get(path) {
      const answer = await callApi(access, { method: 'GET', path });
      return answer.status === 404 ? undefined : (JSON.parse(done(answer, path).text) as Live); // an object of the API server
    },
    text: async (path) => done(await callApi(access, { method: 'GET', path }), path).text,
    async create(path, body) {
      done(await callApi(access, { method: 'POST', path, body }), path);
    },
    async patch(path, body, manager = 'kubectl-edit') {
      const contentType = 'application/strategic-merge-patch+json';
      done(await callApi(access, { method: 'PATCH', path: `${path}?fieldManager=${manager}`, body, contentType }), path);
    },
    async apply(path, body, manager) {
      const contentType = 'application/apply-patch+yaml';
      done(
        await callApi(access, { method: 'PATCH', path: `${path}?fieldManager=${manager}&force=true`, body, contentType }),
        path,
      );
    },
    async delete(path) {
      done(await callApi(access, { method: 'DELETE', path }), path);
    },
  };
}

/** Paths of the kinds that the tests use. */
export const configMap = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
export const service = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/services/${name}`;
export const deployment = (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
export const namespacePath = (name: string) => `/api/v1/namespaces/${name}`;
