import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';

/**
 * What a spec may hold, as a table: which fields are used and of what type, which are known but without effect here (a warning), and
 * which would change what runs in the cluster if they were ignored (a refusal). A field that the table does not name is a warning too: it
 * may be a spelling mistake. `readShape` turns a document into typed data by such a table.
 */
export type Field =
  | { readonly use: 'text' | 'flag' | 'integer' | 'count' | 'texts' | 'textMap' | 'map' | 'maps' }
  | { readonly use: 'object'; readonly shape: Shape }
  | { readonly use: 'list'; readonly shape: Shape }
  /** Accepted without a word: it has no effect upstream either, or Plumbline always does what it asks for. */
  | { readonly use: 'silent' }
  /** Accepted with a warning. */
  | { readonly use: 'ignored'; readonly why: string }
  /** Refuses the whole object; `evenEmpty` also when the value is empty, because presence alone has a meaning. */
  | { readonly use: 'refused'; readonly why: string; readonly evenEmpty: boolean };

export interface Shape {
  readonly [field: string]: Field;
}

type Value<F> = F extends { use: 'text' }
  ? string
  : F extends { use: 'flag' }
    ? boolean
    : F extends { use: 'integer' }
      ? number
      : F extends { use: 'count' }
        ? number | string
        : F extends { use: 'texts' }
          ? readonly string[]
          : F extends { use: 'textMap' }
            ? { readonly [key: string]: string }
            : F extends { use: 'map' }
              ? JsonObject
              : F extends { use: 'maps' }
                ? readonly JsonObject[]
                : F extends { use: 'object'; shape: infer S extends Shape }
                  ? Shaped<S>
                  : F extends { use: 'list'; shape: infer S extends Shape }
                    ? readonly Shaped<S>[]
                    : never;

/** The data that a shape gives: only fields that are used, all of them optional. */
export type Shaped<S extends Shape> = {
  readonly [K in keyof S as Value<S[K]> extends never ? never : K]?: Value<S[K]>;
};

export const text = { use: 'text' } as const;
export const flag = { use: 'flag' } as const;
export const integer = { use: 'integer' } as const;
/** An integer, or a text that holds one. */
export const count = { use: 'count' } as const;
export const texts = { use: 'texts' } as const;
export const textMap = { use: 'textMap' } as const;
export const map = { use: 'map' } as const;
export const maps = { use: 'maps' } as const;
export const silent = { use: 'silent' } as const;
export const object = <const S extends Shape>(shape: S) => ({ use: 'object', shape }) as const;
export const list = <const S extends Shape>(shape: S) => ({ use: 'list', shape }) as const;
export const ignored = (why: string) => ({ use: 'ignored', why }) as const;
export const refused = (why: string) => ({ use: 'refused', why, evenEmpty: false }) as const;
export const refusedEvenEmpty = (why: string) => ({ use: 'refused', why, evenEmpty: true }) as const;

/** Collects what is wrong with one document: refusals keep it from being used, warnings do not. */
export interface Notes {
  /** `file:line` of the document. */
  readonly where: string;
  readonly refusals: Problem[];
  readonly warnings: Problem[];
}

export function createNotes(where: string): Notes {
  return { where, refusals: [], warnings: [] };
}

/** Notes that a field has a wrong value: app.invalid. */
export function invalid(notes: Notes, path: string, what: string): void {
  notes.refusals.push(problem('app.invalid', `${path}: ${what}`, { where: notes.where }));
}

/** Notes that a field asks for something that is not supported: app.unsupported. */
export function unsupported(notes: Notes, path: string, why: string): void {
  notes.refusals.push(problem('app.unsupported', `${path}: ${why}`, { where: notes.where }));
}

/** Notes that a field has no effect: app.field_ignored, a warning. */
export function warn(notes: Notes, path: string, why: string): void {
  notes.warnings.push(problem('app.field_ignored', `${path}: ${why}`, { where: notes.where }));
}

/** Reads a map by a shape. Fields that are absent, null or of the wrong type are left out; what is wrong goes to the notes. */
export function readShape<const S extends Shape>(
  value: JsonObject,
  at: { readonly shape: S; readonly path: string; readonly notes: Notes },
): Shaped<S> {
  // readField gives for each field exactly what Value says of it.
  return readFields(value, at.shape, at) as Shaped<S>;
}

function readFields(value: JsonObject, shape: Shape, at: At): { readonly [key: string]: unknown } {
  const result: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const path = at.path === '' ? key : `${at.path}.${key}`;
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
    const read = field === undefined ? noteUnknown(at.notes, path) : readField(field, item, { path, notes: at.notes });
    if (read !== undefined) result[key] = read;
  }
  return result;
}

function noteUnknown(notes: Notes, path: string): undefined {
  warn(notes, path.length > 200 ? `${path.slice(0, 200)}…` : path, 'is not a field that Plumbline knows; check the spelling');
}

interface At {
  readonly path: string;
  readonly notes: Notes;
}

function readField(field: Field, value: Json, at: At): unknown {
  switch (field.use) {
    case 'silent':
      return undefined;
    case 'ignored':
      if (!isEmpty(value)) warn(at.notes, at.path, field.why);
      return undefined;
    case 'refused':
      if (field.evenEmpty || !isEmpty(value)) unsupported(at.notes, at.path, field.why);
      return undefined;
    case 'object':
      if (isJsonObject(value)) return readFields(value, field.shape, at);
      return mistyped(at, 'a map');
    case 'list':
      return readList(field.shape, value, at);
    default:
      return PLAIN[field.use].test(value) ? value : mistyped(at, PLAIN[field.use].name);
  }
}

const isText = (value: Json) => typeof value === 'string';
const PLAIN: {
  readonly [use in 'text' | 'flag' | 'integer' | 'count' | 'texts' | 'textMap' | 'map' | 'maps']: {
    name: string;
    test(v: Json): boolean;
  };
} = {
  text: { name: 'text (numbers and words like `on` need quotes)', test: isText },
  flag: { name: 'true or false', test: (v) => typeof v === 'boolean' },
  integer: { name: 'an integer', test: Number.isSafeInteger },
  count: { name: 'an integer', test: (v) => Number.isSafeInteger(v) || (typeof v === 'string' && /^[0-9]{1,9}$/.test(v)) },
  texts: { name: 'a list of texts', test: (v) => Array.isArray(v) && v.every(isText) },
  textMap: { name: 'a map of texts', test: (v) => isJsonObject(v) && Object.values(v).every((item) => typeof item === 'string') },
  map: { name: 'a map', test: isJsonObject },
  maps: { name: 'a list of maps', test: (v) => Array.isArray(v) && v.every((item: Json) => isJsonObject(item)) },
};

function readList(shape: Shape, value: Json, at: At): unknown {
  if (!Array.isArray(value)) return mistyped(at, 'a list');
  return value.map((item: Json, index) => {
    const itemAt = { path: `${at.path}[${index}]`, notes: at.notes };
    return isJsonObject(item) ? readFields(item, shape, itemAt) : mistyped(itemAt, 'a map');
  });
}

function mistyped(at: At, wanted: string): undefined {
  invalid(at.notes, at.path, `must be ${wanted}`);
}

/** What means the same as leaving the field out. */
function isEmpty(value: Json): boolean {
  if (value === '' || value === false) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
