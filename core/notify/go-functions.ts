import { isJsonObject } from '../objects/json-object.ts';
import type { Json } from '../objects/object.ts';

/** Functions of templates: Go's own, and those of Sprig that texts are made with. Arguments that are not there or of another type count as empty. */
type Value = Json | undefined;
type GoFunction = (args: readonly Value[]) => Value;

const text = (value: Value): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
const number = (value: Value): number => (typeof value === 'number' && Number.isFinite(value) ? value : Number(text(value)) || 0);
const isTrue = (value: Value): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
};
const equal = (a: Value, b: Value): boolean => (a ?? null) === (b ?? null);
/** Longer than this no text of a notification is. */
const bounded = (value: string): string => value.slice(0, 100_000);

export const GO_FUNCTIONS: { readonly [name: string]: GoFunction } = {
  eq: ([first, ...rest]) => rest.some((one) => equal(first, one)),
  ne: ([a, b]) => !equal(a, b),
  lt: ([a, b]) => number(a) < number(b),
  le: ([a, b]) => number(a) <= number(b),
  gt: ([a, b]) => number(a) > number(b),
  ge: ([a, b]) => number(a) >= number(b),
  and: (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([a]) => !isTrue(a),
  len: ([a]) => (typeof a === 'object' && a !== null ? Object.keys(a).length : text(a).length),
  index: ([from, ...keys]) => keys.reduce<Value>(at, from),
  print: (args) => args.map(text).join(''),
  default: ([otherwise, value]) => (isTrue(value) ? value : otherwise),
  coalesce: (args) => args.find(isTrue),
  ternary: ([yes, no, test]) => (isTrue(test) ? yes : no),
  empty: ([a]) => !isTrue(a),
  upper: ([a]) => text(a).toUpperCase(),
  lower: ([a]) => text(a).toLowerCase(),
  title: ([a]) => text(a).replace(/(^|\s)(\S)/g, (_all, before: string, letter: string) => before + letter.toUpperCase()),
  trim: ([a]) => text(a).trim(),
  trimPrefix: ([prefix, a]) => (text(a).startsWith(text(prefix)) ? text(a).slice(text(prefix).length) : text(a)),
  trimSuffix: ([suffix, a]) =>
    text(suffix) !== '' && text(a).endsWith(text(suffix)) ? text(a).slice(0, -text(suffix).length) : text(a),
  trunc: ([length, a]) => (number(length) < 0 ? text(a).slice(number(length)) : text(a).slice(0, number(length))),
  substr: ([from, to, a]) => text(a).slice(Math.max(number(from), 0), number(to) < 0 ? undefined : number(to)),
  replace: ([from, to, a]) =>
    text(from) === ''
      ? text(a)
      : bounded(
          text(a)
            .slice(0, 10_000)
            .replaceAll(text(from), () => text(to).slice(0, 1_000)),
        ),
  contains: ([part, a]) => text(a).includes(text(part)),
  hasPrefix: ([prefix, a]) => text(a).startsWith(text(prefix)),
  hasSuffix: ([suffix, a]) => text(a).endsWith(text(suffix)),
  join: ([separator, list]) =>
    Array.isArray(list) ? bounded(list.map((item: Json) => text(item)).join(text(separator))) : text(list),
  split: ([separator, a]) =>
    Object.fromEntries(
      text(a)
        .split(text(separator))
        .slice(0, 1_000)
        .map((part, i) => [`_${i}`, part]),
    ),
  splitList: ([separator, a]) => text(a).split(text(separator)).slice(0, 1_000),
  first: ([list]) => (Array.isArray(list) ? (list[0] as Json | undefined) : undefined), // the values are JSON
  last: ([list]) => (Array.isArray(list) ? (list.at(-1) as Json | undefined) : undefined), // the values are JSON
  quote: ([a]) => JSON.stringify(text(a)),
  toString: ([a]: readonly Value[]) => text(a),
  toJson: ([a]) => JSON.stringify(a ?? null),
  urlquery: ([a]) => encodeURIComponent(text(a)),
};

function at(from: Value, key: Value): Value {
  if (Array.isArray(from)) return from[number(key)] as Json | undefined; // the values are JSON
  return from !== undefined && isJsonObject(from) && Object.hasOwn(from, text(key)) ? from[text(key)] : undefined;
}
