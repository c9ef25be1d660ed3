import { FIELD_MANAGER } from '../diff/comparable.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject, ObjectRef } from '../objects/object.ts';
import { type TrackingPolicy, trackingMetadataOf } from '../plan/tracking.ts';

/**
 * The JSON merge patch (RFC 7386) that gives an object back: every value stays, but nothing says that it was ours. Our entries in managedFields go, and the
 * tracking metadata where it names this App. Undefined when there is nothing of ours.
 */
export function releasePatch(live: JsonObject, ref: ObjectRef, policy: TrackingPolicy): JsonObject | undefined {
  const metadata = live['metadata'];
  if (!isJsonObject(metadata)) return undefined;
  const entries = Array.isArray(metadata['managedFields']) ? metadata['managedFields'] : [];
  const kept = entries.filter((entry: Json) => !isJsonObject(entry) || entry['manager'] !== FIELD_MANAGER);
  const tracked = trackingMetadataOf(live, ref, policy);
  if (kept.length === entries.length && tracked === undefined) return undefined;
  return {
    metadata: {
      ...tracked,
      // A list with one empty entry is how the API server is told to forget all; an empty list it takes for "not given".
      ...(entries.length === 0 ? {} : { managedFields: kept.length === 0 ? [{}] : kept }),
      resourceVersion: metadata['resourceVersion'],
      uid: metadata['uid'],
    },
  };
}
