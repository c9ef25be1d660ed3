import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { err, ok, type Result } from '../../core/result.ts';

/** One HTTP exchange; `timeoutMs` covers everything until the last byte of the answer (for a stream: until its headers). */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer that is read as it arrives; `close` ends it and frees the socket. */
export interface HttpStream {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly chunks: AsyncIterable<Buffer>;
  readonly close: () => void;
}

/** No answer came: the network's fault or ours, never the server's. `aborted` is what the caller asked for. */
export interface HttpFailure {
  readonly kind: 'aborted' | 'timeout' | 'connection';
  readonly message: string;
}

export interface HttpClient {
  readonly request: (request: HttpRequest) => Promise<Result<HttpResponse, HttpFailure>>;
  readonly stream: (request: HttpRequest) => Promise<Result<HttpStream, HttpFailure>>;
  /** Closes idle connections; requests under way finish. */
  readonly close: () => void;
}

export interface HttpClientOptions {
  readonly tls?: Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;
  readonly maxSockets: number;
  /** `http://user:password@host:port` of a proxy that speaks CONNECT (HTTPS_PROXY). */
  readonly proxy?: string;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * A client with its own kept-alive connections. Node's global fetch is not used: it takes no private CA without undici's
 * own Agent, and undici costs 15 MB of resident memory where node:https costs 3.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const common = {
    keepAlive: true,
    keepAliveMsecs: 30_000,
    maxSockets: options.maxSockets,
    maxFreeSockets: 16,
    scheduling: 'lifo' as const,
  };
  const plain = new http.Agent(common);
  const tlsOptions = options.tls === undefined ? {} : shareContext(options.tls);
  const secure = new https.Agent({ ...common, ...tlsOptions });
  if (options.proxy !== undefined) tunnelThrough(secure, options.proxy, tlsOptions);

  /** Sends a request; answers once with the head of the response or the failure. `abandon` ends it from outside. */
  const send = (request: HttpRequest, retried: boolean, onCall: (call: http.ClientRequest) => void): Promise<Sent> =>
    new Promise((resolve) => {
      const target = targetOf(request.url);
      const { body } = request;
      const length = body === undefined ? undefined : Buffer.byteLength(body);
      const call = (target.secure ? https : http).request({
        host: target.host,
        port: target.port,
        path: target.path,
        method: request.method,
        agent: target.secure ? secure : plain,
        headers: length === undefined ? request.headers : { ...request.headers, 'content-length': length },
      });
      onCall(call);
      call.on('response', (response) => resolve(ok(response)));
      call.on('error', (error: NodeJS.ErrnoException) => {
        // A kept-alive connection that the server closed just now: nobody read the request, so it is sent once more.
        if (call.reusedSocket && error.code === 'ECONNRESET' && !retried) resolve(send(request, true, onCall));
        else resolve(err(toFailure(error)));
      });
      call.end(body);
    });

  return {
    async request(request) {
      const limits = limit(request);
      const sent = await send(request, false, limits.watch);
      const read = sent.ok ? await readBody(sent.value) : sent;
      limits.release();
      return read;
    },
    async stream(request) {
      const limits = limit(request);
      const sent = await send(request, false, limits.watch);
      limits.arrived();
      if (!sent.ok) {
        limits.release();
        return sent;
      }
      const response = sent.value;
      response.on('error', () => {
        // Seen by whoever reads the chunks; without a listener Node would end the process.
      });
      response.on('close', limits.release);
      return ok({
        status: response.statusCode ?? 0,
        headers: response.headers,
        chunks: response as AsyncIterable<Buffer>,
        close: () => response.destroy(),
      });
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Parsed once: otherwise every connection parses and keeps the CA and the certificate for itself. */
function shareContext(options: NonNullable<HttpClientOptions['tls']>): tls.ConnectionOptions {
  const { ca, cert, key, pfx, passphrase, ...rest } = options;
  return { ...rest, secureContext: tls.createSecureContext({ ca, cert, key, pfx, passphrase }) };
}

type Sent = Result<http.IncomingMessage, HttpFailure>;

interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Takes a URL apart by hand: parsing it properly took a tenth of a request's time. Ours are all `scheme://host[:port]/path`. */
function targetOf(url: string): Target {
  const secure = url.startsWith('https:');
  const from = secure ? 8 : 7;
  const slash = url.indexOf('/', from);
  const authority = slash === -1 ? url.slice(from) : url.slice(from, slash);
  const colon = authority.lastIndexOf(':');
  const hasPort = colon > authority.lastIndexOf(']');
  const host = hasPort ? authority.slice(0, colon) : authority;
  return {
    secure,
    host: host.startsWith('[') ? host.slice(1, -1) : host,
    port: hasPort ? Number(authority.slice(colon + 1)) : secure ? 443 : 80,
    path: slash === -1 ? '/' : url.slice(slash),
  };
}

class Stopped extends Error {
  readonly kind: 'aborted' | 'timeout';
  constructor(kind: 'aborted' | 'timeout') {
    super(kind === 'timeout' ? 'no answer in time' : 'the request was given up');
    this.kind = kind;
  }
}

/** Ends a request when its time is up or its caller gives up. One timer and one listener: AbortSignal.any costs more than a request. */
function limit(request: HttpRequest) {
  let call: http.ClientRequest | undefined;
  let stopped: Stopped | undefined;
  const stop = (kind: Stopped['kind']): void => {
    stopped = new Stopped(kind);
    call?.destroy(stopped);
  };
  const timer = setTimeout(() => stop('timeout'), request.timeoutMs);
  const onAbort = (): void => stop('aborted');
  if (request.signal?.aborted === true) stop('aborted');
  request.signal?.addEventListener('abort', onAbort);
  return {
    watch: (made: http.ClientRequest): void => {
      call = made;
      if (stopped !== undefined) made.destroy(stopped);
    },
    /** The head of a stream is there: from now on it may take its time. */
    arrived: (): void => clearTimeout(timer),
    release: (): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    },
  };
}

function readBody(response: http.IncomingMessage): Promise<Result<HttpResponse, HttpFailure>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_RESPONSE_BYTES) response.destroy(new Error('the answer is larger than allowed'));
      else chunks.push(chunk);
    });
    response.on('end', () => {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      resolve(ok({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    response.on('error', (error) => resolve(err(toFailure(error))));
  });
}

function toFailure(error: unknown): HttpFailure {
  if (error instanceof Stopped) return { kind: error.kind, message: error.message };
  // Node's connection errors say host, port and reason (`connect ECONNREFUSED 10.0.0.1:443`), never a header or a body.
  return { kind: 'connection', message: error instanceof Error ? error.message : String(error) };
}

type ConnectionCallback = (error: Error | null, socket?: net.Socket) => void;

/** Makes an https.Agent open its connections through a proxy's CONNECT. */
function tunnelThrough(agent: https.Agent, proxy: string, tlsOptions: tls.ConnectionOptions): void {
  const target = new URL(proxy);
  const login =
    target.username === '' ? undefined : `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
  const connect = (options: net.TcpNetConnectOpts & { servername?: string }, callback: ConnectionCallback): undefined => {
    const host = `${options.host}:${options.port}`;
    const tunnel = http.request({
      host: target.hostname,
      port: target.port === '' ? 80 : target.port,
      method: 'CONNECT',
      path: host,
      headers: {
        host,
        ...(login === undefined ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
    });
    tunnel.on('connect', (response, socket) => {
      if (response.statusCode !== 200) callback(new Error(`the proxy answered ${response.statusCode}`));
      else
        callback(
          null,
          tls.connect({ ...tlsOptions, socket, servername: net.isIP(options.host ?? '') === 0 ? options.host : undefined }),
        );
    });
    tunnel.on('error', (error) => callback(error));
    tunnel.end();
  };
  // Node calls createConnection with a callback when it returns nothing; its types know only the synchronous form.
  (agent as unknown as { createConnection: typeof connect }).createConnection = connect;
}
