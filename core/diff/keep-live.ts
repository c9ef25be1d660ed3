import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { managedFieldsOf, ownedFields } from './comparable.ts';
import { type FieldSteps, ownership, resolveStep, toSteps } from './field-set.ts';
import { type FieldPath, valueAt, withoutPaths } from './pointer.ts';

/** What is to be kept of a live object when a manifest is applied over it. */
export interface KeepLive {
  readonly target: JsonObject;
  readonly live: JsonObject;
  /** The ignored fields, in each of the two. */
  readonly ignored: { readonly target: readonly FieldPath[]; readonly live: readonly FieldPath[] };
  readonly keep: 'live' | 'unowned';
  readonly self: string;
}

/**
 * The manifest with the live values of ignored fields in place of its own (Argo CD's RespectIgnoreDifferences, Flux' `ignore`); never anything of
 * the status. List items are matched by their keys where the live object's managedFields know them, else by position.
 *
 * A field that Git does not name and that is not ours is left out: server-side apply keeps it without our owning it. A field that live does not
 * have goes from the manifest too.
 */
export function keepLive({ target, live, ignored, keep, self }: KeepLive): JsonObject {
  const metadata = live['metadata'];
  const entries = isJsonObject(metadata) ? managedFieldsOf(metadata).filter((entry) => entry.subresource !== 'status') : [];
  const fieldSets = entries.map((entry) => entry.fieldsV1);
  const ours = isJsonObject(metadata) ? ownedFields(metadata) : null;
  const applied = entries.filter((entry) => entry.operation === 'Apply' && entry.subresource === '' && entry.manager !== self);
  let result: Json | undefined = withoutPaths(target, ignored.target);
  for (const path of ignored.live) {
    if (path[0] === 'status' || path.length === 0) continue;
    const isOthers = applied.some((entry) => ownership(entry.fieldsV1, live, path) === 'whole');
    if (keep === 'unowned' && isOthers) continue;
    const steps = toSteps(fieldSets, live, path);
    if (has(target, steps) || ownership(ours, live, path) !== 'none' || isAtomic(steps))
      result = put(result, steps, valueAt(live, path) ?? null);
  }
  return isJsonObject(result) ? result : target;
}

/** True when a list without keys is on the way: it is written as a whole or not at all. */
function isAtomic(steps: FieldSteps): boolean {
  return steps.slice(0, -1).some((step) => step.startsWith('i:'));
}

function has(object: Json, steps: FieldSteps): boolean {
  let value: Json | undefined = object;
  for (const step of steps) {
    const at = resolveStep(value, step);
    if (at === undefined) return false;
    value = valueAt(value, [at]);
  }
  return true;
}

/** Sets a value, making the maps on the way; nothing is done where the way leads through a list item that is not there. */
function put(object: Json | undefined, steps: FieldSteps, value: Json): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (step.startsWith('f:')) {
    if (object !== undefined && !isJsonObject(object)) return object;
    const name = step.slice(2);
    const child = put(object?.[name], rest, value);
    return child === undefined ? object : { ...object, [name]: child };
  }
  if (!Array.isArray(object)) return object === undefined && rest.length === 0 ? [value] : object;
  const at = resolveStep(object, step);
  if (typeof at !== 'number') return rest.length === 0 && !step.startsWith('i:') ? [...object, value] : object;
  return object.map((item: Json, i: number) => (i === at ? (put(item, rest, value) ?? item) : item));
}
