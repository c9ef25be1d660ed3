import type { AppPolicy } from '../app/policy.ts';
import { isJsonObject } from '../objects/json-object.ts';
import type { JsonObject, Manifest, ObjectRef } from '../objects/object.ts';

/**
 * How a live object tells whose it is, in the words that users' tools already read.
 *
 *   argo   annotation argocd.argoproj.io/tracking-id = <app>:<group>/<kind>:<namespace>/<name>
 *   flux   labels kustomize.toolkit.fluxcd.io/name and /namespace
 *
 * An Argo CD tracking id counts if and only if it names the object that carries it: operators copy annotations and labels to the
 * objects that they make, and those must never be pruned (threat F20). Flux' labels cannot tell a copy, so by them alone an object is
 * never ours: only the inventory makes it so.
 */
export const TRACKING_ID = 'argocd.argoproj.io/tracking-id';
const FLUX_NAME = 'kustomize.toolkit.fluxcd.io/name';
const FLUX_NAMESPACE = 'kustomize.toolkit.fluxcd.io/namespace';

export type TrackingPolicy = Pick<AppPolicy, 'dialect' | 'name' | 'namespace'>;

/** The manifest with its App's tracking metadata. */
export function withTracking(manifest: Manifest, ref: ObjectRef, policy: TrackingPolicy): Manifest {
  const { metadata } = manifest;
  const tracked =
    policy.dialect === 'argo'
      ? { annotations: { ...metadata.annotations, [TRACKING_ID]: trackingId(ref, policy.name) } }
      : { labels: { ...metadata.labels, [FLUX_NAME]: policy.name, [FLUX_NAMESPACE]: policy.namespace } };
  return { ...manifest, metadata: { ...metadata, ...tracked } };
}

/** Argo CD's tracking id of an object in an App. */
export function trackingId(ref: ObjectRef, app: string): string {
  return `${app}:${ref.group}/${ref.kind}:${ref.namespace}/${ref.name}`;
}

/** True when a live object carries the tracking metadata that its App gives it. */
export function isTracked(live: JsonObject, ref: ObjectRef, policy: TrackingPolicy): boolean {
  if (policy.dialect === 'argo') return metadataOf(live, 'annotations', TRACKING_ID) === trackingId(ref, policy.name);
  return metadataOf(live, 'labels', FLUX_NAME) === policy.name && metadataOf(live, 'labels', FLUX_NAMESPACE) === policy.namespace;
}

/**
 * The part of a JSON merge patch of `metadata` that takes an App's tracking metadata away from a live object; undefined where it carries none,
 * or another App's.
 */
export function trackingMetadataOf(live: JsonObject, ref: ObjectRef, policy: TrackingPolicy): JsonObject | undefined {
  if (!isTracked(live, ref, policy)) return undefined;
  return policy.dialect === 'argo'
    ? { annotations: { [TRACKING_ID]: null } }
    : { labels: { [FLUX_NAME]: null, [FLUX_NAMESPACE]: null } };
}

/** The Argo CD App that a live object says it belongs to, when its tracking id names the object itself. */
export function trackedApp(live: JsonObject, ref: ObjectRef): string | undefined {
  const id = metadataOf(live, 'annotations', TRACKING_ID);
  const app = id?.slice(0, id.indexOf(':'));
  return app !== undefined && app !== '' && id === trackingId(ref, app) ? app : undefined;
}

function metadataOf(live: JsonObject, field: 'annotations' | 'labels', key: string): string | undefined {
  const metadata = live['metadata'];
  const values = isJsonObject(metadata) ? metadata[field] : undefined;
  const value = isJsonObject(values) && Object.hasOwn(values, key) ? values[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
