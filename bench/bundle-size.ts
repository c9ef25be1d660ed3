import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAgent } from '../build/agent-bundle.ts';
import type { Samples } from './measurement.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What wrangler would upload for each Worker, and the agent's program. */
export async function bundleSizes(): Promise<Samples[]> {
  const agent = await bundleAgent();
  return [
    ...upload('main Worker', 'wrangler.toml'),
    ...upload('renderer', 'renderer/wrangler.toml'),
    { metric: 'agent', unit: 'kB', values: [agent.program.length / 1000] },
    { metric: 'agent, packed', unit: 'kB', values: [agent.packed.length / 1000] },
  ];
}

function upload(name: string, config: string): Samples[] {
  const outdir = mkdtempSync(join(tmpdir(), 'plumbline-bundle-'));
  try {
    const run = spawnSync('npx', ['wrangler', 'deploy', '--dry-run', '--outdir', outdir, '--config', config], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
    });
    const sizes = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(run.stdout);
    if (sizes === null) throw new Error(`wrangler deploy --dry-run failed: ${run.stderr}`);
    const limit = 64 * 1024 * 1.024; // 64 MiB in kB
    return [
      { metric: name, unit: 'kB', values: [Number(sizes[1]) * 1.024], target: Math.round(limit) },
      { metric: `${name}, gzip`, unit: 'kB', values: [Number(sizes[2]) * 1.024] },
    ];
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
