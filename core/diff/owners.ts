import type { FieldOwner } from '../app/status.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject } from '../objects/object.ts';
import { managedFieldsOf } from './comparable.ts';
import { ownership } from './field-set.ts';
import { locate, parsePointer } from './pointer.ts';

/**
 * Who set the fields of a live object, when and how, as its managedFields tell: for each pointer the newest writer other than `self`, also one
 * that came through a subresource (an autoscaler through `scale`). A field that nobody but `self` owns, or that is gone, has no entry.
 */
export function ownersOf(live: JsonObject, pointers: readonly string[], self: string): FieldOwner[] {
  const metadata = live['metadata'];
  if (!isJsonObject(metadata)) return [];
  const entries = managedFieldsOf(metadata).filter((entry) => entry.manager !== self && entry.subresource !== 'status');
  return pointers.flatMap((field) => {
    const pointer = parsePointer(field);
    const path = pointer === undefined ? undefined : locate(live, pointer);
    if (path === undefined) return [];
    const owners = entries.filter((entry) => ownership(entry.fieldsV1, live, path) !== 'none');
    const newest = owners.reduce<(typeof owners)[number] | undefined>(
      (best, entry) => (best === undefined || entry.time >= best.time ? entry : best),
      undefined,
    );
    if (newest === undefined) return [];
    const { manager, operation, subresource, time } = newest;
    return [{ field, manager, operation: subresource === '' ? operation : `${operation} ${subresource}`, time }];
  });
}
