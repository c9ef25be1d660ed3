/**
 * Runs the engine: one WebAssembly instance, used again and again, and replaced when it has grown or died.
 *
 * WebAssembly memory never shrinks, so an instance that needed much keeps it for ever; and after a trap nothing in
 * it can be trusted. Both cost the next render one instantiation. A render that traps costs itself and nothing else.
 */
import type { RenderProblem } from '../../core/render/render-types.ts';
import { createWasi, type Surroundings } from './wasi.ts';

/** The calls of renderer/engine/main.go. */
interface EngineExports {
  readonly memory: WebAssembly.Memory;
  alloc(size: number): number;
  render(pointer: number, size: number): bigint;
  release(pointer: number): void;
}

/** A renderer inside this process. Calls are synchronous and never overlap. */
export interface Engine {
  /** Takes a request's bytes (`encodeRenderRequest`), gives the response's JSON as bytes. Never throws: whatever happens is a problem in the response. */
  renderBytes(request: Uint8Array): Uint8Array;
  /** Size of the linear memory in bytes; 0 before the first render and after a replacement. */
  memory(): number;
}

export interface EngineOptions extends Surroundings {
  /** An instance whose memory has grown past this many bytes is not used again. */
  readonly recycleBytes?: number;
}

/** What one isolate on Cloudflare has in all is 128 MB; this leaves room for the request and the response. */
const RECYCLE_BYTES = 96 * 1024 * 1024;

const DYING = /^(fatal error|panic|runtime|SIG)/;

/** Makes a renderer of a compiled module; nothing is instantiated before the first render. */
export function createEngine(module: WebAssembly.Module, options: EngineOptions): Engine {
  const recycleBytes = options.recycleBytes ?? RECYCLE_BYTES;
  let live: EngineExports | undefined;
  let lastWords = '';
  const log = (line: string) => {
    // Kustomize prints its warnings about old fields here too; what counts is what the Go runtime says as it dies.
    if (lastWords !== '' || !DYING.test(line)) return;
    lastWords = line;
    options.log?.(line);
  };

  function start(): EngineExports {
    const wasi = createWasi({ now: options.now, log });
    const instance = new WebAssembly.Instance(module, wasi.imports);
    wasi.start(instance);
    return instance.exports as unknown as EngineExports; // the exports of main.go, checked by the tests
  }

  function call(engine: EngineExports, request: Uint8Array): Uint8Array {
    const at = engine.alloc(request.length) >>> 0;
    new Uint8Array(engine.memory.buffer, at, request.length).set(request);
    const packed = BigInt.asUintN(64, engine.render(at, request.length));
    const [pointer, size] = [Number(packed >> 32n), Number(packed & 0xffffffffn)];
    const response = new Uint8Array(engine.memory.buffer, pointer, size).slice();
    engine.release(pointer);
    return response;
  }

  return {
    renderBytes(request) {
      try {
        lastWords = '';
        live ??= start();
        const response = call(live, request);
        if (live.memory.buffer.byteLength > recycleBytes) live = undefined;
        return response;
      } catch (trap) {
        live = undefined;
        return failure(toTrapProblem(trap, lastWords));
      }
    },
    memory: () => live?.memory.buffer.byteLength ?? 0,
  };
}

/** Tells the two traps that a hostile input can cause from one that only a bug can. */
function toTrapProblem(trap: unknown, lastWords: string): RenderProblem {
  const text = `${lastWords} ${trap instanceof Error ? `${trap.name}: ${trap.message}` : String(trap)}`;
  if (/out of memory|cannot allocate|memory allocation|Out of memory/i.test(text)) {
    return { code: 'render.limit_memory', message: 'rendering needs more memory than there is' };
  }
  if (/stack overflow|call stack|stack exceeds|RangeError/i.test(text)) {
    return { code: 'render.limit_depth', message: 'rendering nests deeper than the engine can follow' };
  }
  return { code: 'render.bug', message: `the engine stopped: ${text.trim().slice(0, 300)}` };
}

/** A response that holds nothing but a problem. */
export function failure(problem: RenderProblem): Uint8Array {
  const reads = { files: [], dirs: [], missing: [], probed: [] };
  return new TextEncoder().encode(JSON.stringify({ reads, warnings: [], chance: [], problem, steps: 0, memory: 0 }));
}
