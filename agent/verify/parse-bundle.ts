import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { bundleDigest } from '../../core/bundle/bundle-digest.ts';
import { isObject } from '../../core/diff/comparable.ts';
import type { Json } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';

/**
 * Takes what claims to be the bundle of a digest that stands in a verified snapshot; gives it when it is (I1).
 * Fails with `protocol.refused` (rule P17) for another content, and for objects that are not manifests.
 */
export function acceptBundle(value: unknown, digest: Digest): Result<Bundle, Problem> {
  const refused = (why: string) => err(problem('protocol.refused', `bundle ${digest.slice(0, 19)}: ${why}`, { rule: 'P17' }));
  // JSON.parse made it, so it is Json.
  const bundle = value as Json;
  if (!isObject(bundle) || bundle['format'] !== 1) return refused('not a bundle of format 1');
  const { salt, objects } = bundle;
  if (typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt) || !Array.isArray(objects)) return refused('malformed');
  if (!objects.every(isManifest)) return refused('an object is not a manifest');
  // Every object was checked to have what a Manifest must have.
  const checked = { format: 1, salt, objects } as unknown as Bundle;
  return bundleDigest(checked) === digest ? ok(checked) : refused('its content has another digest');
}

const NAME = /^[^/\s]{1,253}$/;

function isManifest(value: Json): boolean {
  if (!isObject(value) || typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string') return false;
  const metadata = value['metadata'];
  if (!isObject(metadata) || typeof metadata['name'] !== 'string' || !NAME.test(metadata['name'])) return false;
  if (!/^([a-z0-9.-]+\/)?[a-z0-9]+$/i.test(value['apiVersion']) || !/^[A-Za-z0-9]+$/.test(value['kind'])) return false;
  const { namespace, labels, annotations } = metadata;
  if (namespace !== undefined && (typeof namespace !== 'string' || !/^[a-z0-9-]{0,63}$/.test(namespace))) return false;
  return [labels, annotations].every((map) => map === undefined || map === null || isObject(map));
}
