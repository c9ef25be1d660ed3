/**
 * What fills and decrypts objects in the cluster (parsers, ciphers: a third of the agent's code) as a compressed text inside the agent's program. Most
 * agents never need it, and code that is never run costs memory all the same once Node has read it; as a text it costs a sixth.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const ENTRY = 'agent/resolve/resolve-objects.ts';

/** Replaces the module by one that unpacks it when it is called for the first time; `plugins` are those of the agent's own bundle. */
export async function carryResolver(plugins: readonly Plugin[]): Promise<Plugin> {
  const result = await build({
    entryPoints: [path.join(ROOT, ENTRY)],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
    plugins: [...plugins],
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild gave no output');
  const text = JSON.stringify(brotliCompressSync(file.contents).toString('base64'));
  const contents = `
import { brotliDecompressSync } from 'node:zlib';
let loaded;
const load = () =>
  (loaded ??= import('data:text/javascript;base64,' + brotliDecompressSync(Buffer.from(${text}, 'base64')).toString('base64')));
export const resolveObjects = async (...args) => (await load()).resolveObjects(...args);
`;
  return {
    name: 'carry-resolver',
    setup(builder) {
      builder.onLoad({ filter: /agent[/\\]resolve[/\\]resolve-objects\.ts$/ }, () => ({ contents, loader: 'js' }));
    },
  };
}
