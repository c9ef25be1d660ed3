import { build } from 'esbuild';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { freePort } from '../../../../cli/serve/free-port.ts';
import type { NotifierPort } from '../../../../src/platform/notifier-port.ts';
import { findWorkerd } from '../../../journey/support/workerd-process.ts';

/** The real Notifier in a real workerd, alone: what a Worker would ask of it is asked over HTTP. */
export interface NotifierWorker {
  call<M extends keyof NotifierPort>(method: M, ...args: Parameters<NotifierPort[M]>): ReturnType<NotifierPort[M]>;
  /** Ends workerd as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const ENTRY = `
  export { Notifier } from './src/durable/notifier.ts';
  export default {
    async fetch(request, env) {
      const { method, args } = await request.json();
      const result = await env.NOTIFIER.get(env.NOTIFIER.idFromName('notifier'))[method](...args.map((arg) => arg ?? undefined));
      return Response.json({ result });
    },
  };`;

let script: Promise<string> | undefined;

function bundle(): Promise<string> {
  script ??= build({
    stdin: { contents: ENTRY, resolveDir: new URL('../../../../', import.meta.url).pathname, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2024', logLevel: 'silent' },
    conditions: ['workerd', 'worker', 'browser'],
    banner: { js: "import { createRequire as plumblineRequire } from 'node:module'; const require = plumblineRequire('/');" },
    external: ['cloudflare:*', 'node:*', 'buffer', 'crypto', 'stream', 'events', 'util'],
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  return script;
}

export async function startNotifierWorker(options: {
  readonly dataDir: string;
  readonly trusted?: readonly string[];
  readonly allowHosts?: string;
}): Promise<NotifierWorker> {
  const network = {
    type: 'network' as const,
    allow: ['public', '127.0.0.0/8'],
    tlsOptions: { trustBrowserCas: true, trustedCertificates: [...(options.trusted ?? [])] },
  };
  const egress = 'export default { fetch: (request, env) => env.NETWORK.fetch(request, { redirect: "manual" }) };';
  const module = (contents: string) => ({
    mainModule: 'main.js',
    modulesRoot: '/',
    modules: { 'main.js': { type: 'esm' as const, contents } },
  });
  const text = (value: string) => ({ type: 'text' as const, value });
  const miniflare = new Miniflare({
    ...{
      host: '127.0.0.1',
      port: await freePort(),
      cf: false,
      log: new Log(LogLevel.NONE),
      resourcePersistencePath: options.dataDir,
    },
    workers: [
      {
        config: {
          ...{
            name: 'notifier',
            compatibilityDate: '2026-10-01',
            compatibilityFlags: ['nodejs_compat'],
            manifest: module(await bundle()),
          },
          env: {
            NOTIFIER: { type: 'durable-object', worker: 'notifier', exportName: 'Notifier' },
            SOCKETS: network,
            PLUMBLINE_SECRET: text('canary-installation-secret-0123456789abcdef'),
            PLUMBLINE_ALLOW_HOSTS: text(options.allowHosts ?? '127.0.0.1'),
            PLUMBLINE_URL: text('https://plumb.example.com'),
          },
          exports: { Notifier: { type: 'durable-object', storage: 'sqlite' } },
        },
        dev: { outboundService: { type: 'worker', worker: 'egress' } },
      },
      { config: { name: 'egress', compatibilityDate: '2026-10-01', manifest: module(egress), env: { NETWORK: network } } },
    ],
  });
  const { origin } = await miniflare.ready;
  return {
    // What the method gave, by the port.
    call: (method, ...args) => ask(origin, method, args) as ReturnType<NotifierPort[typeof method]>,
    async kill() {
      process.kill(await findWorkerd(origin), 'SIGKILL');
      await miniflare.dispose().catch(() => undefined);
    },
    stop: () => miniflare.dispose(),
  };
}

async function ask(url: string, method: string, args: readonly unknown[]): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ method, args }) });
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
  return ((await answer.json()) as { result: unknown }).result; // as the entry above answers
}
