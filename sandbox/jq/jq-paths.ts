/** Reaching into values: one step, a slice, and whole paths, with the changes along them. Nothing is changed in place. */
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { compare, define, isArray, isObject, JqError, keysOf, typeOf } from './jq-values.ts';

/** An index beyond this would make an array of that length. */
const LARGEST_INDEX = 1_000_000;

/** One step: a key of an object, a position in an array or text (from the end when below zero), a slice, or where a part occurs. */
export function stepInto(value: Json, key: Json): Json {
  if (isObject(key))
    return isSlice(key)
      ? sliceOf(value, key['start'] ?? null, key['end'] ?? null)
      : fail(`expected "start" and "end" for slicing but got: object`);
  if (value === null) return typeof key === 'string' || typeof key === 'number' || key === null ? null : wrongKey(value, key);
  if (isObject(value)) {
    if (typeof key !== 'string') return fail(`expected a string for object key but got: ${typeOf(key)}`);
    return Object.hasOwn(value, key) ? (value[key] ?? null) : null;
  }
  if (isArray(value)) {
    if (typeof key === 'number') return value[position(key, value.length)] ?? null;
    if (isArray(key)) return indicesOf(value, key);
    return fail(`expected a number for indexing an array but got: ${typeOf(key)}`);
  }
  if (typeof value === 'string' && typeof key === 'number') {
    const chars = [...value];
    return chars[position(key, chars.length)] ?? null;
  }
  return wrongKey(value, key);
}

function wrongKey(value: Json, key: Json): never {
  if (typeof key === 'string') return fail(`expected an object but got: ${typeOf(value)}`);
  if (typeof key === 'number') return fail(`expected an array but got: ${typeOf(value)}`);
  return fail(`expected a string for object key but got: ${typeOf(key)}`);
}

const isSlice = (key: JsonObject): boolean => Object.hasOwn(key, 'start') && Object.hasOwn(key, 'end');

function position(index: number, length: number): number {
  const at = Math.trunc(index);
  return at < 0 ? at + length : at;
}

/** From `start` up to before `end`; null is the edge. */
export function sliceOf(value: Json, start: Json, end: Json): Json {
  if (value === null) return null;
  if (typeof value === 'string') {
    const chars = [...value];
    const [from, to] = bounds(start, end, chars.length);
    return chars.slice(from, to).join('');
  }
  if (!isArray(value)) return fail(`expected an array but got: ${typeOf(value)}`);
  const [from, to] = bounds(start, end, value.length);
  return value.slice(from, to);
}

function bounds(start: Json, end: Json, length: number): readonly [number, number] {
  const edge = (value: Json, absent: number, round: (n: number) => number) => {
    if (value === null) return absent;
    if (typeof value !== 'number') return fail(`expected "start" and "end" for slicing but got: ${typeOf(value)}`);
    const at = Number.isNaN(value) ? 0 : round(value);
    return Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  };
  const from = edge(start, 0, Math.trunc);
  return [from, Math.max(from, edge(end, length, Math.ceil))];
}

/** Where a part begins in a text or array. */
export function indicesOf(value: Json, part: Json): Json {
  if (value === null) return null;
  if (typeof value === 'string' && typeof part === 'string') {
    if (part === '') return [];
    const found: number[] = [];
    const chars = [...value];
    const wanted = [...part];
    for (let i = 0; i + wanted.length <= chars.length; i += 1)
      if (wanted.every((char, j) => chars[i + j] === char)) found.push(i);
    return found;
  }
  if (!isArray(value)) return fail(`indices cannot be applied to: ${typeOf(value)}`);
  const wanted = isArray(part) ? part : [part];
  if (wanted.length === 0) return isArray(part) ? [] : null;
  const found: number[] = [];
  for (let i = 0; i + wanted.length <= value.length; i += 1)
    if (wanted.every((item, j) => compare(value[i + j] ?? null, item) === 0)) found.push(i);
  return found;
}

/** `[key, value]` of all that is directly in a value. */
export function* entriesOf(value: Json): Generator<readonly [string | number, Json]> {
  if (isArray(value)) for (const [i, item] of value.entries()) yield [i, item];
  else if (isObject(value)) for (const key of keysOf(value)) yield [key, value[key] ?? null];
  else fail(`cannot iterate over: ${typeOf(value)}`);
}

/** The value at a path; null where nothing is. */
export function getPath(value: Json, path: readonly Json[]): Json {
  let at = value;
  for (const key of path) {
    if (at === null) return null;
    at = stepInto(at, key);
  }
  return at;
}

/** Containers that a chain of changes made itself, and may therefore change in place. */
export type Owned = Set<object>;

/**
 * The value with another one at a path; what is missing on the way is made. With `owned`, containers that were copied once are not copied again,
 * so that changing each of many elements does not copy all of them each time.
 */
export function setPath(value: Json, path: readonly Json[], inner: Json, owned?: Owned): Json {
  const [key, ...rest] = path;
  if (key === undefined) return inner;
  return setStep(value, key, { inner: setPath(stepInto(value, key), rest, inner, owned), owned });
}

interface Change {
  readonly inner: Json;
  readonly owned: Owned | undefined;
}

function setStep(value: Json, key: Json, { inner, owned }: Change): Json {
  if (isObject(key)) return setSlice(value, key, { inner, owned });
  if (typeof key === 'string') {
    if (value !== null && !isObject(value)) return fail(`expected an object but got: ${typeOf(value)}`);
    const changed = own<{ [key: string]: Json | undefined }>(value, owned, () => ({ ...value }));
    define(changed, key, inner);
    return changed;
  }
  if (typeof key !== 'number') return fail(`expected a string for object key but got: ${typeOf(key)}`);
  if (value !== null && !isArray(value)) return fail(`expected an array but got: ${typeOf(value)}`);
  const list = own<Json[]>(value, owned, () => [...(value ?? [])]);
  const at = position(key, list.length);
  if (at < 0) return fail('array index should not be negative');
  if (at > LARGEST_INDEX) return fail('array index too large');
  while (list.length < at) list.push(null);
  list[at] = inner;
  return list;
}

/** A container that may be changed: the value itself when it is one's own, otherwise a copy. */
function own<T extends object>(value: Json, owned: Owned | undefined, copy: () => T): T {
  // What is in the set was made by `copy`.
  if (typeof value === 'object' && value !== null && owned?.has(value) === true) return value as unknown as T;
  const copied = copy();
  owned?.add(copied);
  return copied;
}

function setSlice(value: Json, key: JsonObject, { inner, owned }: Change): Json {
  if (value !== null && !isArray(value)) return fail(`expected an array but got: ${typeOf(value)}`);
  if (!isArray(inner)) return fail(`expected an array but got: ${typeOf(inner)}`);
  const length = value?.length ?? 0;
  const [from, to] = bounds(key['start'] ?? null, key['end'] ?? null, length);
  if (to - from !== inner.length) return [...(value ?? []).slice(0, from), ...inner, ...(value ?? []).slice(to)];
  const list = own<Json[]>(value, owned, () => [...(value ?? [])]);
  for (const [i, item] of inner.entries()) list[from + i] = item;
  return list;
}

/** The value without what is at these paths, all of which are meant before anything is gone. */
export function deletePaths(value: Json, paths: readonly Json[]): Json {
  if (paths.length === 0 || value === null) return value;
  const whole: Json[] = [];
  const inner = new Map<string, { readonly key: Json; readonly rests: Json[] }>();
  for (const path of paths) {
    if (!isArray(path)) return fail(`expected an array but got: ${typeOf(path)}`);
    const [key, ...rest] = path;
    if (key === undefined) return null;
    if (rest.length === 0) whole.push(key);
    else {
      const name = JSON.stringify(key);
      const group = inner.get(name) ?? { key, rests: [] };
      group.rests.push(rest);
      inner.set(name, group);
    }
  }
  const owned: Owned = new Set();
  let changed: Json = value;
  for (const { key, rests } of inner.values()) {
    const part = stepInto(changed, key);
    if (part !== null) changed = setStep(changed, key, { inner: deletePaths(part, rests), owned });
  }
  return deleteKeys(changed, whole);
}

function deleteKeys(value: Json, keys: readonly Json[]): Json {
  if (keys.length === 0) return value;
  if (isObject(value)) {
    const names = new Set(
      keys.map((key) => (typeof key === 'string' ? key : fail(`expected a string for object key but got: ${typeOf(key)}`))),
    );
    return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));
  }
  if (!isArray(value)) return fail(`expected an object but got: ${typeOf(value)}`);
  const gone = new Set<number>();
  for (const key of keys) {
    if (typeof key === 'number') gone.add(position(key, value.length));
    else if (isObject(key)) {
      const [from, to] = bounds(key['start'] ?? null, key['end'] ?? null, value.length);
      for (let at = from; at < to; at += 1) gone.add(at);
    } else fail(`expected a number for indexing an array but got: ${typeOf(key)}`);
  }
  return value.filter((_, i) => !gone.has(i));
}

function fail(message: string): never {
  throw new JqError(message);
}
