/**
 * JSON into Lua and back, as Argo CD does it (decodeValue in util/lua/lua.go, and layeh.com/gopher-json):
 *
 *   null → nothing: a key that holds it is absent, an element that is it is left out
 *   a table whose first key is a number → array, which must have no gaps; no key at all → the empty array; otherwise an object
 */
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';

/** Those functions of Lua's C interface that are used; pointers, stack positions and states are numbers. */
export interface Lua {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  _luaL_newstate(): number;
  _luaL_openlibs(state: number): void;
  _lua_close(state: number): void;
  _luaL_loadbufferx(state: number, text: number, bytes: number, name: number, mode: number): number;
  _lua_pcallk(state: number, args: number, results: number, handler: number, context: number, k: number): number;
  _lua_gettop(state: number): number;
  _lua_settop(state: number, index: number): void;
  _lua_checkstack(state: number, slots: number): number;
  _lua_type(state: number, index: number): number;
  _lua_toboolean(state: number, index: number): number;
  _lua_tonumberx(state: number, index: number, isNumber: number): number;
  _lua_tolstring(state: number, index: number, bytes: number): number;
  _lua_next(state: number, index: number): number;
  _lua_pushnil(state: number): void;
  _lua_pushboolean(state: number, value: number): void;
  _lua_pushnumber(state: number, value: number): void;
  _lua_pushinteger(state: number, value: bigint): void;
  _lua_pushlstring(state: number, text: number, bytes: number): number;
  _lua_createtable(state: number, array: number, record: number): void;
  _lua_rawset(state: number, index: number): void;
  _lua_rawseti(state: number, index: number, at: bigint): void;
  _lua_setglobal(state: number, name: number): void;
}

/** A piece of the engine's memory through which texts travel. */
export interface LuaMemory {
  readonly lua: Lua;
  at: number;
  bytes: number;
}

/** Opens the piece; it grows when it must. */
export function openMemory(lua: Lua): LuaMemory {
  return { lua, at: lua._malloc(4_096), bytes: 4_096 };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes a text with a closing zero, at the beginning of the piece or at `from`; gives where it is. It stays until the next one is written there. */
export function writeString(memory: LuaMemory, text: string, from?: number): { readonly at: number; readonly bytes: number } {
  const { lua } = memory;
  const offset = from === undefined ? 0 : from - memory.at;
  const need = offset + text.length * 3 + 1;
  // What follows a first text is short, so there is room for it (see room below).
  if (need + 64 > memory.bytes && from === undefined) {
    lua._free(memory.at);
    memory.bytes = need * 2 + 4_096;
    memory.at = lua._malloc(memory.bytes);
    if (memory.at === 0) {
      memory.bytes = 0;
      throw new ScriptError('script.limit', 'not enough memory');
    }
  }
  const at = memory.at + offset;
  const { written } = encoder.encodeInto(text, lua.HEAPU8.subarray(at, memory.at + memory.bytes - 1));
  lua.HEAPU8[at + written] = 0;
  return { at, bytes: written };
}

const MAX_DEPTH = 200;

/** Pushes a value. */
export function pushJson(memory: LuaMemory, state: number, value: Json | undefined, depth = 0): void {
  const { lua } = memory;
  if (depth > MAX_DEPTH || lua._lua_checkstack(state, 4) === 0)
    throw new ScriptError('script.limit', 'the object is nested too deeply');
  if (value === null || value === undefined) lua._lua_pushnil(state);
  else if (typeof value === 'boolean') lua._lua_pushboolean(state, value ? 1 : 0);
  else if (typeof value === 'number') pushNumber(lua, state, value);
  else if (typeof value === 'string') pushString(memory, state, value);
  else if (Array.isArray(value)) {
    lua._lua_createtable(state, value.length, 0);
    let at = 0n;
    for (const item of value) {
      if (item === null) continue;
      pushJson(memory, state, item, depth + 1);
      at += 1n;
      lua._lua_rawseti(state, -2, at);
    }
  } else {
    const entries = Object.entries(value);
    lua._lua_createtable(state, 0, entries.length);
    for (const [key, item] of entries) {
      if (item === null || item === undefined) continue;
      pushString(memory, state, key);
      pushJson(memory, state, item, depth + 1);
      lua._lua_rawset(state, -3);
    }
  }
}

function pushNumber(lua: Lua, state: number, value: number): void {
  if (Number.isSafeInteger(value)) lua._lua_pushinteger(state, BigInt(value));
  else lua._lua_pushnumber(state, value);
}

function pushString(memory: LuaMemory, state: number, text: string): void {
  const { at, bytes } = writeString(memory, text);
  memory.lua._lua_pushlstring(state, at, bytes);
}

/** The text at a position; undefined when there is none. A number there becomes a text. */
export function readString(memory: LuaMemory, state: number, index: number): string | undefined {
  const { lua } = memory;
  // The length is written where texts are written.
  const at = lua._lua_tolstring(state, index, memory.at);
  if (at === 0) return undefined;
  const bytes = new DataView(lua.HEAPU8.buffer).getUint32(memory.at, true);
  return decoder.decode(lua.HEAPU8.subarray(at, at + bytes));
}

const TYPES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];

/** The value at a position (from the bottom). Throws ScriptError for what JSON cannot hold. */
export function readJson(memory: LuaMemory, state: number, index: number, depth = 0): Json {
  const { lua } = memory;
  const type = TYPES[lua._lua_type(state, index)];
  switch (type) {
    case 'nil':
      return null;
    case 'boolean':
      return lua._lua_toboolean(state, index) === 1;
    case 'number':
      return lua._lua_tonumberx(state, index, 0);
    case 'string':
      return readString(memory, state, index) ?? '';
    case 'table':
      if (depth > MAX_DEPTH || lua._lua_checkstack(state, 4) === 0)
        throw new ScriptError('script.failed', 'cannot encode recursively nested tables to JSON');
      return readTable(memory, state, index, depth);
    default:
      throw new ScriptError('script.failed', `cannot encode ${type ?? 'this'} to JSON`);
  }
}

function readTable(memory: LuaMemory, state: number, index: number, depth: number): Json {
  const { lua } = memory;
  const list: Json[] = [];
  const entries: [string, Json][] = [];
  lua._lua_pushnil(state);
  while (lua._lua_next(state, index) !== 0) {
    const top = lua._lua_gettop(state);
    const isNumber = TYPES[lua._lua_type(state, top - 1)] === 'number';
    if (!isNumber && TYPES[lua._lua_type(state, top - 1)] !== 'string')
      throw new ScriptError('script.failed', 'cannot encode mixed or invalid key types');
    const value = readJson(memory, state, top, depth + 1);
    if (isNumber) {
      if (lua._lua_tonumberx(state, top - 1, 0) !== list.length + 1)
        throw new ScriptError('script.failed', 'cannot encode sparse array');
      list.push(value);
    } else entries.push([readString(memory, state, top - 1) ?? '', value]);
    lua._lua_settop(state, top - 1);
  }
  if (list.length > 0 && entries.length > 0) throw new ScriptError('script.failed', 'cannot encode mixed or invalid key types');
  return entries.length > 0 ? Object.fromEntries(entries) : list;
}
