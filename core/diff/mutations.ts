import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { MAX_FIELDS } from './changed-fields.ts';
import { managedFieldsOf } from './comparable.ts';
import { resolveSteps, toSteps } from './field-set.ts';
import { type FieldPath, locate, parsePointer, toPointer, valueAt } from './pointer.ts';
import { isSameQuantity } from './quantity.ts';
import { isSame } from './same.ts';

/**
 * Which of the changed fields (JSON pointers into what a dry-run answered) the API server sets to something else than the manifest says: an admission
 * webhook or policy at work, or a value that it writes in another form. Applying cannot make them what Git says.
 */
export function mutatedFields(body: JsonObject, wanted: JsonObject, fields: readonly string[]): string[] {
  const metadata = wanted['metadata'];
  const fieldSets: Json[] = isJsonObject(metadata) ? managedFieldsOf(metadata).map((entry) => entry.fieldsV1) : [];
  return fields.filter((field) => {
    const pointer = parsePointer(field);
    const path = pointer === undefined ? undefined : locate(wanted, pointer);
    if (path === undefined) return false;
    const said = resolveSteps(body, toSteps(fieldSets, wanted, path));
    // What Git does not say at all was not changed by writing what it says.
    if (said === undefined) return false;
    return differs(valueAt(body, said), valueAt(wanted, path));
  });
}

/** True when a manifest's value was changed; maps and lists may have been filled up with defaults. */
function differs(said: Json | undefined, got: Json | undefined): boolean {
  if (said === undefined) return false;
  if (isJsonObject(said)) return !isJsonObject(got) || Object.keys(said).some((key) => differs(said[key], got[key]));
  if (Array.isArray(said)) return !Array.isArray(got) || said.length > got.length;
  return !isSame(said, got);
}

/**
 * Fields of a manifest to which the API server gave another value while it was applied, as JSON pointers into its answer, at most MAX_FIELDS: an
 * admission webhook or policy overrules Git. Only values that stand on both sides count: what was left out, filled in, sorted or written
 * in another form (`1000m` and `1`, nothing and an empty list) was not overruled.
 */
export function overruledFields(body: JsonObject, answer: JsonObject): string[] {
  const fields: string[] = [];
  const { metadata, status: _status, ...rest } = body;
  const { labels, annotations } = isJsonObject(metadata) ? metadata : {};
  overrule({ ...rest, metadata: { labels, annotations } }, answer, [], fields);
  return fields;
}

function overrule(said: Json | undefined, got: Json | undefined, path: FieldPath, fields: string[]): void {
  if (said === undefined || got === undefined || fields.length >= MAX_FIELDS) return;
  if (isJsonObject(said)) {
    if (isJsonObject(got)) for (const key of Object.keys(said)) overrule(said[key], got[key], [...path, key], fields);
  } else if (Array.isArray(said)) {
    if (Array.isArray(got)) overruleItems(said, got, path, fields);
  } else if (said !== null && typeof got !== 'object' && said !== got && !isSameQuantity(said, got)) fields.push(toPointer(path));
}

/** Items with names are found by them; others by their positions, where none was added or taken away. */
function overruleItems(said: readonly Json[], got: readonly Json[], path: FieldPath, fields: string[]): void {
  const names = got.map((item) => (isJsonObject(item) ? item['name'] : undefined));
  const isNamed = names.every((name, i) => typeof name === 'string' && names.indexOf(name) === i);
  for (const [i, item] of said.entries()) {
    if (!isJsonObject(item)) continue;
    const at = isNamed && got.length > 0 ? names.indexOf(item['name']) : said.length === got.length ? i : -1;
    if (at !== -1) overrule(item, got[at], [...path, at], fields);
  }
}
