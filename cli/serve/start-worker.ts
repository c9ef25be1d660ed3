import { readFile } from 'node:fs/promises';
import { Cron } from 'croner';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { bundleWorker } from '../../build/worker-bundle.ts';
import { dashboardFiles } from './dashboard-files.ts';
import { keepSignals } from './keep-signals.ts';
import { type RendererProcess, startRenderer } from './renderer-process.ts';

/** How the Worker runs outside Cloudflare. */
export interface ServeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where Durable Objects and bundles are kept; undefined keeps nothing. */
  readonly dataDir?: string;
  readonly secret: string;
  readonly apiToken: string;
  /** Networks besides the public ones that sources may live in, as CIDR (`10.0.0.0/8`), and host names that are allowed although they look private. */
  readonly allowNetworks: readonly string[];
  readonly allowHosts: readonly string[];
  /** Authorities to trust besides those of browsers, as PEM. Without them those that NODE_EXTRA_CA_CERTS names, as Node itself does. */
  readonly trustedCertificates?: readonly string[];
  readonly publicUrl?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Keep bundles in R2 (simulated on disk) instead of SQLite. */
  readonly r2?: boolean;
  /** Port for a debugger or profiler (Chrome DevTools protocol). */
  readonly inspectorPort?: number;
  /** Whether the minute's cron runs by itself; tests call `tick`. Default true. */
  readonly cron?: boolean;
  readonly progress: (line: string) => void;
  readonly log: (line: string) => void;
}

export interface RunningWorker {
  readonly url: string;
  readonly renderer: RendererProcess;
  /** What Cloudflare does each minute. */
  tick(): Promise<void>;
  /** The JSON that a path answers, asked from inside: no certificate stands between. */
  ask(path: string, init?: { readonly method: string; readonly headers: Readonly<Record<string, string>> }): Promise<unknown>;
  stop(): Promise<void>;
}

const DURABLE_OBJECTS = ['Repository', 'Fleet', 'Cluster', 'Lobby', 'Access', 'Board', 'Notifier'];

/** Starts the Worker in workerd, with its renderer in a process of its own and its outbound network limited to what was named. */
export async function startWorker(options: ServeOptions): Promise<RunningWorker> {
  const [renderer, bundle, dashboard] = await Promise.all([
    startRenderer(options),
    bundleWorker(),
    dashboardFiles(options.progress),
  ]);
  const network = outside(options.allowNetworks, options.trustedCertificates ?? (await extraAuthorities()));
  const env = {
    PLUMBLINE_SECRET: text(options.secret),
    PLUMBLINE_API_TOKEN: text(options.apiToken),
    PLUMBLINE_ALLOW_HOSTS: text(options.allowHosts.join(',')),
    ...(process.env['PLUMBLINE_ACCESS_LOG'] === 'on' ? { PLUMBLINE_ACCESS_LOG: text('on') } : {}),
    ...(options.publicUrl === undefined ? {} : { PLUMBLINE_URL: text(options.publicUrl) }),
    ...(options.r2 === true ? { BUNDLES: { type: 'r2' as const, name: 'BUNDLES' } } : {}),
    RENDERER: { type: 'external' as const, address: renderer.address, http: {} },
    ...(dashboard === undefined ? {} : { ASSETS: dashboard.binding }),
    // Sockets (mail) cannot pass through a Worker as requests do; this is the same network with the same limits.
    SOCKETS: network,
    ...Object.fromEntries(
      DURABLE_OBJECTS.map((name) => [
        name.toUpperCase(),
        { type: 'durable-object' as const, worker: 'plumbline', exportName: name },
      ]),
    ),
  };
  const miniflareOptions: MiniflareOptions = {
    host: options.host,
    port: options.port,
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    cf: false, // else Miniflare asks Cloudflare where we are
    ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
    ...(options.dataDir === undefined ? {} : { resourcePersistencePath: options.dataDir }),
    ...(options.tls === undefined
      ? {}
      : { https: true, httpsCert: await readFile(options.tls.cert, 'utf8'), httpsKey: await readFile(options.tls.key, 'utf8') }),
    workers: [
      {
        config: {
          name: 'plumbline',
          compatibilityDate: '2026-10-01',
          compatibilityFlags: ['nodejs_compat'],
          manifest: {
            mainModule: 'worker.js',
            modulesRoot: '/',
            modules: {
              'worker.js': { type: 'esm', contents: bundle.script },
              'agent.mjs.gz': { type: 'data', contents: bundle.agent },
            },
          },
          env,
          exports: Object.fromEntries(
            DURABLE_OBJECTS.map((name) => [name, { type: 'durable-object' as const, storage: 'sqlite' as const }]),
          ),
        },
        dev: { outboundService: { type: 'worker', worker: 'egress' } },
      },
      { config: egress(network) },
      ...(dashboard === undefined ? [] : [dashboard.worker]),
    ],
  };
  const miniflare = await keepSignals(async () => {
    const made = new Miniflare(miniflareOptions);
    await made.ready;
    return made;
  });
  const url = (await miniflare.ready).origin;
  const worker = await miniflare.getWorker('plumbline');
  const tick = async () => void (await worker.scheduled());
  const cron =
    options.cron === false
      ? undefined
      : new Cron('* * * * *', { protect: true, catch: (error) => options.log(`cron failed: ${String(error)}`) }, tick);
  return {
    url,
    renderer,
    tick,
    ask: async (path, init) => (await worker.fetch(new URL(path, url).href, init)).json(),
    async stop() {
      cron?.stop();
      await miniflare.dispose();
      await renderer.stop();
    },
  };
}

/** workerd's own network service: it resolves names, refuses addresses that are not allowed (threat S07) and checks certificates, always (S36). */
function outside(allowNetworks: readonly string[], trustedCertificates: readonly string[]) {
  return {
    type: 'network' as const,
    allow: ['public', ...allowNetworks],
    tlsOptions: { trustBrowserCas: true, trustedCertificates: [...trustedCertificates] },
  };
}

async function extraAuthorities(): Promise<readonly string[]> {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined || file === '') return [];
  const pem = await readFile(file, 'utf8').catch(() => '');
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

/** Everything that the Worker fetches passes through here. */
function egress(network: ReturnType<typeof outside>) {
  return {
    name: 'egress',
    compatibilityDate: '2026-10-01',
    manifest: {
      mainModule: 'egress.js',
      modulesRoot: '/',
      modules: {
        'egress.js': {
          type: 'esm' as const,
          contents: 'export default { fetch: (request, env) => env.NETWORK.fetch(request, { redirect: "manual" }) };',
        },
      },
    },
    env: { NETWORK: network },
  };
}

function text(value: string): { readonly type: 'text'; readonly value: string } {
  return { type: 'text', value };
}
