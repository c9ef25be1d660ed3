import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';

/** A condition of `status.conditions`, with empty strings for what is absent. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The value at a dotted path (`spec.updateStrategy.type`); undefined where any part is missing or no object. */
export function fieldAt(object: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const part of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** The finite number at a path, or the default when there is none. */
export function numberAt(object: JsonObject, path: string, absent: number): number {
  const value = fieldAt(object, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : absent;
}

/** The string at a path, or the empty string when there is none. */
export function stringAt(object: JsonObject, path: string): string {
  const value = fieldAt(object, path);
  return typeof value === 'string' ? value : '';
}

/** The objects of the list at a path; anything else in it is left out. */
export function objectsAt(object: JsonObject, path: string): readonly JsonObject[] {
  const value = fieldAt(object, path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The conditions of an object, in the order written. */
export function conditionsOf(object: JsonObject): readonly Condition[] {
  return objectsAt(object, 'status.conditions').map((condition) => ({
    type: stringAt(condition, 'type'),
    status: stringAt(condition, 'status'),
    reason: stringAt(condition, 'reason'),
    message: stringAt(condition, 'message'),
  }));
}

/** The first condition of a type. */
export function conditionOf(object: JsonObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}
