import type { Json, JsonObject } from '../objects/object.ts';
import { isObject, managedFieldsOf } from './comparable.ts';
import { resolveSteps, toSteps } from './field-set.ts';
import { locate, parsePointer, valueAt } from './pointer.ts';
import { isSame } from './same.ts';

/**
 * Which of the changed fields (JSON pointers into what a dry-run answered) the API server sets to something else than the manifest says: an admission
 * webhook or policy at work, or a value that it writes in another form. Applying cannot make them what Git says.
 */
export function mutatedFields(body: JsonObject, wanted: JsonObject, fields: readonly string[]): string[] {
  const metadata = wanted['metadata'];
  const fieldSets: Json[] = isObject(metadata) ? managedFieldsOf(metadata).map((entry) => entry.fieldsV1) : [];
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
  if (isObject(said)) return !isObject(got) || Object.keys(said).some((key) => differs(said[key], got[key]));
  if (Array.isArray(said)) return !Array.isArray(got) || said.length > got.length;
  return !isSame(said, got);
}
