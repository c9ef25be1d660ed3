import type https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { shortHash } from '../platform/crypto.ts';
import { createHttpClient, type HttpClient } from '../platform/http.ts';

/** Where the API server is and how to prove who we are. */
export interface Connection {
  readonly server: string;
  readonly client: HttpClient;
  /** Counts the changes of server, certificates and credentials that `reload` found. */
  readonly version: number;
  /** The Authorization header and whatever else the credentials ask for. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /**
   * Reads the configuration again, at most once in two seconds: the token was rotated, or a certificate, or the server has moved.
   * True when it is another one; then everything under way on the old connection is broken off.
   */
  readonly reload: () => Promise<boolean>;
}

/** `file` is a kubeconfig; `default` is what kubectl would take: KUBECONFIG, ~/.kube/config, or the pod's ServiceAccount. */
export type ConnectionSource = { readonly file: string } | 'default' | 'in-cluster';

export interface ConnectionOptions {
  readonly source: ConnectionSource;
  readonly maxSockets: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

const RELOAD_EVERY_MS = 2_000;
const HEADERS_FOR_MS = 30_000;

/**
 * Connects by the rules of @kubernetes/client-node's KubeConfig (files, contexts, exec, OIDC, in-cluster token files that rotate), but speaks
 * through our own HTTP client: the generated one costs 50 MB of resident memory. Imported by module path so that the bundler leaves the rest out.
 * Throws when the configuration cannot be read: nothing can be done without it.
 */
export async function connectToCluster(options: ConnectionOptions): Promise<Connection> {
  let current = await load(options);
  let loadedAt = options.monotonic();
  let headers = await authorize(current.config);
  let headersAt = loadedAt;
  let version = 0;
  let reloading: Promise<boolean> | undefined;

  const readAgain = async (): Promise<boolean> => {
    if (options.monotonic() - loadedAt < RELOAD_EVERY_MS) return false;
    loadedAt = options.monotonic();
    const before = current;
    const hadHeaders = JSON.stringify(headers);
    try {
      const read = await load(options);
      headers = await authorize(read.config);
      headersAt = loadedAt;
      // What leads to the same place stays, and with it whatever is under way: one request that failed must not end all others.
      if (read.way === before.way) current = { ...read, client: before.client };
      else current = read;
    } catch {
      return false; // Half written just now: the old one serves until the next refusal.
    }
    if (current.client !== before.client) before.client.close();
    const isNew = current.client !== before.client || JSON.stringify(headers) !== hadHeaders;
    if (isNew) version++;
    return isNew;
  };

  return {
    get server() {
      return current.server;
    },
    get client() {
      return current.client;
    },
    get version() {
      return version;
    },
    async headers() {
      // KubeConfig reads files at each call; token files rotate within minutes, so half a minute of memory is safe.
      if (options.monotonic() - headersAt > HEADERS_FOR_MS) {
        headersAt = options.monotonic();
        // A token file that is being replaced just now: the old token serves until it is refused.
        headers = await authorize(current.config).catch(() => headers);
      }
      return headers;
    },
    reload() {
      reloading ??= readAgain().finally(() => {
        reloading = undefined;
      });
      return reloading;
    },
  };
}

interface Loaded {
  readonly config: KubeConfig;
  readonly server: string;
  readonly client: HttpClient;
  /** A digest of server, proxy, certificates and keys: two of the same lead to the same place in the same way. */
  readonly way: string;
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
  const server = cluster.server.replace(/\/+$/, '');
  const client = createHttpClient({ tls, maxSockets, ...(proxy === undefined || proxy === '' ? {} : { proxy }) });
  return { config, server, client, way: shortHash(JSON.stringify({ server, proxy, tls })) };
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
