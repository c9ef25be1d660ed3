import { fileURLToPath } from 'node:url';
import { prepareRenderer } from '../renderer/bundle-worker.ts';
import { buildAgentBundle } from './agent-bundle.ts';
import { buildUi } from './ui-bundle.ts';

/** `npm run build`: puts what wrangler deploys beside the sources — the renderer's WebAssembly, the agent's bundle, the dashboard — into dist/. */
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const say = (line: string) => process.stderr.write(`${line}\n`);
await Promise.all([prepareRenderer(say), buildAgentBundle(dist), buildUi(`${dist}ui`, say)]);
