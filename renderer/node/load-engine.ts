import { readFile } from 'node:fs/promises';
import { createEngine, type Engine, type EngineOptions } from '../host/engine.ts';

/** The part of Node's WebAssembly that its type definitions leave out (they expect the DOM's). */
interface Compiler {
  compile(bytes: Uint8Array): Promise<WebAssembly.Module>;
}

/** Compiles renderer.wasm; the module can be shared by threads. */
export async function compileRenderer(wasmPath: string): Promise<WebAssembly.Module> {
  const compiler = webAssembly();
  return compiler.compile(await readFile(wasmPath));
}

/** Compiles renderer.wasm and makes an engine of it in this thread (a render blocks it). */
export async function loadEngine(wasmPath: string, options: EngineOptions): Promise<Engine> {
  return createEngine(await compileRenderer(wasmPath), options);
}

function webAssembly(): Compiler {
  return (globalThis as unknown as { WebAssembly: Compiler }).WebAssembly; // every Node has it
}
