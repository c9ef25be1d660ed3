/**
 * Lua, as WebAssembly. Every script gets a state of its own, so that nothing of one can be seen by another, and each state begins the same: Lua seeds
 * the order of its tables with the time, and the order of `pairs`, and a message with it, would otherwise change from run to run.
 */
import wasmoon from 'wasmoon';
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { LUA_WASM } from '../platform/files.ts';
import { withStoppedClock } from '../platform/stopped-clock.ts';
import { type Lua, openMemory, pushJson, readJson, readString, writeString } from './lua-values.ts';
import { PRELUDE } from './prelude.ts';

export interface LuaEngine {
  /** Runs a script; gives its last result as JSON, null for none. Throws ScriptError. */
  run(job: { readonly script: string; readonly object: Json; readonly openLibs: boolean }): Json;
}

const OK = 0;
const SYNTAX = 3;
const MEMORY = 4;

/** Loads the engine. */
export async function loadLua(): Promise<LuaEngine> {
  const { module } = await wasmoon.LuaWasm.initialize(LUA_WASM);
  // Emscripten's module carries Lua's C functions under their names with an underscore; lua-values.ts lists those that are used.
  const lua = module as unknown as Lua;
  printWholeNumbersPlainly(lua);
  const memory = openMemory(lua);
  return {
    run({ script, object, openLibs }) {
      const state = withStoppedClock(() => lua._luaL_newstate());
      if (state === 0) throw new ScriptError('script.limit', 'not enough memory');
      try {
        lua._luaL_openlibs(state);
        call(lua, state, () => load('=prelude', openLibs ? PRELUDE.open : PRELUDE.closed));
        pushJson(memory, state, object);
        lua._lua_setglobal(state, writeString(memory, 'obj').at);
        call(lua, state, () => load('=script', script));
        const top = lua._lua_gettop(state);
        return top === 0 ? null : readJson(memory, state, top);
      } finally {
        lua._lua_close(state);
      }

      function load(name: string, text: string): number {
        const chunk = writeString(memory, text);
        const named = writeString(memory, name, chunk.at + chunk.bytes + 1);
        const mode = writeString(memory, 't', named.at + named.bytes + 1);
        return lua._luaL_loadbufferx(state, chunk.at, chunk.bytes, named.at, mode.at);
      }
    },
  };

  function call(engine: Lua, state: number, load: () => number): void {
    check(load(), state);
    check(engine._lua_pcallk(state, 0, -1, 0, 0, 0), state);
  }

  function check(status: number, state: number): void {
    if (status === OK) return;
    const text = readString(memory, state, -1) ?? 'an error that is no text';
    if (status === MEMORY || /not enough memory|stack overflow/.test(text)) throw new ScriptError('script.limit', text);
    throw new ScriptError(status === SYNTAX ? 'script.syntax' : 'script.failed', text);
  }
}

/**
 * Lua 5.4 shows a whole number that came from a division as `5.0`, 5.1 (which has only one kind of number) as `5`. It decides by
 * `strspn(text, "-0123456789")`; with an empty set no number looks whole, and nothing is appended.
 */
function printWholeNumbersPlainly(lua: Lua): void {
  const set = Buffer.from('-0123456789\0', 'latin1');
  const at = Buffer.from(lua.HEAPU8.buffer).indexOf(set);
  if (at === -1 || Buffer.from(lua.HEAPU8.buffer).indexOf(set, at + 1) !== -1)
    throw new Error('this build of Lua keeps its set of digits elsewhere');
  lua.HEAPU8[at] = 0;
}
