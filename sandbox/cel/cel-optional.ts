/**
 * CEL's optional values (cel-go, `OptionalTypes`), which the library has not: `a.?b.c.orValue(0)`, `a[?"b"].hasValue()`, `list.first().value()`.
 *
 * The signs are rewritten to calls before the expression is parsed; behind one of them, the rest of its chain is optional too:
 *
 *   a.?b.c[0].orValue(1)   →   a.optional_field("b").optional_field("c").optional_index(0).orValue(1)
 *
 * An optional value is a map with one key that no object can have. Not there: optional elements (`[?a]`, `{?k: v}`), `optMap`, `optFlatMap`.
 */
import {
  type CelFunc,
  type CelMap,
  CelScalar,
  type CelValue,
  celFunc,
  celMap,
  celMethod,
  isCelList,
  isCelMap,
  listType,
} from '@bufbuild/cel';

const { BOOL, DYN, STRING } = CelScalar;
const LIST = listType(DYN);
const SOME = '\0some';
const NONE = '\0none';
const none = celMap(new Map([[NONE, true]]));
const some = (value: CelValue): CelMap => celMap(new Map<string, CelValue>([[SOME, value]]));

/** The value of an optional, `none` when it has none, undefined for anything else. */
export function optionalOf(value: CelValue): { readonly value: CelValue } | 'none' | undefined {
  if (!isCelMap(value)) return undefined;
  if (value.has(NONE)) return 'none';
  const inner = value.get(SOME);
  return inner === undefined ? undefined : { value: inner };
}

function stepInto(from: CelValue, key: CelValue): CelMap {
  const optional = optionalOf(from);
  if (optional === 'none') return none;
  const value = optional === undefined ? from : optional.value;
  const inner = isCelMap(value)
    ? getKey(value, key)
    : isCelList(value) && typeof key === 'bigint'
      ? value.get(Number(key))
      : undefined;
  return inner === undefined ? none : some(inner);
}

/** Keys of objects are texts; those that a map cannot have are not in it. */
function getKey(map: CelMap, key: CelValue): CelValue | undefined {
  return typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' ? map.get(key) : undefined;
}

function need(value: CelValue): { readonly value: CelValue } | 'none' {
  const optional = optionalOf(value);
  if (optional === undefined) throw new Error('no such overload: the value is not optional');
  return optional;
}

const isZero = (value: CelValue): boolean =>
  value === null ||
  value === false ||
  value === '' ||
  value === 0 ||
  value === 0n ||
  (isCelList(value) && value.size === 0) ||
  (isCelMap(value) && value.size === 0);

export const OPTIONAL_FUNCTIONS: readonly CelFunc[] = [
  celMethod('optional_field', DYN, [STRING], DYN, function (name) {
    return stepInto(this, name);
  }),
  celMethod('optional_index', DYN, [DYN], DYN, function (key) {
    return stepInto(this, key);
  }),
  celMethod('hasValue', DYN, [], BOOL, function () {
    return need(this) !== 'none';
  }),
  celMethod('value', DYN, [], DYN, function () {
    const optional = need(this);
    if (optional === 'none') throw new Error('optional.none() dereference');
    return optional.value;
  }),
  celMethod('orValue', DYN, [DYN], DYN, function (other) {
    const optional = need(this);
    return optional === 'none' ? other : optional.value;
  }),
  celMethod('or', DYN, [DYN], DYN, function (other) {
    return need(this) === 'none' ? other : this;
  }),
  celMethod('first', LIST, [], DYN, function () {
    return stepInto(this, 0n);
  }),
  celMethod('last', LIST, [], DYN, function () {
    return stepInto(this, BigInt(this.size - 1));
  }),
  celFunc('optional.none', [], DYN, () => none),
  celFunc('optional.of', [DYN], DYN, (value) => some(value)),
  celFunc('optional.ofNonZeroValue', [DYN], DYN, (value) => (isZero(value) ? none : some(value))),
];

const TOKEN =
  /(?<text>[rbRB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))|(?<comment>\/\/[^\n]*)|(?<optional>\.\s*\?\s*(?<name>[A-Za-z_]\w*))|(?<field>\.\s*(?<plain>[A-Za-z_]\w*)(?!\s*\(|\w))|(?<index>\[\s*\?)|(?<word>[\w.]*\w)|(?<space>\s+)|[\s\S]/g;

/** Rewrites the signs of optional values; an expression without any stays as it is. */
export function rewriteOptionals(expression: string): string {
  if (!expression.includes('?')) return expression;
  let rewritten = '';
  /** Behind an optional step, and behind something that can be reached into. */
  let isOptional = false;
  let isValue = false;
  /** For each open bracket: what closes it, and whether what stands before it was optional. */
  const open: ('optional' | 'plain')[] = [];
  for (const match of expression.matchAll(TOKEN)) {
    const [token] = match;
    const { name, plain, optional, field, index, space, comment } = match.groups ?? {};
    if (space !== undefined || comment !== undefined) {
      rewritten += token;
      continue;
    }
    if (optional !== undefined || (field !== undefined && isOptional)) {
      rewritten += `.optional_field("${name ?? plain}")`;
      isOptional = true;
    } else if ((index !== undefined && isValue) || (token === '[' && isOptional)) {
      rewritten += '.optional_index(';
      open.push('optional');
      isOptional = false;
      isValue = false;
      continue;
    } else if (/^[[({]/.test(token)) {
      rewritten += token;
      open.push('plain');
      isOptional = false;
      isValue = false;
      continue;
    } else if (/^[\])}]$/.test(token)) {
      const closes = open.pop();
      rewritten += closes === 'optional' ? ')' : token;
      isOptional = closes === 'optional';
      isValue = true;
      continue;
    } else {
      rewritten += token;
      isOptional = false;
    }
    isValue = /[\w"')\]]$/.test(token);
  }
  return rewritten;
}
