import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Devcluster } from '../devcluster/handle/cluster.ts';

/** A bare client of the API server: what an agent could reach at best, and how benchmarks see the cluster. */
export interface KubeClient {
  call(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Server-side apply of one object; `path` is the object's. */
  apply(path: string, object: unknown, fieldManager: string): Promise<number>;
  /** Calls back for each event until stopped. Settles once the watch is open. */
  watch(path: string, onEvent: (type: string, object: WatchedObject) => void): Promise<() => void>;
  close(): void;
}

export interface WatchedObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
  readonly [key: string]: unknown;
}

export function createKubeClient(cluster: Devcluster): KubeClient {
  const agent = new Agent({ ca: cluster.ca, keepAlive: true, maxSockets: 64 });
  const send = (method: string, path: string, body: unknown, contentType: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${cluster.adminToken}`,
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      };
      const sent = request(`${cluster.server}${path}`, { method, agent, headers }, resolve);
      sent.on('error', reject);
      sent.end(text);
    });
  const call: KubeClient['call'] = async (method, path, body, contentType = 'application/json') => {
    const answer = await send(method, path, body, contentType);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer); // no encoding is set, so chunks are buffers
    const text = Buffer.concat(chunks).toString();
    return { status: answer.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    call,
    async apply(path, object, fieldManager) {
      const query = `fieldManager=${fieldManager}&force=true`;
      return (await call('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml')).status;
    },
    async watch(path, onEvent) {
      const list = (await call('GET', path)).body as { metadata: { resourceVersion: string } }; // a list of the API server
      const separator = path.includes('?') ? '&' : '?';
      const answer = await send(
        'GET',
        `${path}${separator}watch=true&resourceVersion=${list.metadata.resourceVersion}`,
        undefined,
        '',
      );
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = JSON.parse(line) as { type: string; object: WatchedObject };
          onEvent(event.type, event.object);
        }
      });
      answer.on('error', () => undefined); // stopped
      return () => answer.destroy();
    },
    close: () => agent.destroy(),
  };
}

/** Runs work for each item, so many at a time. */
export async function inFlight<T>(items: readonly T[], limit: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const next = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, next));
}
