import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { toHex, toUtf8 } from '../json/bytes.ts';
import { canonicalJson } from '../json/canonical.ts';
import { keyOf, type Manifest, type ObjectKey, refOf } from '../objects/object.ts';
import type { Bundle, Digest } from './bundle.ts';

/**
 * The name of a bundle.
 *
 *   object digest = SHA-256( canonical JSON of the object's digest form )
 *   bundle digest = "sha256:" SHA-256( canonical JSON of {"format":1,"objects":[{"digest","key"}, …]} ), objects in the bundle's order
 *
 * Digest form: the object as it is; of a Secret (group "", kind Secret) every value in data and stringData is replaced by
 * "hmac-sha256:" HMAC-SHA-256(salt, field ‖ 0x00 ‖ key ‖ 0x00 ‖ value), and the last-applied annotation, which repeats the values, likewise.
 * So the list of object digests can be published, and says nothing about a Secret to someone who has not the salt.
 */
export interface ObjectDigest {
  readonly key: ObjectKey;
  /** 64 hex digits. */
  readonly digest: string;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The digests of a bundle's objects, in its order. */
export function objectDigests(bundle: Bundle): ObjectDigest[] {
  const salt = hexToBytes(bundle.salt);
  return bundle.objects.map((object) => ({ key: keyOf(refOf(object)), digest: objectDigest(object, salt) }));
}

/** The digest of one object; `salt` is only used for Secrets. */
export function objectDigest(object: Manifest, salt: Uint8Array): string {
  return sha256Hex(canonicalJson(isSecret(object) ? secretDigestForm(object, salt) : object));
}

/** The bundle's name from its object digests; the ledger proves it from the published list. */
export function digestOfObjects(objects: readonly ObjectDigest[]): Digest {
  return `sha256:${sha256Hex(canonicalJson({ format: 1, objects }))}`;
}

/** The bundle's name. */
export function bundleDigest(bundle: Bundle): Digest {
  return digestOfObjects(objectDigests(bundle));
}

/** SHA-256 of a text's UTF-8 bytes in hex. */
export function sha256Hex(text: string): string {
  return toHex(sha256(toUtf8(text)));
}

/** True for core/v1 Secrets, whose values must not show anywhere. */
export function isSecret(object: Manifest): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1';
}

function secretDigestForm(object: Manifest, salt: Uint8Array): unknown {
  const conceal = (field: string, key: string, value: unknown) =>
    `hmac-sha256:${toHex(hmac(sha256, salt, toUtf8(`${field}\0${key}\0${canonicalJson(value)}`)))}`;
  const concealAll = (field: string, values: unknown) =>
    typeof values === 'object' && values !== null && !Array.isArray(values)
      ? Object.fromEntries(Object.entries(values).map(([key, value]) => [key, conceal(field, key, value)]))
      : conceal(field, '', values ?? null);
  const form: Record<string, unknown> = { ...object };
  for (const field of ['data', 'stringData']) if (object[field] !== undefined) form[field] = concealAll(field, object[field]);
  const annotations = object.metadata.annotations;
  const lastApplied = annotations?.[LAST_APPLIED];
  if (annotations !== undefined && lastApplied !== undefined) {
    form['metadata'] = {
      ...object.metadata,
      annotations: { ...annotations, [LAST_APPLIED]: conceal('annotation', LAST_APPLIED, lastApplied) },
    };
  }
  return form;
}
