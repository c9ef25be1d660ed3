import type https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { createHttpClient, type HttpClient } from '../platform/http.ts';

/** Where the API server is and how to prove who we are. */
export interface Connection {
  readonly server: string;
  readonly client: HttpClient;
  /** The Authorization header and whatever else the credentials ask for. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** Reads the configuration again: the token was rotated, or a certificate. At most once in two seconds. */
  readonly reload: () => Promise<void>;
}

/** `file` is a kubeconfig; `default` is what kubectl would take: KUBECONFIG, ~/.kube/config, or the pod's ServiceAccount. */
export type ConnectionSource = { readonly file: string } | 'default' | 'in-cluster';

export interface ConnectionOptions {
  readonly source: ConnectionSource;
  readonly maxSockets: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Connects by the rules of @kubernetes/client-node's KubeConfig (files, contexts, exec, OIDC, in-cluster token files that rotate), but speaks
 * through our own HTTP client: the generated one costs 50 MB of resident memory. Imported by module path so that the bundler leaves the rest out.
 * Throws when the configuration cannot be read: nothing can be done without it.
 */
export async function connectToCluster(options: ConnectionOptions): Promise<Connection> {
  let current = await load(options);
  let loadedAt = options.monotonic();
  let headers = authorize(current.config);
  let headersAt = loadedAt;
  return {
    get server() {
      return current.server;
    },
    get client() {
      return current.client;
    },
    async headers() {
      // KubeConfig reads files at each call; token files rotate within minutes, so half a minute of memory is safe.
      if (options.monotonic() - headersAt > 30_000) {
        headers = authorize(current.config);
        headersAt = options.monotonic();
      }
      return headers;
    },
    async reload() {
      if (options.monotonic() - loadedAt < 2_000) return;
      loadedAt = options.monotonic();
      const before = current;
      try {
        current = await load(options);
        headers = authorize(current.config);
        headersAt = loadedAt;
      } catch {
        return; // Half written just now: the old one serves until the next refusal.
      }
      // Requests under way keep their sockets; only idle ones are closed.
      before.client.close();
    },
  };
}

interface Loaded {
  readonly config: KubeConfig;
  readonly server: string;
  readonly client: HttpClient;
}

async function load({ source, maxSockets }: ConnectionOptions): Promise<Loaded> {
  const config = new KubeConfig();
  if (source === 'default') config.loadFromDefault();
  else if (source === 'in-cluster') config.loadFromCluster();
  else config.loadFromFile(source.file);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster');
  const tls = await tlsOptions(config);
  const proxy = cluster.proxyUrl;
  const client = createHttpClient({ tls, maxSockets, ...(proxy === undefined || proxy === '' ? {} : { proxy }) });
  return { config, server: cluster.server.replace(/\/+$/, ''), client };
}

type TlsOptions = Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

async function tlsOptions(config: KubeConfig): Promise<TlsOptions> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return { ca, cert, key, pfx, passphrase, servername, ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) };
}

async function authorize(config: KubeConfig): Promise<Record<string, string>> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (value !== undefined) headers[name] = String(value).trim();
  if (typeof options.auth === 'string') headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}
