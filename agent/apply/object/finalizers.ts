import { isJsonObject } from '../../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';

/** What keeps a live object from going: its finalizers, and those in the spec of a Namespace. */
export function finalizersOf(live: JsonObject): readonly string[] {
  const { metadata, spec } = live;
  return [metadata, spec].flatMap((part) => {
    const list = isJsonObject(part) ? part['finalizers'] : undefined;
    return Array.isArray(list) ? list.filter((item: Json) => typeof item === 'string') : [];
  });
}
