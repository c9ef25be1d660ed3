/**
 * jq's values: their order, and what the operators do. Texts of errors name types and never values, which may be secret.
 */
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { Operator } from './jq-syntax.ts';

/** What `error` throws and `catch` catches. */
export class JqError extends Error {
  override readonly name = 'JqError';
  readonly value: Json;
  constructor(value: Json) {
    super(typeof value === 'string' ? value : 'an error that is no text');
    this.value = value;
  }
}

export type JqType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export function typeOf(value: Json): JqType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  // Of the types that JSON knows, typeof names the rest as jq does.
  return typeof value as JqType;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export const isTrue = (value: Json): boolean => value !== null && value !== false;

/** The keys of an object in their order, which is also the order in which it is gone through. */
export function keysOf(object: JsonObject): readonly string[] {
  return Object.keys(object).sort(compareTexts);
}

/** By code points, as Go and jq do. */
function compareTexts(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const [xIsHalf, yIsHalf] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000];
    return xIsHalf === yIsHalf ? x - y : xIsHalf ? 1 : -1;
  }
  return a.length - b.length;
}

const ORDER: Readonly<Record<JqType, number>> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 };
const rank = (value: Json): number => (value === true ? 2 : ORDER[typeOf(value)]);

/** Below zero, zero or above: null, false, true, numbers (nan first), texts, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (typeof a === 'number' && typeof b === 'number')
    return Number.isNaN(a) ? -1 : a < b ? -1 : a > b ? 1 : Number.isNaN(b) ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : compareTexts(a, b);
  if (isArray(a) && isArray(b)) return compareArrays(a, b);
  if (isObject(a) && isObject(b)) {
    const keys = keysOf(a);
    const byKeys = compareArrays(keys, keysOf(b));
    if (byKeys !== 0) return byKeys;
    for (const key of keys) {
      const byValue = compare(a[key] ?? null, b[key] ?? null);
      if (byValue !== 0) return byValue;
    }
  }
  return 0;
}

function compareArrays(a: readonly Json[], b: readonly Json[]): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const difference = compare(a[i] ?? null, b[i] ?? null);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function operate(op: Operator, l: Json, r: Json): Json {
  switch (op) {
    case '+':
      return add(l, r);
    case '-':
      return subtract(l, r);
    case '*':
      return multiply(l, r);
    case '/':
      return divide(l, r);
    case '%':
      return modulo(l, r);
    case '==':
      return compare(l, r) === 0;
    case '!=':
      return compare(l, r) !== 0;
    case '<':
      return compare(l, r) < 0;
    case '<=':
      return compare(l, r) <= 0;
    case '>':
      return compare(l, r) > 0;
    case '>=':
      return compare(l, r) >= 0;
  }
}

export function add(l: Json, r: Json): Json {
  if (l === null) return r;
  if (r === null) return l;
  if (typeof l === 'number' && typeof r === 'number') return l + r;
  if (typeof l === 'string' && typeof r === 'string') return l + r;
  if (isArray(l) && isArray(r)) return [...l, ...r];
  if (isObject(l) && isObject(r)) return { ...l, ...r };
  throw cannot('add', l, r);
}

function subtract(l: Json, r: Json): Json {
  if (typeof l === 'number' && typeof r === 'number') return l - r;
  if (isArray(l) && isArray(r)) return l.filter((item) => r.every((other) => compare(item, other) !== 0));
  throw cannot('subtract', l, r);
}

/** A text that would grow beyond this is null, as in gojq, so that it does not end the memory. */
const LONGEST_TEXT = 1 << 26;

function multiply(l: Json, r: Json): Json {
  if (typeof l === 'number' && typeof r === 'number') return l * r;
  if (typeof l === 'string' && typeof r === 'number') return repeat(l, r);
  if (typeof l === 'number' && typeof r === 'string') return repeat(r, l);
  if (isObject(l) && isObject(r)) return merge(l, r);
  throw cannot('multiply', l, r);
}

function repeat(text: string, times: number): Json {
  if (!(times >= 0) || text.length * times > LONGEST_TEXT) return null;
  return text === '' ? '' : text.repeat(Math.trunc(times));
}

function merge(l: JsonObject, r: JsonObject): JsonObject {
  const merged: { [key: string]: Json | undefined } = { ...l };
  for (const [key, value] of Object.entries(r)) {
    const old = Object.hasOwn(l, key) ? l[key] : undefined;
    define(merged, key, isObject(old) && isObject(value) ? merge(old, value) : (value ?? null));
  }
  return merged;
}

function divide(l: Json, r: Json): Json {
  if (typeof l === 'number' && typeof r === 'number') {
    if (r === 0) throw new JqError('cannot divide by zero');
    return l / r;
  }
  if (typeof l === 'string' && typeof r === 'string') return splitText(l, r);
  throw cannot('divide', l, r);
}

/** A text in pieces; between characters when the separator is empty. */
export function splitText(text: string, separator: string): readonly string[] {
  if (text === '') return [];
  return separator === '' ? [...text] : text.split(separator);
}

function modulo(l: Json, r: Json): Json {
  if (typeof l !== 'number' || typeof r !== 'number') throw cannot('modulo', l, r);
  if (Number.isNaN(l) || Number.isNaN(r)) return Number.NaN;
  const divisor = Math.trunc(Math.min(Math.max(r, -(2 ** 63)), 2 ** 63));
  if (divisor === 0) throw new JqError('cannot modulo by zero');
  const rest = Math.trunc(Math.min(Math.max(l, -(2 ** 63)), 2 ** 63)) % Math.abs(divisor);
  return rest === 0 ? 0 : rest;
}

function cannot(verb: string, l: Json, r: Json): JqError {
  return new JqError(`cannot ${verb}: ${typeOf(l)} and ${typeOf(r)}`);
}

/** Sets a key whatever its name: assigning to `__proto__` would do something else. */
export function define(object: { [key: string]: Json | undefined }, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
