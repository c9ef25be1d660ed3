import type { Json, JsonObject } from './object.ts';

/** True for maps: neither null, nor a list, nor a scalar. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
