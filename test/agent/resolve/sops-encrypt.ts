import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Json, JsonObject } from '../../../core/objects/object.ts';

/**
 * An encrypter of its own, written from SOPS' description and not from the code under test: encrypts the values of an object as `sops --encrypt`
 * does, so that tests can make what they need. What real SOPS writes is in testdata/.
 */
export interface AgeKey {
  readonly identity: string;
  readonly recipient: string;
}

export async function newAgeKey(): Promise<AgeKey> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export interface SopsOptions {
  readonly recipients: readonly string[];
  /** True for values that are encrypted, by their path; all by default. */
  readonly isEncrypted?: (path: readonly string[]) => boolean;
  readonly macOnlyEncrypted?: boolean;
  /** Put in place of the metadata's own fields. */
  readonly metadata?: JsonObject;
  /** Makes the MAC of other values than those written. */
  readonly breakMac?: boolean;
}

const ONLY_ENCRYPTED = createHash('sha256').update('sops').digest();

/** The object with its values encrypted and the `sops` field added. */
export async function sopsEncrypt(object: JsonObject, options: SopsOptions): Promise<JsonObject> {
  const key = randomBytes(32);
  const hash = createHash('sha512');
  if (options.macOnlyEncrypted === true) hash.update(ONLY_ENCRYPTED);
  const walk = (node: Json | undefined, path: readonly string[]): Json | undefined => {
    if (node === null || node === undefined) return node;
    if (Array.isArray(node)) return node.map((item: Json) => walk(item, path) ?? null);
    if (typeof node === 'object')
      return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, walk(value, [...path, name])]));
    const encrypted = options.isEncrypted?.(path) ?? true;
    if (encrypted || options.macOnlyEncrypted !== true) hash.update(textOf(node));
    return encrypted && node !== '' ? seal(textOf(node), { key, type: typeOf(node), aad: `${path.join(':')}:` }) : node;
  };
  const values = walk(object, []) as JsonObject; // A map stays a map.
  if (options.breakMac === true) hash.update('something else');
  const lastmodified = '2026-01-02T03:04:05Z';
  const mac = seal(hash.digest('hex').toUpperCase(), { key, type: 'str', aad: lastmodified });
  const age = await Promise.all(options.recipients.map(async (recipient) => ({ recipient, enc: await sealKey(key, recipient) })));
  return {
    ...values,
    sops: {
      age,
      lastmodified,
      mac,
      version: '3.13.3',
      ...(options.macOnlyEncrypted === true ? { mac_only_encrypted: true } : {}),
      ...options.metadata,
    },
  };
}

async function sealKey(key: Buffer, recipient: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(key));
}

interface Seal {
  readonly key: Buffer;
  readonly type: string;
  readonly aad: string;
}

export function seal(text: string, { key, type, aad }: Seal): string {
  const iv = randomBytes(32);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(aad));
  const data = Buffer.concat([cipher.update(text), cipher.final()]).toString('base64');
  return `ENC[AES256_GCM,data:${data},iv:${iv.toString('base64')},tag:${cipher.getAuthTag().toString('base64')},type:${type}]`;
}

function textOf(value: Json): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

function typeOf(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'boolean' ? 'bool' : 'str';
}
