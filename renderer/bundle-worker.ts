import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildRenderer } from './build-renderer.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A Worker in the form that Miniflare 5 takes as `workers[n].config`. */
export interface RendererWorkerConfig {
  readonly name: string;
  readonly compatibilityDate: string;
  readonly manifest: {
    readonly mainModule: string;
    readonly modulesRoot: string;
    readonly modules: {
      readonly [path: string]: { readonly type: 'esm' | 'wasm'; readonly contents: string | Uint8Array<ArrayBuffer> };
    };
  };
}

/** The name under which other Workers of the same workerd bind to it. */
export const RENDERER_WORKER = 'plumbline-renderer';

/**
 * Builds the renderer's Worker for workerd on this machine.
 * @throws GoBuildError when the engine cannot be built
 */
export async function bundleRendererWorker(progress: (line: string) => void): Promise<RendererWorkerConfig> {
  const wasmPath = await buildRenderer(progress);
  const bundle = await build({
    entryPoints: [`${ROOT}renderer/worker.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    plugins: [
      {
        name: 'engine-beside-the-worker',
        setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: './renderer.wasm', external: true })),
      },
    ],
  });
  const script = bundle.outputFiles[0]?.text ?? ''; // one entry point gives one file
  const wasm = new Uint8Array(await readFile(wasmPath));
  return {
    name: RENDERER_WORKER,
    compatibilityDate: '2026-08-01',
    manifest: {
      mainModule: 'worker.js',
      modulesRoot: ROOT,
      modules: { 'worker.js': { type: 'esm', contents: script }, 'renderer.wasm': { type: 'wasm', contents: wasm } },
    },
  };
}

/** Puts the engine where `wrangler deploy -c renderer/wrangler.toml` finds it. */
export async function prepareRenderer(progress: (line: string) => void): Promise<void> {
  const wasmPath = await buildRenderer(progress);
  await mkdir(`${ROOT}dist`, { recursive: true });
  await copyFile(wasmPath, `${ROOT}dist/renderer.wasm`);
}
