import type { Json, JsonObject } from '../objects/object.ts';
import { isObject, managedFieldsOf, toComparable } from './comparable.ts';

/** How many changed fields are named; the rest is only counted by being absent. */
export const MAX_FIELDS = 20;

/**
 * Which fields differ between a live object and what a server-side-apply dry-run would make of it.
 * Gives JSON pointers (RFC 6901), at most MAX_FIELDS, never values; `/metadata/managedFields` when only the ownership differs.
 * An empty list means that applying would change nothing.
 */
export function changedFields(live: JsonObject, wanted: JsonObject): string[] {
  const fields: string[] = [];
  const before = toComparable(live);
  const after = toComparable(wanted);
  const owned = { before: before['owned'], after: after['owned'] };
  collect({ ...before, owned: null }, { ...after, owned: null }, '', fields);
  if (fields.length === 0 && !isSame(owned.before, owned.after)) fields.push('/metadata/managedFields');
  return fields;
}

function collect(before: Json | undefined, after: Json | undefined, at: string, fields: string[]): void {
  if (fields.length >= MAX_FIELDS || before === after) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      collect(before[key], after[key], `${at}/${escapePointer(key)}`, fields);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (let i = 0; i < before.length; i++) collect(before[i], after[i], `${at}/${i}`, fields);
  } else if (!isSame(before, after)) {
    fields.push(at);
  }
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Who wrote a live object last besides us, and when (RFC 3339), as far as its managedFields tell. Status writers do not count. */
export function lastWriter(live: JsonObject, self: string): { readonly manager?: string; readonly time?: string } {
  const metadata = live['metadata'];
  if (!isObject(metadata)) return {};
  const others = managedFieldsOf(metadata).filter((entry) => entry.subresource === '' && entry.manager !== self);
  const newest = others.reduce<(typeof others)[number] | undefined>(
    (best, entry) => (best === undefined || entry.time >= best.time ? entry : best),
    undefined,
  );
  return newest === undefined ? {} : { manager: newest.manager, time: newest.time };
}
