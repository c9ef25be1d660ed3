/** JSON into CEL's values and back: whole numbers are int, others double, as Go decodes Kubernetes objects. */
import { type CelInput, type CelValue, isCelList, isCelMap, isCelUint } from '@bufbuild/cel';
import type { Json } from '../../core/objects/object.ts';
import { ScriptError } from '../messages.ts';
import { optionalOf } from './cel-optional.ts';

export type Variables = Record<string, CelInput>;

/** The keys of an object as variables. */
export function toVariables(variables: Json): Variables {
  const given = typeof variables === 'object' && variables !== null && !Array.isArray(variables) ? variables : {};
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, toCelInput(value ?? null)]));
}

function toCelInput(value: Json): CelInput {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toCelInput);
  return new Map(Object.entries(value).map(([key, item]) => [key, toCelInput(item ?? null)]));
}

/** A result as JSON. Throws ScriptError for what JSON cannot hold. */
export function fromCel(value: CelValue): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (isCelUint(value)) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isCelList(value)) return [...value].map((item) => fromCel(item));
  if (optionalOf(value) !== undefined)
    throw new ScriptError('script.failed', 'the result is an optional value: end with .value() or .orValue()');
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, item]) => [String(key), fromCel(item)]));
  throw new ScriptError('script.failed', 'the result is neither a boolean, number, text, list nor map');
}
