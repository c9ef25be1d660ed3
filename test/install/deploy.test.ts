/** What `wrangler deploy` would send to Cloudflare, made on this machine: sizes against the platform's limits, and what starting it costs. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const MEBIBYTE = 1024 * 1024;
/** https://developers.cloudflare.com/workers/platform/limits/#worker-size: unpacked, and packed on the paid plan. */
const LIMIT_BYTES = 64 * MEBIBYTE;
const LIMIT_PACKED_BYTES = 10 * MEBIBYTE;

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plumbline-deploy-'));
  // What is not built yet may need Go's modules; after that nothing needs a network.
  const built = await run([join(ROOT, 'build/main.ts')], {});
  expect([built.code, built.code === 0 ? '' : built.output]).toEqual([0, '']);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const NOWHERE = 'http://127.0.0.1:9';
const OFFLINE = {
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  http_proxy: NOWHERE,
  https_proxy: NOWHERE,
  NO_PROXY: '127.0.0.1,localhost',
};

/** Runs a program in Node, where nothing but this machine can be reached unless `network` says otherwise. */
function run(
  args: readonly string[],
  network: Readonly<Record<string, string>> = OFFLINE,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = {
    ...process.env,
    // npm scripts of the project find this very Node first, as `npm test` has it.
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(dir, 'log'),
    CI: 'true',
    ...network,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** What is uploaded: the modules, without their source maps and wrangler's own note. */
async function uploadedFrom(
  folder: string,
): Promise<{ readonly bytes: number; readonly packed: number; readonly names: readonly string[] }> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.map') && name !== 'README.md');
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return {
    names,
    bytes: contents.reduce((sum, content) => sum + content.length, 0),
    packed: contents.reduce((sum, content) => sum + gzipSync(content).length, 0),
  };
}

test.each([
  ['the main Worker', 'wrangler.toml', /agent\.mjs\.gz$/],
  ['the renderer', 'renderer/wrangler.toml', /renderer\.wasm$/],
])('%s is ready to deploy without a network, within the limits of Cloudflare', async (what, config, carries) => {
  const out = join(dir, what.replaceAll(' ', '-'));
  const deployed = await run([WRANGLER, 'deploy', '--dry-run', '--config', config, '--outdir', out]);
  expect([deployed.code, deployed.code === 0 ? '' : deployed.output]).toEqual([0, '']);
  // The one warning is about the proxy that leads nowhere.
  expect(deployed.output.match(/WARNING/g)).toHaveLength(1);
  const { bytes, packed, names } = await uploadedFrom(out);
  console.info(`${what}: ${(bytes / MEBIBYTE).toFixed(2)} MiB, ${(packed / MEBIBYTE).toFixed(2)} MiB packed`);
  expect(names.some((name) => carries.test(name))).toBe(true);
  expect(bytes).toBeLessThan(LIMIT_BYTES);
  expect(packed).toBeLessThan(LIMIT_PACKED_BYTES);
});

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

test('the main Worker starts in workerd; its profile says what that costs', async () => {
  const file = join(dir, 'startup.cpuprofile');
  const checked = await run([WRANGLER, 'check', 'startup', '--outfile', file]);
  expect([checked.code, checked.code === 0 ? '' : checked.output]).toEqual([0, '']);
  expect((await stat(file)).size).toBeGreaterThan(0);
  const profile = JSON.parse(await readFile(file, 'utf8')) as Profile; // of V8
  const idle = new Set(profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  const busy = profile.samples.reduce((sum, id, i) => sum + (idle.has(id) ? 0 : (profile.timeDeltas[i] ?? 0)), 0);
  // Printed, not asserted: a busy machine is slow. Cloudflare refuses a Worker that needs more than a second.
  console.info(`start-up of the main Worker: ${(busy / 1000).toFixed(1)} ms of CPU`);
  expect(profile.samples.length).toBeGreaterThan(0);
});
