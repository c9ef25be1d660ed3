import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GitServer } from '../../cli/git-server/git-server.ts';
import { startGitServer } from '../fakes/git-server.ts';

/** Imported by the text of the Worker below, never by the test. */
const PLATFORM = 'cloudflare:workers';

/** A Worker with one Durable Object that is nothing but a repository. */
const WORKER = `
import { DurableObject } from '${PLATFORM}';
import { createRepository } from './src/fetch/repository.ts';
import { createHostPolicy } from './src/fetch/host-policy.ts';
import { durableSql } from './src/platform/durable-sql.ts';
import { workerNetwork } from './src/platform/network.ts';
import { openVault } from './src/platform/vault.ts';

export class Repository extends DurableObject {
  async fetch(request) {
    const { url, work, commit, paths } = await request.json();
    this.repository ??= createRepository({
      url, sql: durableSql(this.ctx.storage), vault: await openVault('0123456789abcdef0123456789abcdef'),
      network: workerNetwork, allowHost: createHostPolicy({ allow: ['127.0.0.1'] }),
    });
    if (work === 'refresh') return Response.json(await this.repository.refresh({ revisions: ['main'] }));
    if (work === 'list') return Response.json((await this.repository.list(commit, '', { recursive: true })).value.length);
    if (work === 'retain') return Response.json(await this.repository.retain([]));
    const read = await Promise.all(paths.map((path) => this.repository.readFile(commit, path)));
    return Response.json(read.map((one) => (one.ok ? new TextDecoder().decode(one.value) : one.error.code)));
  }
}
export default { fetch: (request, env) => env.REPOSITORY.get(env.REPOSITORY.idFromName('x')).fetch(request) };
`;

let server: GitServer;
let workerd: Miniflare;

beforeAll(async () => {
  server = await startGitServer();
  const bundle = await build({
    stdin: { contents: WORKER, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*'],
  });
  workerd = new Miniflare({
    cf: false,
    workers: [
      {
        config: {
          name: 'git',
          compatibilityDate: '2026-10-01',
          manifest: {
            mainModule: 'worker.js',
            modulesRoot: '/',
            modules: { 'worker.js': { type: 'esm', contents: bundle.outputFiles[0]?.text ?? '' } },
          },
          env: { REPOSITORY: { type: 'durable-object', worker: 'git', exportName: 'Repository' } },
          exports: { Repository: { type: 'durable-object', storage: 'sqlite' } },
        },
        dev: { outboundService: { type: 'worker', worker: 'egress' } },
      },
      {
        config: {
          name: 'egress',
          compatibilityDate: '2026-10-01',
          manifest: {
            mainModule: 'egress.js',
            modulesRoot: '/',
            modules: {
              'egress.js': {
                type: 'esm',
                contents: 'export default { fetch: (request, env) => env.NETWORK.fetch(request, { redirect: "manual" }) };',
              },
            },
          },
          env: { NETWORK: { type: 'network', allow: ['127.0.0.0/8'] } },
        },
      },
    ],
  });
  await workerd.ready;
});
afterAll(async () => {
  await workerd.dispose();
  await server.stop();
});

async function ask<T>(body: object): Promise<T> {
  const response = await workerd.dispatchFetch('http://git/', {
    method: 'POST',
    body: JSON.stringify({ url: server.url('fleet'), ...body }),
  });
  expect(response.status).toBe(200);
  // The Worker above says what it answers.
  return (await response.json()) as T;
}

type Refreshes = { readonly ok: boolean; readonly value: { readonly commit: string; readonly transferredBytes: number } }[];

/** Megabytes of the workerd process that this test started, at its highest and now; undefined where there is no /proc. */
function workerdMemory(): { readonly peak: number; readonly now: number } | undefined {
  const processes = (() => {
    try {
      return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    } catch {
      return [];
    }
  })();
  for (const pid of processes) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (!status.startsWith('Name:\tworkerd') || !status.includes(`PPid:\t${process.pid}\n`)) continue;
      const value = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
      return { peak: value('VmHWM'), now: value('VmRSS') };
    } catch {
      // The process has ended in the meantime.
    }
  }
  return undefined;
}

test('a repository of 10,000 files is read inside workerd within the memory of an isolate', async () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 10_000; i++) {
    const line = `  field-${i}: ${((i * 2_654_435_761) >>> 0).toString(36)}\n`;
    files[`apps/app-${i % 1000}/file-${Math.floor(i / 1000)}.yaml`] =
      `kind: ConfigMap\nname: file-${i}\ndata:\n${line.repeat(40)}`;
  }
  await server.pushFiles('fleet', files, 'first');
  await server.git('fleet', 'repack', '-adq');
  const before = workerdMemory();
  const [first] = await ask<Refreshes>({ work: 'refresh' });
  const after = workerdMemory();
  expect(first?.ok).toBe(true);
  const commit = first?.value.commit;
  expect(await ask({ work: 'list', commit })).toBe(10_000 + 1_001);
  const [read] = await ask<string[]>({ work: 'read', commit, paths: ['apps/app-7/file-3.yaml'] });
  expect(read).toBe(files['apps/app-7/file-3.yaml']);

  await server.pushFiles('fleet', { 'apps/app-7/file-3.yaml': 'changed\n' }, 'second');
  const [second] = await ask<Refreshes>({ work: 'refresh' });
  expect(second?.value.transferredBytes).toBeLessThan(2000);
  expect(await ask({ work: 'read', commit: second?.value.commit, paths: ['apps/app-7/file-3.yaml', 'nope'] })).toEqual([
    'changed\n',
    'git.path_missing',
  ]);
  expect(await ask({ work: 'retain' })).toBe(false);
  if (before === undefined || after === undefined) return;
  const grown = after.peak - before.now;
  console.log(
    `10,000 files, ${first?.value.transferredBytes} bytes of pack: workerd grew by ${grown.toFixed(0)} MB from ${before.now.toFixed(0)} MB`,
  );
  expect(grown).toBeLessThan(100);
});
