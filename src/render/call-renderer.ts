import { type Problem, problem } from '../../core/problem/problem.ts';
import {
  encodeRenderRequest,
  MAX_REQUEST_BYTES,
  type RenderRequest,
  type RenderResponse,
} from '../../core/render/render-types.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** The renderer, as rendering wants it. */
export interface Renderer {
  render(request: RenderRequest): Promise<Result<RenderResponse, Problem>>;
  /** Names the build of the engines: part of every render's cache key. Fails with render.unavailable. */
  version(): Promise<Result<string, Problem>>;
}

/** Longer than this no render takes that counts its steps: something in it never ends. */
const RENDER_MS = 9_000;
/** After a lost renderer the next call waits until its process has been replaced. */
const TRIES = 2;

/**
 * The renderer behind a service binding. It answers 200 with a response for everything that it understood; whatever else comes back means that its
 * isolate or process was lost. The caller sends one request at a time, so a request that runs into the deadline twice is the one to blame:
 * it fails with render.limit_steps and is not tried again until its inputs change; one that is larger than the renderer takes with
 * render.limit_memory. Everything else fails with render.unavailable.
 */
export function createRenderer(
  binding: { fetch(url: string, init?: RequestInit): Promise<Response> },
  deadline: (ms: number) => AbortSignal,
): Renderer {
  let known: string | undefined;
  const ask = async (body: Uint8Array<ArrayBuffer>): Promise<Result<RenderResponse, Problem> | 'timeout'> => {
    try {
      const response = await binding.fetch('http://renderer/', {
        method: 'POST',
        body,
        signal: deadline(RENDER_MS),
      });
      known = response.headers.get('x-engine-version') ?? known;
      if (!response.ok) return unavailable(`the renderer answered ${response.status}`);
      return ok((await response.json()) as RenderResponse); // our own Worker, built from the same types
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : unavailable(`the renderer did not answer (${name})`);
    }
  };
  return {
    async render(request) {
      const body = encodeRenderRequest(request);
      // Said here, because a renderer that refuses a body unread cuts the connection, which looks like a lost renderer.
      if (body.length > MAX_REQUEST_BYTES) {
        const message = `the files of this App are larger than ${MAX_REQUEST_BYTES >> 20} MB together`;
        return err(problem('render.limit_memory', message, { where: request.path }));
      }
      for (let left = TRIES; left > 0; left--) {
        const answer = await ask(body);
        if (answer !== 'timeout') return answer;
      }
      return err(problem('render.limit_steps', `rendering did not end within ${RENDER_MS / 1000} s`, { where: request.path }));
    },
    async version() {
      if (known !== undefined) return ok(known);
      try {
        const response = await binding.fetch('http://renderer/version', { signal: deadline(RENDER_MS) });
        if (!response.ok) return unavailable(`the renderer answered ${response.status}`);
        known = await response.text();
        return ok(known);
      } catch {
        return unavailable('the renderer did not answer');
      }
    },
  };
}

function unavailable(message: string): { readonly ok: false; readonly error: Problem } {
  return err(problem('render.unavailable', message));
}
