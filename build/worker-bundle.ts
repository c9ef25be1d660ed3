import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleAgent } from './agent-bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The modules of the main Worker: its script and the agent's bundle, which the install manifest carries. */
export interface WorkerBundle {
  readonly script: string;
  readonly agent: Uint8Array<ArrayBuffer>;
}

/** Bundles the main Worker for workerd on this machine, as wrangler does for Cloudflare. */
export async function bundleWorker(): Promise<WorkerBundle> {
  const [agent, bundle] = await Promise.all([bundleAgent(), bundleScript()]);
  const script = bundle.outputFiles[0]?.text ?? ''; // one entry point gives one file
  return { script, agent: agent.packed };
}

function bundleScript() {
  return build({
    entryPoints: [`${ROOT}src/worker.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    // Packages that still ask for Node's modules by `require` find those that workerd has.
    banner: { js: "import { createRequire as plumblineRequire } from 'node:module'; const require = plumblineRequire('/');" },
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', 'buffer', 'crypto', 'stream', 'events', 'util'],
    plugins: [
      {
        name: 'agent-beside-the-worker',
        setup: ({ onResolve }) => onResolve({ filter: /\.gz$/ }, () => ({ path: './agent.mjs.gz', external: true })),
      },
    ],
  });
}
