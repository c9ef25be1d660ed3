/**
 * The renderer for Node: in a thread of its own, so that a render which does not come back can be ended.
 *
 * The thread is started on first use and kept. After a time-out it is ended and the next render starts another one.
 */
import { Worker } from 'node:worker_threads';
import { encodeRenderRequest, type RenderRequest, type RenderResponse } from '../../core/render/render-types.ts';
import { parseRenderResponse } from '../host/render.ts';

export interface ThreadOptions {
  /** Path of renderer.wasm (`buildRenderer`). */
  readonly wasmPath: string;
  /** Wall-clock time that one render may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface RenderThread {
  /** Renders; renders that are asked for meanwhile wait their turn. Never rejects: a time-out is the problem render.limit_steps. */
  render(request: RenderRequest): Promise<RenderResponse>;
  /** Ends the thread. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/** Makes a renderer in a thread; nothing is started before the first render. */
export function renderInThread(options: ThreadOptions): RenderThread {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const url = new URL('./render-thread.ts', import.meta.url);
    const worker = new Worker(url, { workerData: { wasmPath: options.wasmPath } });
    worker.unref();
    return worker;
  }

  function one(bytes: Uint8Array): Promise<RenderResponse> {
    thread ??= start();
    const worker = thread;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        done(failed('render.limit_steps', `rendering took longer than ${timeoutMs} ms`));
        void end();
      }, timeoutMs);
      const onMessage = (response: Uint8Array) => done(parseRenderResponse(response));
      const onGone = (why: unknown) => {
        thread = undefined;
        done(failed('render.bug', `the renderer's thread stopped: ${why instanceof Error ? why.message : String(why)}`));
      };
      function done(response: RenderResponse): void {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onGone).off('exit', onGone);
        worker.unref();
        resolve(response);
      }
      worker.ref();
      worker.on('message', onMessage).on('error', onGone).on('exit', onGone);
      worker.postMessage(bytes);
    });
  }

  async function end(): Promise<void> {
    const worker = thread;
    thread = undefined;
    await worker?.terminate();
  }

  return {
    render(request) {
      const bytes = encodeRenderRequest(request);
      const next = last.then(() => one(bytes));
      last = next;
      return next;
    },
    close: end,
  };
}

function failed(code: 'render.limit_steps' | 'render.bug', message: string): RenderResponse {
  const reads = { files: [], dirs: [], missing: [], probed: [] };
  return { reads, warnings: [], chance: [], problem: { code, message }, steps: 0, memory: 0 };
}
