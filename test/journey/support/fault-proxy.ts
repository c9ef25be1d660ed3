import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAuthority, createServerCertificate } from '../../../devcluster/handle/certificate.ts';
import type { Cluster } from '../../../devcluster/handle/cluster.ts';

/**
 * A way to the API server on which things go wrong: an HTTPS proxy with a certificate of its own, so that it sees each request and each event
 * of a watch.
 * What it does to one is decided by the faults that are injected at that moment, the newest first; without a fault it is passed on as it is.
 */
export interface FaultProxy {
  readonly url: string;
  /** Every request that came, in its order. */
  readonly requests: readonly ProxiedRequest[];
  /** Does this to all requests for which it gives a treatment, until it is lifted. */
  inject(fault: Fault): Injected;
  /** Breaks every open connection of the agent; it may connect again at once. */
  cut(): void;
  /** Gets another certificate of another authority: kubeconfigs that were written before do not trust it. */
  rotate(): void;
  /** Writes a kubeconfig that leads here, in the place of another one or in a file of its own; gives its path. */
  kubeconfig(dir: string, token: string, path?: string): Promise<string>;
  stop(): Promise<void>;
}

export type Verb = 'list' | 'watch' | 'get' | 'apply' | 'dry-run' | 'delete' | 'other';

/** A request of the agent, in the API server's words. */
export interface ProxiedRequest {
  readonly verb: Verb;
  readonly resource: string;
  /** Empty for cluster-scoped objects, and for lists of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** May be changed by a treatment's `rewrite`. */
  readonly query: URLSearchParams;
  /** Milliseconds of performance.now() when it came. */
  readonly at: number;
  /** What was answered; 0 while nothing was, and when the connection broke. */
  status: number;
}

/** What is done to a request; each is left out when it is not done. */
export interface Treatment {
  /** Answered in the API server's place, which never sees it. */
  readonly answer?: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };
  /** Passed on only when this settles. */
  readonly until?: Promise<unknown>;
  readonly rewrite?: (query: URLSearchParams) => void;
  /** The API server does it, and the connection breaks before its answer arrives. */
  readonly loseAnswer?: boolean;
  /** Events of a watch for which this is false are dropped; the connection stays open. */
  readonly keepEvent?: (event: ProxiedEvent) => boolean;
}

export interface ProxiedEvent {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
}

export type Fault = (seen: ProxiedRequest) => Treatment | undefined;

export interface Injected {
  /** Requests that were treated. */
  readonly hits: readonly ProxiedRequest[];
  lift(): void;
}

/** A promise that is settled from outside: for requests that are held until the test has done something. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Starts one in front of a cluster's API server. */
export async function startFaultProxy(cluster: Cluster): Promise<FaultProxy> {
  const upstream = new Agent({ ca: cluster.ca, keepAlive: true, maxSockets: 256 });
  const requests: ProxiedRequest[] = [];
  const faults: { readonly fault: Fault; readonly hits: ProxiedRequest[] }[] = [];
  let identity = newIdentity();
  const server = createServer(identity, (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', cluster.server);
    const seen = describeRequest(incoming.method ?? 'GET', url);
    requests.push(seen);
    let treatment: Treatment = {};
    for (const { fault, hits } of faults.toReversed()) {
      const found = fault(seen);
      if (found === undefined) continue;
      hits.push(seen);
      treatment = found;
      break;
    }
    void treat({ incoming, outgoing, url, seen, treatment, upstream });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an AddressInfo.
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    inject(fault) {
      const entry = { fault, hits: [] as ProxiedRequest[] };
      faults.push(entry);
      return { hits: entry.hits, lift: () => void faults.splice(faults.indexOf(entry), 1) };
    },
    cut: () => server.closeAllConnections(),
    rotate() {
      identity = newIdentity();
      server.setSecureContext(identity);
    },
    async kubeconfig(dir, token, path = join(dir, `fault-proxy-${new URL(url).port}.kubeconfig`)) {
      const ca = Buffer.from(identity.authority).toString('base64');
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'this', cluster: { server: url, 'certificate-authority-data': ca } }],
        users: [{ name: 'agent', user: { token } }],
        contexts: [{ name: 'this', context: { cluster: 'this', user: 'agent' } }],
        'current-context': 'this',
      };
      await writeFile(path, JSON.stringify(config), { mode: 0o600 });
      return path;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      upstream.destroy();
      await once(server, 'close');
    },
  };
}

function newIdentity() {
  const authority = createAuthority();
  const { certificate: cert, key } = createServerCertificate(authority, ['127.0.0.1']);
  return { authority: authority.certificate, cert, key };
}

/** `/api/v1[/namespaces/<ns>]/<resource>[/<name>]`, or the same below `/apis/<group>/<version>`. */
function describeRequest(method: string, { pathname, searchParams }: URL): ProxiedRequest {
  const [root, ...rest] = pathname.split('/').filter((part) => part !== '');
  const inGroup = root === 'api' ? rest.slice(1) : root === 'apis' ? rest.slice(2) : [];
  const isNamespaced = inGroup[0] === 'namespaces' && inGroup.length > 2;
  const [resource = '', name = ''] = isNamespaced ? inGroup.slice(2) : inGroup;
  const namespace = isNamespaced ? decodeURIComponent(inGroup[1] ?? '') : '';
  const seen = { resource, namespace, name: decodeURIComponent(name), query: searchParams, at: performance.now(), status: 0 };
  return { ...seen, verb: verbOf(method, seen) };
}

function verbOf(method: string, { resource, name, query }: Omit<ProxiedRequest, 'verb'>): Verb {
  if (resource === '') return 'other';
  switch (method) {
    case 'GET':
      return name !== '' ? 'get' : query.get('watch') === '1' ? 'watch' : 'list';
    case 'PATCH':
      return query.get('dryRun') === 'All' ? 'dry-run' : 'apply';
    case 'DELETE':
      return 'delete';
    default:
      return 'other';
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly url: URL;
  readonly seen: ProxiedRequest;
  readonly treatment: Treatment;
  readonly upstream: Agent;
}

async function treat(exchange: Exchange): Promise<void> {
  const { incoming, outgoing, treatment, seen } = exchange;
  outgoing.on('error', () => undefined); // The agent went away.
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return;
  }
  const { answer, rewrite, until } = treatment;
  if (answer !== undefined) {
    const body = answer.body ?? toStatus(answer.status);
    seen.status = answer.status;
    outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body);
    return;
  }
  await until;
  rewrite?.(seen.query);
  forward(exchange, Buffer.concat(chunks));
}

function forward({ incoming, outgoing, url, seen, treatment, upstream }: Exchange, body: Buffer): void {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const call = request(url, { method: incoming.method, headers, agent: upstream });
  call.on('error', () => outgoing.destroy());
  outgoing.on('close', () => call.destroy());
  call.on('response', (response) => {
    response.on('error', () => outgoing.destroy());
    if (treatment.loseAnswer === true) {
      response.on('end', () => outgoing.destroy()).resume();
      return;
    }
    seen.status = response.statusCode ?? 502;
    outgoing.writeHead(seen.status, response.headers);
    outgoing.flushHeaders();
    if (treatment.keepEvent === undefined || response.statusCode !== 200) response.pipe(outgoing);
    else passEvents(response, outgoing, treatment.keepEvent);
  });
  call.end(body);
}

function passEvents(response: IncomingMessage, outgoing: ServerResponse, keep: (event: ProxiedEvent) => boolean): void {
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // Events of the API server, one a line.
    for (const line of lines) if (keep(JSON.parse(line) as ProxiedEvent)) outgoing.write(`${line}\n`);
  });
  response.on('end', () => outgoing.end());
}

/** What an API server says with a status. */
function toStatus(code: number): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, message: `injected ${code}` });
}
