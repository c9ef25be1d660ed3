import type { Receipt } from '../../core/protocol/messages.ts';
import type { ApiAnswer, ApiRequest } from '../../devcluster/handle/api-client.ts';
import type { SharedCluster } from '../devcluster/shared.ts';
import type { FakeWorker } from './fake-worker.ts';

/** A live object, as far as tests look at it. */
export interface LiveJson {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What a test does to a cluster besides the agent. */
export interface LiveCluster {
  readonly get: (path: string) => Promise<LiveJson | undefined>;
  /** Merges a patch as field manager `somebody`. */
  readonly patch: (path: string, patch: unknown) => Promise<void>;
  readonly create: (path: string, object: unknown) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
}

/** The live objects of the shared cluster, as admin. */
export function liveCluster(cluster: SharedCluster): LiveCluster {
  return liveOf((request) => cluster.call(request));
}

/** The live objects behind any API server. */
export function liveOf(call: (request: ApiRequest) => Promise<ApiAnswer>): LiveCluster {
  const must = async (method: 'DELETE' | 'PATCH' | 'POST', path: string, body?: unknown, contentType?: string): Promise<void> => {
    const answer = await call({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
  };
  return {
    async get(path) {
      const answer = await call({ method: 'GET', path });
      return answer.status === 200 ? (JSON.parse(answer.text) as LiveJson) : undefined;
    },
    patch: (path, patch) => must('PATCH', `${path}?fieldManager=somebody`, patch, 'application/merge-patch+json'),
    create: (path, object) => must('POST', path, object),
    remove: (path) => must('DELETE', path),
  };
}

export const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
export const configPath = (namespace: string, name: string) => `${configMaps(namespace)}/${name}`;

/** Waits until something asynchronous holds. */
export async function eventually(what: string, holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The newest receipt of an App at the newest generation. */
export async function receiptOf(worker: FakeWorker, app: string, generation = worker.generation): Promise<Receipt> {
  const find = () => worker.receipts.findLast((receipt) => receipt.app === app && receipt.generation === generation);
  await worker.until(`a receipt of ${app}`, () => find() !== undefined);
  return find() as Receipt; // until has just seen it
}

/** What was done to each object. */
export function actionsOf(receipt: Receipt): Record<string, string> {
  return Object.fromEntries(receipt.results.map((result) => [result.key, result.action]));
}
