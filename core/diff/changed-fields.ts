import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { managedFieldsOf, toComparable } from './comparable.ts';
import { ownership, withoutFields } from './field-set.ts';
import { type FieldPath, toPointer, withoutPaths } from './pointer.ts';
import { isSame } from './same.ts';

/** How many changed fields are named; the rest is only counted by being absent. */
export const MAX_FIELDS = 20;

/** Fields whose differences do not count, in each of the two objects: positions in lists may differ between them. */
export interface IgnoredPaths {
  readonly live: readonly FieldPath[];
  readonly wanted: readonly FieldPath[];
}

/** What applying would change, as JSON pointers (RFC 6901), at most MAX_FIELDS each, never values. */
export interface Differences {
  /** Fields that Git says, or said once; `/metadata/managedFields` when only the ownership differs. */
  readonly fields: readonly string[];
  /** Fields that nobody in Git speaks of, but that the API server would change all the same: defaults, admission webhooks and policies. */
  readonly foreign: readonly string[];
}

/** Finds what differs between a live object and what a server-side-apply dry-run would make of it. */
export function findDifferences(live: JsonObject, wanted: JsonObject, ignored?: IgnoredPaths): Differences {
  const { owned: ownedBefore = null, ...before } = toComparable(live);
  const { owned: ownedAfter = null, ...after } = toComparable(wanted);
  const kept = ignored === undefined ? { before, after } : withoutIgnored({ before, after }, ignored);
  const fields: string[] = [];
  const foreign: string[] = [];
  // Positions are those of the objects without the ignored fields; ownership is asked with the same ones.
  collect(kept.before, kept.after, [], (path) => {
    const isOurs = isOwned(ownedAfter, kept.after, path) || isOwned(ownedBefore, kept.before, path);
    // Without server-side apply nobody can tell whose a field is: then all of it is ours.
    const list = isOurs || ownedAfter === null ? fields : foreign;
    if (list.length < MAX_FIELDS) list.push(toPointer(path));
    return fields.length >= MAX_FIELDS;
  });
  if (fields.length === 0 && !isSame(leftOwned(ownedBefore, live, ignored?.live), leftOwned(ownedAfter, wanted, ignored?.wanted)))
    fields.push('/metadata/managedFields');
  return { fields, foreign };
}

/** The fields of findDifferences that count; an empty list means that applying would change nothing of ours. */
export function changedFields(live: JsonObject, wanted: JsonObject): readonly string[] {
  return findDifferences(live, wanted).fields;
}

function withoutIgnored(
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
  { live, wanted }: IgnoredPaths,
): { readonly before: JsonObject; readonly after: JsonObject } {
  return { before: withoutPaths(before, live), after: withoutPaths(after, wanted) };
}

function leftOwned(owned: Json, object: JsonObject, paths: readonly FieldPath[] = []): Json {
  return paths.length === 0 || owned === null ? owned : withoutFields(owned, object, paths);
}

/** True when a field set owns a field or a part of it. What a Secret was given as `stringData` is found in its `data`. */
function isOwned(owned: Json, object: JsonObject, path: FieldPath): boolean {
  if (ownership(owned, object, path) !== 'none') return true;
  const [top, ...rest] = path;
  return top === 'data' && object['kind'] === 'Secret' && ownership(owned, object, ['stringData', ...rest]) !== 'none';
}

/** Calls `found` for each difference until it says that it has seen enough. */
function collect(before: Json | undefined, after: Json | undefined, at: FieldPath, found: (path: FieldPath) => boolean): boolean {
  if (before === after) return false;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      if (collect(before[key], after[key], [...at, key], found)) return true;
    return false;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (let i = 0; i < before.length; i++) if (collect(before[i], after[i], [...at, i], found)) return true;
    return false;
  }
  return !isSame(before, after) && found(at);
}

/** Who wrote a live object last besides us, and when (RFC 3339), as far as its managedFields tell. Status writers do not count. */
export function lastWriter(live: JsonObject, self: string): { readonly manager?: string; readonly time?: string } {
  const metadata = live['metadata'];
  if (!isJsonObject(metadata)) return {};
  const others = managedFieldsOf(metadata).filter((entry) => entry.subresource === '' && entry.manager !== self);
  const newest = others.reduce<(typeof others)[number] | undefined>(
    (best, entry) => (best === undefined || entry.time >= best.time ? entry : best),
    undefined,
  );
  return newest === undefined ? {} : { manager: newest.manager, time: newest.time };
}
