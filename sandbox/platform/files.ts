/**
 * What the sandbox reads from disk when it runs from its sources. The agent's bundle replaces this module by one that holds it all
 * (build/sandbox-bundle.ts).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The program of the sandbox's process: where it is, or its text. */
export const processProgram = (): URL | string => new URL('../process/main.ts', import.meta.url);

/** Absolute path of Lua's WebAssembly. */
export const LUA_WASM = createRequire(import.meta.url)
  .resolve('wasmoon')
  .replace(/index\.js$/, 'glue.wasm');

/** Argo CD's health scripts as JSON (build/lua-scripts.ts makes the file); without them the environment names none. */
export const readArgoScripts = (): string => readFileSync(process.env['PLUMBLINE_HEALTH_SCRIPTS'] ?? '', 'utf8');
