/**
 * The renderer's own Worker: reached by a service binding only, with nothing bound to it.
 *
 *     POST /         a render request (core/render/render-types.ts) in, the response's JSON out, always 200
 *     GET  /version  the engine's version, as text
 *
 * Size: a Worker may have 64 MiB unpacked; the module takes about 39 MB of them and 8.3 MB packed.
 */

import { MAX_REQUEST_BYTES } from '../core/render/render-types.ts';
import module from '../dist/renderer.wasm';
import { createEngine, type Engine, failure } from './host/engine.ts';
import { engineVersion } from './host/engine-version.ts';
import { readBounded } from './host/read-bounded.ts';

let engine: Engine | undefined;
let version: string | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    version ??= engineVersion(module);
    const headers = { 'x-engine-version': version };
    if (request.method === 'GET' && pathname === '/version') return new Response(version, { headers });
    if (request.method !== 'POST' || pathname !== '/') return new Response('not found', { status: 404 });
    const body = await readBounded(request, MAX_REQUEST_BYTES);
    if (body === undefined) {
      const message = `the files of this App are larger than ${MAX_REQUEST_BYTES >> 20} MB`;
      return json(failure({ code: 'render.limit_memory', message }), headers);
    }
    engine ??= createEngine(module, { now: Date.now, log: (line) => console.warn(line) });
    return json(engine.renderBytes(body), headers);
  },
};

function json(bytes: Uint8Array, headers: Record<string, string>): Response {
  return new Response(bytes, { headers: { ...headers, 'content-type': 'application/json' } });
}
