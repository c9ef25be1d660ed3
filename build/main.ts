import { fileURLToPath } from 'node:url';
import { prepareRenderer } from '../renderer/bundle-worker.ts';
import { buildAgentBundle } from './agent-bundle.ts';

/** `npm run build`: puts what wrangler deploys beside the sources — the renderer's WebAssembly and the agent's bundle — into dist/. */
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const say = (line: string) => process.stderr.write(`${line}\n`);
await Promise.all([prepareRenderer(say), buildAgentBundle(dist)]);
