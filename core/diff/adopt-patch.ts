import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { managedFieldsOf } from './comparable.ts';
import { resolveStep, toSteps } from './field-set.ts';
import { valueAt } from './pointer.ts';
import { isSame } from './same.ts';

/** A patch with more characters than this is not reported. */
export const MAX_PATCH = 16_384;

/** Metadata that Plumbline adds: it is not in Git, so Git has nothing to adopt there. */
const OURS: ReadonlySet<string> = new Set([
  'argocd.argoproj.io/tracking-id',
  'kustomize.toolkit.fluxcd.io/name',
  'kustomize.toolkit.fluxcd.io/namespace',
]);

export interface Adoption {
  /** The manifest as Git gives it. */
  readonly target: JsonObject;
  readonly live: JsonObject;
  /** What applying the manifest would make of the live object, as a dry-run answered. */
  readonly wanted: JsonObject;
}

/**
 * What Git would have to say to agree with the cluster: a JSON merge patch (RFC 7386) of the manifest, with the fields of Git that differ and nothing
 * else; null removes a field. A list with a difference stands in it as a whole, as merge patches want it: Git's items with the live values, without
 * those that live lost, with those that live has and applying would remove. Undefined when there is nothing to adopt or it is too large to be shown.
 */
export function adoptPatch({ target, live, wanted }: Adoption): JsonObject | undefined {
  const metadata = wanted['metadata'];
  const fieldSets = isJsonObject(metadata) ? managedFieldsOf(metadata).map((entry) => entry.fieldsV1) : [];
  const patch = patchOf(target, live, wanted, { fieldSets, root: wanted, path: [] });
  if (!isJsonObject(patch) || Object.keys(patch).length === 0) return undefined;
  return JSON.stringify(patch).length > MAX_PATCH ? undefined : patch;
}

interface Place {
  readonly fieldSets: readonly Json[];
  readonly root: JsonObject;
  readonly path: readonly (string | number)[];
}

const below = (place: Place, step: string | number): Place => ({ ...place, path: [...place.path, step] });

function patchOf(target: JsonObject, live: Json | undefined, wanted: Json | undefined, place: Place): JsonObject {
  const patch: Record<string, Json> = {};
  for (const [key, said] of Object.entries(target)) {
    if (said === undefined || OURS.has(key) || (place.path.length === 0 && (key === 'apiVersion' || key === 'kind'))) continue;
    const before = valueAt(live, [key]);
    const after = valueAt(wanted, [key]);
    if (isSame(before, after)) continue;
    if (before === undefined) patch[key] = null;
    else if (isJsonObject(said) && isJsonObject(before)) {
      const child = patchOf(said, before, after, below(place, key));
      if (Object.keys(child).length > 0) patch[key] = child;
    } else if (Array.isArray(said) && Array.isArray(before)) {
      patch[key] = adoptList(said, before, Array.isArray(after) ? after : [], below(place, key));
    } else patch[key] = before;
  }
  // Fields that applying would take away: Git said them once, or they stand in a list that is written as a whole.
  if (isJsonObject(live) && isJsonObject(wanted) && place.path.length > 0)
    for (const [key, value] of Object.entries(live))
      if (value !== undefined && wanted[key] === undefined && target[key] === undefined) patch[key] = value;
  return patch;
}

function adoptList(said: readonly Json[], live: readonly Json[], wanted: readonly Json[], place: Place): readonly Json[] {
  const steps = wanted.map((_, i) => toSteps(place.fieldSets, place.root, [...place.path, i]).at(-1) ?? '');
  const adopt = (item: Json, before: Json, i: number): Json =>
    isJsonObject(item) && isJsonObject(before) ? applyPatch(item, patchOf(item, before, wanted[i], below(place, i))) : before;
  if (steps.some((step) => step.startsWith('i:')) || steps.length === 0) {
    // Nobody knows which item is which, but by their positions.
    if (said.length !== live.length || said.length !== wanted.length) return live;
    return said.map((item, i) => (isSame(live[i], wanted[i]) ? item : adopt(item, live[i] ?? null, i)));
  }
  const list: Json[] = [];
  for (const item of said) {
    const i = steps.findIndex((step) => resolveStep([item], step) === 0);
    const at = i === -1 ? undefined : resolveStep(live, steps[i] ?? '');
    if (i === -1) list.push(item);
    else if (typeof at === 'number') list.push(adopt(item, live[at] ?? null, i));
  }
  // What live has besides and applying would take away.
  return [...list, ...live.filter((item) => !steps.some((step) => resolveStep([item], step) === 0))];
}

function applyPatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const old = result[key];
    if (value === null) delete result[key];
    else result[key] = isJsonObject(value) && isJsonObject(old) ? applyPatch(old, value) : value;
  }
  return result;
}
