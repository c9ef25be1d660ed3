/** Builtins that are written here: by `name/arity`, each from its arguments to a filter. */
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { wallSeconds } from '../platform/wall-clock.ts';
import type { Builtins } from './jq-compile.ts';
import { CONTROL, type Native, pure, wrong } from './jq-control.ts';
import { fromTime, parseTime, showTime, toTime } from './jq-dates.ts';
import { formatAs } from './jq-formats.ts';
import { NUMBER_FUNCTIONS } from './jq-numbers.ts';
import { entriesOf, indicesOf } from './jq-paths.ts';
import { PRELUDE } from './jq-prelude.ts';
import { capturesOf, matchesOf } from './jq-regex.ts';
import type { Definition } from './jq-syntax.ts';
import { add, compare, define, isArray, isObject, isTrue, JqError, keysOf, splitText, typeOf } from './jq-values.ts';
import { parseDefinitions } from './parse-jq.ts';

/** A builtin of texts; anything else is an error. */
const ofText = (name: string, compute: (text: string) => Json): Native =>
  pure((value) => {
    if (typeof value !== 'string') throw wrong(name, value);
    return compute(value);
  });

const VALUES: Readonly<Record<string, Native>> = {
  'type/0': pure(typeOf),
  'length/0': pure((value) => {
    if (value === null) return 0;
    if (typeof value === 'boolean') throw wrong('length', value);
    if (typeof value === 'number') return Math.abs(value);
    return typeof value === 'string' ? [...value].length : isArray(value) ? value.length : Object.keys(value).length;
  }),
  'utf8bytelength/0': ofText('utf8bytelength', (text) => Buffer.byteLength(text)),
  'keys/0': pure((value) => {
    if (isArray(value)) return [...value.keys()];
    if (isObject(value)) return keysOf(value);
    throw wrong('keys', value);
  }),
  'has/1': pure((value, key) => {
    if (isObject(value) && typeof key === 'string') return Object.hasOwn(value, key);
    if (isArray(value) && typeof key === 'number') return key >= 0 && Math.floor(key) < value.length;
    if (value === null) return false;
    throw new JqError(`has(${typeOf(key)}) cannot be applied to: ${typeOf(value)}`);
  }),
  'add/0': pure((value) => addAll([...entriesOf(value)].map(([, item]) => item))),
  'to_entries/0': pure((value) => {
    if (typeof value !== 'object' || value === null) throw wrong('to_entries', value);
    return [...entriesOf(value)].map(([key, item]) => ({ key, value: item }));
  }),
  'from_entries/0': pure((value) => {
    const object: { [key: string]: Json | undefined } = {};
    for (const entry of list(value, 'from_entries')) {
      if (!isObject(entry)) throw wrong('from_entries', entry);
      const key = ['key', 'Key', 'name', 'Name', 'k', 'K']
        .map((name) => ownValue(entry, name))
        .find((found) => isTrue(found ?? null));
      if (typeof key !== 'string') throw new JqError(`expected a string for object key but got: ${typeOf(key ?? null)}`);
      const name = ['value', 'Value', 'v', 'V'].find((one) => Object.hasOwn(entry, one));
      define(object, key, name === undefined ? null : (entry[name] ?? null));
    }
    return object;
  }),
  'not/0': pure((value) => !isTrue(value)),
  'tonumber/0': pure((value) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return Number(value);
    throw wrong('tonumber', value);
  }),
  'toboolean/0': pure((value) => {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw wrong('toboolean', value);
  }),
  'tostring/0': pure((value) => formatAs('text', value)),
  'tojson/0': pure((value) => formatAs('json', value)),
  'fromjson/0': ofText('fromjson', (text) => {
    try {
      return text === 'nan' ? Number.NaN : (JSON.parse(text) as Json); // JSON.parse gives exactly what Json describes.
    } catch {
      throw new JqError('fromjson cannot be applied to: string that is no JSON');
    }
  }),
  'toarray/0': pure((value) => (isArray(value) ? value : [value])),
  'reverse/0': pure((value) => {
    if (typeof value === 'string') return [...value].reverse().join('');
    if (value === null) return [];
    if (!isArray(value)) throw wrong('reverse', value);
    return [...value].reverse();
  }),
  'contains/1': pure(contains),
  'indices/1': pure(indicesOf),
  'flatten/0': pure((value) => flatten(value, Number.POSITIVE_INFINITY)),
  'flatten/1': pure((value, depth) => {
    if (typeof depth !== 'number') throw wrong('flatten', depth);
    if (depth < 0) throw new JqError('flatten depth should not be negative');
    return flatten(value, depth);
  }),
  'min/0': pure((value) => extreme(value, list(value, 'min'), -1)),
  'max/0': pure((value) => extreme(value, list(value, 'max'), 1)),
  '_min_by/1': pure((value, keys) => extreme(value, list(keys, 'min_by'), -1)),
  '_max_by/1': pure((value, keys) => extreme(value, list(keys, 'max_by'), 1)),
  'sort/0': pure((value) => [...list(value, 'sort')].sort(compare)),
  '_sort_by/1': pure((value, keys) => sorted(value, keys, 'sort_by').map(([item]) => item)),
  '_group_by/1': pure((value, keys) => {
    const groups: Json[][] = [];
    let last: Json | undefined;
    for (const [item, key] of sorted(value, keys, 'group_by')) {
      if (last !== undefined && compare(last, key) === 0) groups.at(-1)?.push(item);
      else groups.push([item]);
      last = key;
    }
    return groups;
  }),
  'join/1': pure((value, separator) => {
    const parts = isObject(value) ? [...entriesOf(value)].map(([, item]) => item) : list(value, 'join');
    if (parts.length === 0) return '';
    if (separator !== null && typeof separator !== 'string') throw wrong('join', separator);
    return parts
      .map((part) => {
        if (typeof part === 'object' && part !== null)
          throw new JqError(`join cannot be applied to an array including: ${typeOf(part)}`);
        return part === null ? '' : formatAs('text', part);
      })
      .join(separator ?? '');
  }),
  'transpose/0': pure((value) => {
    const rows = list(value, 'transpose').map((row) => list(row, 'transpose'));
    const width = Math.max(0, ...rows.map((row) => row.length));
    return Array.from({ length: width }, (_, i) => rows.map((row) => row[i] ?? null));
  }),
  'bsearch/1': pure((value, wanted) => {
    const items = list(value, 'bsearch');
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(items[middle] ?? null, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low < items.length && compare(items[low] ?? null, wanted) === 0 ? low : -1 - low;
  }),
  'abs/0': pure((value) => {
    if (typeof value !== 'number') throw wrong('abs', value);
    return value < 0 ? -value : value;
  }),
  'env/0': pure(() => ({})),
  'builtins/0': pure(() => [...Object.keys(NATIVES), ...definitions().keys()].filter((name) => !name.startsWith('_')).sort()),
  'now/0': pure(() => wallSeconds()),
  'mktime/0': pure(fromTime),
  'gmtime/0': pure(toTime),
  'localtime/0': pure(toTime),
  'strftime/1': pure(showTime),
  'strflocaltime/1': pure(showTime),
  'strptime/1': pure(parseTime),
};

/** What Go takes for space. */
const SPACE_BEFORE = /^[\s\u0085]+/;
const SPACE_BEHIND = /[\s\u0085]+$/;

const TEXTS: Readonly<Record<string, Native>> = {
  'startswith/1': pure((value, part) => both('startswith', value, part, (a, b) => a.startsWith(b))),
  'endswith/1': pure((value, part) => both('endswith', value, part, (a, b) => a.endsWith(b))),
  'ltrimstr/1': pure((value, part) =>
    typeof value === 'string' && typeof part === 'string' && value.startsWith(part) ? value.slice(part.length) : value,
  ),
  'rtrimstr/1': pure((value, part) =>
    typeof value === 'string' && typeof part === 'string' && part !== '' && value.endsWith(part)
      ? value.slice(0, -part.length)
      : value,
  ),
  'trim/0': ofText('trim', (text) => text.replace(SPACE_BEFORE, '').replace(SPACE_BEHIND, '')),
  'ltrim/0': ofText('ltrim', (text) => text.replace(SPACE_BEFORE, '')),
  'rtrim/0': ofText('rtrim', (text) => text.replace(SPACE_BEHIND, '')),
  'ascii_downcase/0': ofText('ascii_downcase', (text) => text.replace(/[A-Z]/g, (char) => char.toLowerCase())),
  'ascii_upcase/0': ofText('ascii_upcase', (text) => text.replace(/[a-z]/g, (char) => char.toUpperCase())),
  'explode/0': ofText('explode', (text) => [...text].map((char) => char.codePointAt(0) ?? 0)),
  'implode/0': pure((value) =>
    list(value, 'implode')
      .map((code) => {
        if (typeof code !== 'number') throw wrong('implode', value);
        return code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
          ? String.fromCodePoint(Math.trunc(code))
          : '\ufffd';
      })
      .join(''),
  ),
  'split/1': pure((value, separator) => both('split', value, separator, splitText)),
  'format/1': pure((value, name) => {
    if (typeof name !== 'string') throw wrong('format', name);
    return formatAs(name, value);
  }),
  '_match/2': pure((value, pattern, flags) => matchesOf(value, pattern, flags)),
  '_capture/0': pure(capturesOf),
};

function both(name: string, a: Json, b: Json, compute: (a: string, b: string) => Json): Json {
  if (typeof a !== 'string' || typeof b !== 'string')
    throw new JqError(`${name}(${typeOf(b)}) cannot be applied to: ${typeOf(a)}`);
  return compute(a, b);
}

const ownValue = (object: JsonObject, name: string): Json | undefined => (Object.hasOwn(object, name) ? object[name] : undefined);

/** The sum of values; long lists of texts, arrays and objects are put together at once. */
function addAll(values: readonly Json[]): Json {
  const given = values.filter((value) => value !== null);
  if (given.length > 2 && given.every((value) => typeof value === 'string')) return given.join('');
  if (given.length > 2 && given.every(isArray)) return given.flat();
  if (given.length > 2 && given.every(isObject)) {
    const all: { [key: string]: Json | undefined } = {};
    for (const [key, value] of given.flatMap((object) => Object.entries(object))) define(all, key, value ?? null);
    return all;
  }
  return given.reduce<Json>(add, null);
}

function list(value: Json, name: string): readonly Json[] {
  if (!isArray(value)) throw wrong(name, value);
  return value;
}

function contains(value: Json, part: Json): boolean {
  if (isObject(value) && isObject(part))
    return Object.entries(part).every(([key, inner]) => Object.hasOwn(value, key) && contains(value[key] ?? null, inner ?? null));
  if (isArray(value) && isArray(part))
    return part.every((inner) => value.some((item) => typeOf(item) === typeOf(inner) && contains(item, inner)));
  if (typeof value === 'string' && typeof part === 'string') return value.includes(part);
  if (typeof value === 'number' && typeof part === 'number') return value === part;
  if (compare(value, part) === 0) return true;
  throw new JqError(`contains(${typeOf(part)}) cannot be applied to: ${typeOf(value)}`);
}

function flatten(value: Json, depth: number): readonly Json[] {
  const items = isObject(value) ? [...entriesOf(value)].map(([, item]) => item) : list(value, 'flatten');
  return items.flatMap((item) => (isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item]));
}

/** The item whose key is the smallest (the first of them) or largest (the last of them); null of nothing. */
function extreme(value: Json, keys: readonly Json[], sign: number): Json {
  const items = list(value, 'min_by');
  let best: number | undefined;
  for (const [i, key] of keys.entries()) {
    const difference = best === undefined ? 1 : compare(key, keys[best] ?? null) * sign;
    if (difference > 0 || (difference === 0 && sign > 0)) best = i;
  }
  return best === undefined ? null : (items[best] ?? null);
}

function sorted(value: Json, keys: Json, name: string): readonly (readonly [item: Json, key: Json])[] {
  const by = list(keys, name);
  return list(value, name)
    .map((item, i) => [item, by[i] ?? null] as const)
    .sort(([, a], [, b]) => compare(a, b));
}

const NATIVES: Readonly<Record<string, Native>> = {
  ...CONTROL,
  ...VALUES,
  ...TEXTS,
  ...Object.fromEntries(
    Object.entries(NUMBER_FUNCTIONS).map(([name, compute]) => [
      name,
      pure((value, ...args) => {
        const numbers = name.endsWith('/0') ? [value] : args;
        if (!numbers.every((one) => typeof one === 'number'))
          throw wrong(name.split('/')[0] ?? name, numbers.find((one) => typeof one !== 'number') ?? null);
        return compute(...numbers);
      }),
    ]),
  ),
  'infinite/0': pure(() => Number.POSITIVE_INFINITY),
  'nan/0': pure(() => Number.NaN),
  'isfinite/0': pure((value) => typeof value === 'number' && Math.abs(value) !== Number.POSITIVE_INFINITY),
  'isinfinite/0': pure((value) => typeof value === 'number' && Math.abs(value) === Number.POSITIVE_INFINITY),
  'isnan/0': pure((value) => typeof value === 'number' && Number.isNaN(value)),
  'isnormal/0': pure((value) => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) >= 2 ** -1022),
};

let known: ReadonlyMap<string, Definition> | undefined;

function definitions(): ReadonlyMap<string, Definition> {
  known ??= new Map(
    parseDefinitions(PRELUDE).map((definition) => [`${definition.name}/${definition.params.length}`, definition]),
  );
  return known;
}

/** All builtins. */
export const BUILTINS: Builtins = {
  native: (name) => (Object.hasOwn(NATIVES, name) ? NATIVES[name] : undefined),
  definition: (name) => definitions().get(name),
  format: formatAs,
};
