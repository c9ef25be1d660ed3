import { isJsonObject } from '../objects/json-object.ts';
import type { Json, JsonObject } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * What SOPS notes beside the values of a document, in its `sops` field: for whom the data key was encrypted, and the MAC.
 *
 *   age: [{recipient, enc}]   the data key, encrypted for each recipient as an armored age file
 *   pgp, kms, gcp_kms, azure_kv, hc_vault, hckms    the same for services that the agent does not ask
 *   key_groups: [{age, pgp, …}]   the same in groups; with several, the data key is split over them (Shamir)
 *   lastmodified, mac         SHA-512 of all values, encrypted with lastmodified as additional data
 *   mac_only_encrypted        only of those that are encrypted
 */
export interface SopsMetadata {
  /** Armored age files, one for each recipient; each holds the whole data key. */
  readonly dataKeys: readonly string[];
  /** Recipients for messages: public keys. */
  readonly recipients: readonly string[];
  readonly lastModified: string;
  readonly mac: string;
  readonly macOnlyEncrypted: boolean;
}

/** Why metadata cannot be used. */
export interface SopsFault {
  readonly code: 'sops.invalid' | 'sops.unsupported' | 'sops.no_key';
  readonly message: string;
}

/** Fields of key services, and what they are called. */
const SERVICES = new Map([
  ['pgp', 'PGP'],
  ['kms', 'AWS KMS'],
  ['gcp_kms', 'GCP KMS'],
  ['azure_kv', 'Azure Key Vault'],
  ['hc_vault', 'Vault'],
  ['hckms', 'Huawei Cloud KMS'],
]);

/** True for a value that says it is SOPS' metadata. */
export function isSopsMetadata(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && typeof value['mac'] === 'string' && value['mac'] !== '';
}

/** Reads the metadata; `sops.unsupported` when no age recipient can open it, `sops.invalid` when it makes no sense. */
export function parseSopsMetadata(metadata: JsonObject): Result<SopsMetadata, SopsFault> {
  const { mac, lastmodified } = metadata;
  if (typeof mac !== 'string' || typeof lastmodified !== 'string')
    return err({ code: 'sops.invalid', message: 'its SOPS metadata has no mac or no lastmodified' });
  const holder = holderOf(metadata);
  if (!holder.ok) return holder;
  const keys = recordsOf(holder.value['age']).filter((key) => typeof key['enc'] === 'string');
  if (keys.length === 0) return err(unsupported(holder.value));
  return ok({
    dataKeys: keys.map((key) => String(key['enc'])),
    recipients: keys.map((key) => String(key['recipient'] ?? '')),
    lastModified: lastmodified,
    mac,
    // Text in formats that know nothing else (dotenv).
    macOnlyEncrypted: metadata['mac_only_encrypted'] === true || metadata['mac_only_encrypted'] === 'true',
  });
}

/** The map that holds the recipients: the metadata itself, or its only key group. */
function holderOf(metadata: JsonObject): Result<JsonObject, SopsFault> {
  const isTop = ['age', ...SERVICES.keys()].some((field) => recordsOf(metadata[field]).length > 0);
  if (isTop) return ok(metadata);
  const groups = recordsOf(metadata['key_groups']);
  const [only] = groups;
  if (groups.length > 1)
    return err({
      code: 'sops.unsupported',
      message: `its data key is split over ${groups.length} key groups; encrypt it with one group of age recipients`,
    });
  return only === undefined ? err({ code: 'sops.invalid', message: 'its SOPS metadata names no recipient' }) : ok(only);
}

function unsupported(holder: JsonObject): SopsFault {
  const names = [...SERVICES].filter(([field]) => recordsOf(holder[field]).length > 0).map(([, name]) => name);
  if (names.length === 0) return { code: 'sops.invalid', message: 'its SOPS metadata names no recipient' };
  return { code: 'sops.unsupported', message: `it is encrypted for ${names.join(' and ')} only; add an age recipient` };
}

function recordsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item: Json) => isJsonObject(item)) : [];
}
