/**
 * Where the files of the sandbox are when it runs from its sources. A bundle replaces this module by one that names the files beside it
 * (build/sandbox-bundle.ts).
 */
import { createRequire } from 'node:module';

/** The program of the thread. */
export const THREAD_FILE = new URL('../thread/main.ts', import.meta.url);

/** Absolute path of Lua's WebAssembly. */
export const LUA_WASM = createRequire(import.meta.url)
  .resolve('wasmoon')
  .replace(/index\.js$/, 'glue.wasm');
