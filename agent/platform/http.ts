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

  const send = (request: HttpRequest, attempt: number): Promise<Result<http.IncomingMessage, HttpFailure>> =>
    new Promise((resolve) => {
      const isSecure = request.url.startsWith('https:');
      const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
      const call = (isSecure ? https : http).request(request.url, {
        method: request.method,
        agent: isSecure ? secure : plain,
        headers: { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      call.setNoDelay(true);
      call.on('response', (response) => resolve(ok(response)));
      call.on('error', (error: NodeJS.ErrnoException) => {
        // A kept-alive connection that the server closed just now: nobody read the request, so it is sent once more.
        if (call.reusedSocket && error.code === 'ECONNRESET' && attempt === 0) resolve(send(request, 1));
        else resolve(err(toFailure(error, request)));
      });
      call.end(body);
    });

  return {
    async request(request) {
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
      const sent = await send({ ...request, signal }, 0);
      if (!sent.ok) return sent;
      try {
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of sent.value as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > MAX_RESPONSE_BYTES) return err({ kind: 'connection', message: 'the answer is larger than allowed' });
          chunks.push(chunk);
        }
        const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        return ok({ status: sent.value.statusCode ?? 0, headers: sent.value.headers, body });
      } catch (error) {
        return err(toFailure(error, { ...request, signal }));
      }
    },
    async stream(request) {
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(new DOMException('no answer in time', 'TimeoutError')), request.timeoutMs);
      const signal = request.signal === undefined ? abort.signal : AbortSignal.any([request.signal, abort.signal]);
      const sent = await send({ ...request, signal }, 0);
      clearTimeout(timer);
      if (!sent.ok) return sent;
      const response = sent.value;
      response.on('error', () => {
        // Seen by whoever reads the chunks; without a listener Node would end the process.
      });
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

function toFailure(error: unknown, request: HttpRequest): HttpFailure {
  const reason = request.signal?.aborted === true ? request.signal.reason : undefined;
  if (reason instanceof Error && reason.name === 'TimeoutError') return { kind: 'timeout', message: 'no answer in time' };
  if (reason !== undefined) return { kind: 'aborted', message: 'the request was given up' };
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
