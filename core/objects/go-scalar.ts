import type { Json } from './object.ts';

/**
 * What an unquoted YAML scalar means to Kubernetes' tools: sigs.k8s.io/yaml, which is Go's yaml.v2. That is neither YAML 1.1 nor 1.2:
 * `yes`, `on` and `y` are booleans and `0777` is octal as in 1.1, but `80:80` is text (1.1 has base 60) and timestamps stay text.
 * Rules: https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go
 */
const WORDS = new Map<string, Json>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word): [string, Json] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word): [string, Json] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Json] => [word, null]),
]);
const NOT_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

export type GoScalar =
  | { readonly kind: 'value'; readonly value: Json }
  /** `.nan` and `.inf`: YAML has them, JSON has not. */
  | { readonly kind: 'not_json' }
  /** A 64-bit integer that a JavaScript number would silently change. */
  | { readonly kind: 'not_exact' };

/** Gives the meaning of an unquoted scalar; what is no boolean, null or number is text. */
export function resolveGoScalar(text: string): GoScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return { kind: 'value', value: word };
  const first = text.charCodeAt(0);
  const mayBeNumber = first === 0x2b || first === 0x2d || first === 0x2e || (first >= 0x30 && first <= 0x39);
  if (!mayBeNumber) return { kind: 'value', value: text };
  if (NOT_JSON.test(text)) return { kind: 'not_json' };
  const plain = first === 0x2e ? text : text.replaceAll('_', '');
  return resolveInteger(plain) ?? { kind: 'value', value: resolveFloat(plain) ?? text };
}

/** Undefined for what is no float, or too large for one of 64 bits: Go keeps that as text. */
function resolveFloat(plain: string): number | undefined {
  const value = FLOAT.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Undefined for what is no integer of 64 bits; Go reads a larger one as a float. */
function resolveInteger(plain: string): GoScalar | undefined {
  const match = INTEGER.exec(plain);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits =
    hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : octal !== undefined ? `0o${octal}` : decimal;
  // BigInt's cost grows with the square of the digits; no integer of 64 bits has more than 66 of them.
  if (digits === undefined || digits.length > 66) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  if (value < INT64_MIN || value > UINT64_MAX) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? { kind: 'value', value: number } : { kind: 'not_exact' };
}
