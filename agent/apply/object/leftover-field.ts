import { isJsonObject } from '../../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import type { ApiFailure } from '../../cluster/cluster-api.ts';

/**
 * A default that stands in the way of what Git wants now, and that server-side apply cannot remove, because nobody owns a default. Client-side apply could: its
 * merge rules (`retainKeys`) drop what belongs to another choice. Of the built-in kinds only one is refused for it:
 *
 *   Deployment   `strategy.type: Recreate` over a `rollingUpdate` that the API server filled in
 */
export interface Leftover {
  /** JSON merge patch that makes the choice and drops the leftover; the apply follows. */
  readonly patch: JsonObject;
  /** What it changes, as JSON pointers. */
  readonly fields: readonly string[];
}

const FIELD = 'spec.strategy.rollingUpdate';

/** The leftover that a failed apply complains of, and of nothing else; undefined for every other failure. */
export function leftoverOf(object: PreparedObject, failure: ApiFailure): Leftover | undefined {
  const { group, kind } = object.ref;
  if (group !== 'apps' || kind !== 'Deployment' || failure.fields?.join() !== FIELD) return undefined;
  // prepareObject has made the body from an object.
  const { spec } = JSON.parse(object.body) as { readonly spec?: Json };
  const strategy = isJsonObject(spec) ? spec['strategy'] : undefined;
  // With a rollingUpdate in Git, Git is wrong.
  if (!isJsonObject(strategy) || strategy['type'] !== 'Recreate' || isJsonObject(strategy['rollingUpdate'])) return undefined;
  return {
    patch: { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } },
    fields: ['/spec/strategy/rollingUpdate', '/spec/strategy/type'],
  };
}
