import { type FieldPath, valueAt } from '../../../core/diff/pointer.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import { describeRef, type Json, type JsonObject } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, Target } from '../../cluster/cluster-api.ts';
import type { ObjectTools } from './object-tools.ts';
import type { Guard } from './patch-first.ts';

/**
 * Replaces an object as a whole, like `kubectl replace`: whatever Git does not say goes, whoever wrote it, except
 *
 *   - what the API server or a controller has filled in and does not let go (the selector of a Job, the volume of a claim); the API server itself
 *     keeps the addresses and ports of a Service
 *   - finalizers and owner references, when Git has none: they are promises to others, and `kubectl replace` breaks them
 */
export async function replaceObject(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  on: Guard,
): Promise<Result<Guard, ApiFailure>> {
  const live = await tools.api.get(target);
  if (!live.ok) return live;
  if (live.value?.resourceVersion !== on.resourceVersion || live.value.uid !== on.uid)
    return err({
      status: 409,
      problem: problem('apply.conflict', 'it was changed meanwhile', { where: describeRef(object.ref) }),
    });
  const body = JSON.stringify(replacement(object, live.value.object, on));
  const replaced = await tools.api.replace(target, body, { secret: object.secret });
  return replaced.ok ? ok({ uid: on.uid, resourceVersion: replaced.value.resourceVersion }) : replaced;
}

/** Fields that belong to an object for good once they are set, by kind. */
const KEPT: { readonly [kind: string]: readonly FieldPath[] } = {
  '/PersistentVolumeClaim': [
    ['spec', 'volumeName'],
    ['spec', 'storageClassName'],
    ['spec', 'volumeMode'],
  ],
  '/PersistentVolume': [['spec', 'claimRef']],
  'batch/Job': [
    ['spec', 'selector'],
    ['spec', 'template', 'metadata', 'labels'],
  ],
};

function replacement(object: PreparedObject, live: JsonObject, on: Guard): Json {
  const { group, kind } = object.ref;
  // prepareObject has made the body from an object with metadata.
  const { metadata, ...rest } = JSON.parse(object.body) as { readonly metadata: JsonObject };
  const liveMetadata = isJsonObject(live['metadata']) ? live['metadata'] : {};
  const promises = ['finalizers', 'ownerReferences'].flatMap((field) => {
    const value = liveMetadata[field];
    return value === undefined ? [] : [[field, value] as const];
  });
  const kept = KEPT[`${group}/${kind}`] ?? [];
  const whole: Json = {
    ...rest,
    metadata: { ...Object.fromEntries(promises), ...metadata, uid: on.uid, resourceVersion: on.resourceVersion },
  };
  return kept.reduce<Json>((result, path) => fill(result, path, valueAt(live, path)), whole);
}

/** Sets a value where the object has none yet. Labels are filled in one by one. */
function fill(object: Json | undefined, path: FieldPath, value: Json | undefined): Json {
  const [step, ...rest] = path;
  const own = isJsonObject(object) ? object : {};
  if (value === undefined) return object ?? null;
  if (step === undefined) return isJsonObject(value) && isJsonObject(object) ? { ...value, ...object } : (object ?? value);
  return { ...own, [step]: fill(own[step], rest, value) };
}
