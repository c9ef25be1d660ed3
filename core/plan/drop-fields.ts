import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';

/**
 * Fields that a kind does not have. Client-side apply lets the API server drop them, server-side apply is refused because of them, with a message that
 * names each (structured-merge-diff's validation errors):
 *
 *   failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema
 *   failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:
 *     .spec.template.spec.containers[name="web"].foo: field not declared in schema
 *     .spec.bar: field not declared in schema
 */
const PREFIX = /^failed to create typed patch object \([^)]*\): (?:errors:\n)?/;
const UNKNOWN = ': field not declared in schema';

/** The paths that such a message names; undefined when it is another message, or also names something else that is wrong. */
export function readUnknownFields(message: string): readonly string[] | undefined {
  const prefix = PREFIX.exec(message)?.[0];
  if (prefix === undefined) return undefined;
  const lines = message
    .slice(prefix.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0 || !lines.every((line) => line.startsWith('.') && line.endsWith(UNKNOWN))) return undefined;
  // The server names them in any order.
  return lines.map((line) => line.slice(0, -UNKNOWN.length)).toSorted();
}

/** The object without the field at a path of such a message; undefined when the path does not lead to a field. */
export function dropField(object: JsonObject, path: string): JsonObject | undefined {
  const dropped = drop(object, path);
  return isJsonObject(dropped) ? dropped : undefined;
}

function drop(value: Json, path: string): Json | undefined {
  if (path.startsWith('[') && Array.isArray(value)) return dropInList(value, path);
  if (!path.startsWith('.') || !isJsonObject(value)) return undefined;
  // Names may hold dots: the longest one that the object has and that ends where a step ends is meant.
  const name = Object.keys(value)
    .filter((key) => path.startsWith(key, 1) && /^(?:$|[.[])/.test(path.slice(key.length + 1)))
    .reduce<string | undefined>((best, key) => (best === undefined || key.length > best.length ? key : best), undefined);
  const child = name === undefined ? undefined : value[name];
  if (name === undefined || child === undefined) return undefined;
  const rest = path.slice(name.length + 1);
  if (rest === '') return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  const changed = drop(child, rest);
  return changed === undefined ? undefined : { ...value, [name]: changed };
}

/** `[name="web"]`, `[containerPort=80,protocol="TCP"]` or `[3]`. */
function dropInList(list: readonly Json[], path: string): Json | undefined {
  const step = /^\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]/.exec(path);
  if (step === null) return undefined;
  const rest = path.slice(step[0].length);
  const keys = [...(step[1] ?? '').matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
  const index = keys.length === 0 ? Number(step[1]) : list.findIndex((item) => keys.every((key) => hasKey(item, key[1], key[2])));
  const item = list[index];
  const changed = item === undefined ? undefined : drop(item, rest);
  return changed === undefined ? undefined : list.map((other, i) => (i === index ? changed : other));
}

function hasKey(item: Json, name: string | undefined, text: string | undefined): boolean {
  if (!isJsonObject(item) || name === undefined || text === undefined) return false;
  const value = item[name] ?? (name === 'protocol' ? 'TCP' : undefined);
  return JSON.stringify(value) === text;
}
