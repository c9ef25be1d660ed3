import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';

/**
 * What of a live object counts when it is compared: everything but what the API server writes by itself.
 *
 *   dropped    status, metadata.{managedFields, resourceVersion, generation, creationTimestamp, uid, selfLink}
 *   added      `owned`: the fields that `manager` owns by server-side apply, so that an object with the right values that we do
 *              not own yet still differs (else a field removed in Git later would stay)
 */
export const FIELD_MANAGER = 'plumbline';

const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'uid',
  'selfLink',
]);

/** Takes a live object or the answer of a dry-run; gives what is to be compared. The input is not changed. */
export function toComparable(object: JsonObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  if (!isJsonObject(metadata)) return rest;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_FIELDS.has(key)));
  return { ...rest, metadata: kept, owned: ownedFields(metadata) };
}

/** One entry of metadata.managedFields, as far as it is understood. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string;
  readonly time: string;
  readonly fieldsV1: Json;
}

/** Reads metadata.managedFields; entries that are not objects are left out. */
export function managedFieldsOf(metadata: JsonObject): ManagedFields[] {
  const entries = metadata['managedFields'];
  if (!Array.isArray(entries)) return [];
  return entries.filter(isJsonObject).map((entry: JsonObject) => ({
    manager: textOf(entry['manager']),
    operation: textOf(entry['operation']),
    subresource: textOf(entry['subresource']),
    time: textOf(entry['time']),
    fieldsV1: entry['fieldsV1'] ?? null,
  }));
}

/** The field set that we own by server-side apply; null when there is none. */
export function ownedFields(metadata: JsonObject): Json {
  const ours = managedFieldsOf(metadata).find(
    (entry) => entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && entry.subresource === '',
  );
  return ours?.fieldsV1 ?? null;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
