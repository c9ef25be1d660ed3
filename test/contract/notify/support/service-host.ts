import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: number;
}
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Never answers. */
  readonly hangs?: boolean;
}

/** A service on the loopback that records what it is asked and answers as it is told. */
export interface ServiceHost {
  readonly url: string;
  readonly requests: Arrived[];
  /** What it answers from now on. */
  answer(reply: (request: Arrived, count: number) => Reply): void;
  /** Bodies of requests to a path, as JSON. */
  bodies(path: string): unknown[];
  until(count: number, ms?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startServiceHost(
  reply: (request: Arrived, count: number) => Reply = () => ({ status: 200 }),
): Promise<ServiceHost> {
  const requests: Arrived[] = [];
  let answer = reply;
  const server = createServer(async (request, response) => {
    const arrived = await read(request);
    requests.push(arrived);
    const { status = 200, headers = {}, json, text = '', hangs } = answer(arrived, requests.length);
    if (hangs === true) return;
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    response.writeHead(status, { ...type, ...headers }).end(json === undefined ? text : JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on a port
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (next) => {
      answer = next;
    },
    bodies: (path) => requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body) as unknown),
    async until(count, ms = 15_000) {
      const end = Date.now() + ms;
      while (requests.length < count) {
        if (Date.now() > end)
          throw new Error(`${requests.length} of ${count} requests came: ${requests.map(({ path }) => path).join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<Arrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // a stream without an encoding gives buffers
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks).toString('utf8'),
    at: Date.now(),
  };
}
