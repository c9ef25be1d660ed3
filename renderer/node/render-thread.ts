/** The thread behind `renderInThread`: one message in (a request's bytes), one out (the response's). */
import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine } from './load-engine.ts';

const { wasmPath } = workerData as { wasmPath: string }; // set by render-in-thread.ts
const engine = await loadEngine(wasmPath, { now: Date.now, recycleBytes: 512 * 1024 * 1024 });

parentPort?.on('message', (request: Uint8Array) => {
  const response = engine.renderBytes(request);
  parentPort?.postMessage(response, [response.buffer as ArrayBuffer]);
});
