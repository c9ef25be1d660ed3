import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles the agent into one file, gzipped: what the install manifest carries. Importing @kubernetes/client-node whole would cost three times the
 * memory; bundled, only its configuration and authentication remain.
 * Gives the path of `agent.mjs.gz` in the cache, in a folder named after its content; the same sources give the same bytes.
 */
export async function buildAgentBundle(progress: (line: string) => void): Promise<string> {
  const bundle = await build({
    entryPoints: [`${ROOT}agent/main.ts`],
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    legalComments: 'none',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Some dependencies are CommonJS and ask for Node's own modules by require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const packed = gzipSync(bundle.outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }); // one entry point gives one file
  const name = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'plumbline', `agent-${name}`);
  const path = join(folder, 'agent.mjs.gz');
  await mkdir(folder, { recursive: true });
  const part = `${path}.${process.pid}`;
  await writeFile(part, packed);
  await rename(part, path);
  progress(`agent: ${Math.round(packed.length / 1024)} kB packed`);
  return path;
}
