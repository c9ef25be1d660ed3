import type { AppPolicy } from '../../core/app/policy.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import { describeRef, type Json, type JsonObject, type Manifest, refOf } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { ResolveInput } from '../../core/resolve/resolve-input.ts';
import { readSopsDocument } from '../../core/resolve/sops-document.ts';
import type { OpenEnvelope } from '../../core/resolve/sops-envelope.ts';
import { detectSopsFormat, formatOfKey } from '../../core/resolve/sops-format.ts';
import { type DecryptedManifest, decryptManifest, isDecryptionDisabled } from '../../core/resolve/sops-manifest.ts';
import { isSopsMetadata, parseSopsMetadata, type SopsFault, type SopsMetadata } from '../../core/resolve/sops-metadata.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type AgeKeyring, createAgeKeyring } from './age-keyring.ts';
import { envelopeOpener } from './open-envelope.ts';
import { readInput } from './read-input.ts';
import { holdsSopsFiles, type ResolveTools } from './resolve-bundle.ts';

/** Decrypts the objects of one App. */
export interface Decryptor {
  /** The object in plain, or as it is when nothing in it is encrypted; fails with `sops.*`, which costs only this object. */
  readonly decrypt: (manifest: Manifest) => Promise<Result<DecryptedManifest, Problem>>;
  readonly input: ResolveInput | undefined;
}

/**
 * Reads an App's age keys when one of its objects needs them. Fails when they cannot be read now; keys that are not there or no keys at all
 * are a problem of each encrypted object.
 */
export async function createDecryptor(
  objects: readonly Manifest[],
  policy: AppPolicy,
  tools: ResolveTools,
): Promise<Result<Decryptor, Problem>> {
  const isWanted = objects.some((object) => isEncrypted(object, policy));
  const loaded = isWanted ? await loadKeys(policy, tools) : ok({ keys: err(NO_KEYS), input: undefined });
  if (!loaded.ok) return loaded;
  const { keys, input } = loaded.value;
  return ok({
    input,
    async decrypt(manifest) {
      if (!isEncrypted(manifest, policy)) return ok({ manifest, secrets: [] });
      const decrypted = isSopsMetadata(manifest['sops'])
        ? await decryptWhole(manifest, manifest['sops'], keys)
        : await decryptFiles(manifest, keys);
      const where = describeRef(refOf(manifest));
      return decrypted.ok ? decrypted : err(problem(decrypted.error.code, decrypted.error.message, { where }));
    },
  });
}

type Keys = Result<AgeKeyring, SopsFault>;

const NO_KEYS: SopsFault = {
  code: 'sops.no_key',
  message: 'it is encrypted with SOPS, and its App names no Secret with age keys (spec.decryption.secretRef)',
};

/** Encrypted files in Secrets are content, which only an App that decrypts has to look at; a manifest with a `sops` field can never be applied. */
function isEncrypted(manifest: Manifest, policy: AppPolicy): boolean {
  if (isDecryptionDisabled(manifest)) return false;
  return isSopsMetadata(manifest['sops']) || (policy.decryption !== undefined && holdsSopsFiles(manifest));
}

async function loadKeys(policy: AppPolicy, tools: ResolveTools) {
  const name = policy.decryption?.secret;
  if (name === undefined) return ok({ keys: err(NO_KEYS), input: undefined });
  const read = await readInput({ kind: 'Secret', namespace: policy.namespace, name }, tools);
  if (!read.ok) return read;
  const { input, data } = read.value;
  const secret = `Secret ${policy.namespace}/${name}`;
  const noKey = (why: string) => ok({ keys: err({ code: 'sops.no_key', message: `${secret} ${why}` } as const), input });
  if (data === undefined) return noKey('with the age keys is not there');
  const files = [...data].filter(([key]) => key.endsWith('.agekey')).map(([key, value]) => [key, value.toString()] as const);
  if (files.length === 0) return noKey('has no entry that ends in .agekey');
  const keyring = await createAgeKeyring(new Map(files));
  return keyring.ok ? ok({ keys: keyring, input }) : noKey(`cannot be used: ${keyring.error}`);
}

async function decryptWhole(manifest: Manifest, field: JsonObject, keys: Keys): Promise<Result<DecryptedManifest, SopsFault>> {
  const metadata = parseSopsMetadata(field);
  if (!metadata.ok) return metadata;
  const open = await openDataKey(metadata.value, keys);
  if (!open.ok) return open;
  const decrypted = decryptManifest(manifest, open.value);
  return decrypted.ok ? decrypted : err({ code: 'sops.invalid', message: decrypted.error });
}

/** Decrypts the files in a Secret's data and stringData, each for itself. */
async function decryptFiles(manifest: Manifest, keys: Keys): Promise<Result<DecryptedManifest, SopsFault>> {
  const secrets: string[] = [];
  const fields: Record<string, Json> = {};
  for (const [field, encoding] of [['data', 'base64'] as const, ['stringData', 'utf8'] as const]) {
    const values = manifest[field];
    if (!isJsonObject(values)) continue;
    const plain: [string, Json | undefined][] = [];
    for (const [key, value] of Object.entries(values)) {
      const text = typeof value === 'string' ? Buffer.from(value, encoding).toString() : '';
      const format = detectSopsFormat(text);
      if (format === undefined) {
        plain.push([key, value]);
        continue;
      }
      const file = await decryptFile(text, { format, key, keys });
      if (!file.ok) return err({ ...file.error, message: `${field}[${key}]: ${file.error.message}` });
      secrets.push(...file.value.secrets);
      plain.push([key, encoding === 'base64' ? Buffer.from(file.value.text).toString('base64') : file.value.text]);
    }
    fields[field] = Object.fromEntries(plain);
  }
  return ok({ manifest: { ...manifest, ...fields }, secrets });
}

interface FileDecryption {
  readonly format: NonNullable<ReturnType<typeof detectSopsFormat>>;
  readonly key: string;
  readonly keys: Keys;
}

async function decryptFile(text: string, { format, key, keys }: FileDecryption) {
  const sealed = readSopsDocument(text, format, formatOfKey(key));
  if (!sealed.ok) return sealed;
  const open = await openDataKey(sealed.value.metadata, keys);
  return open.ok ? sealed.value.decrypt(open.value) : open;
}

async function openDataKey(metadata: SopsMetadata, keys: Keys): Promise<Result<OpenEnvelope, SopsFault>> {
  if (!keys.ok) return keys;
  const key = await keys.value.open(metadata.dataKeys);
  if (key !== undefined) return ok(envelopeOpener(key));
  const recipients = metadata.recipients
    .filter((recipient) => /^age1[0-9a-z]{1,100}/.test(recipient))
    .map((recipient) => recipient.slice(0, 70));
  return err({
    code: 'sops.no_key',
    message: `no age key of its App opens it; it is encrypted for ${recipients.slice(0, 3).join(', ')}${recipients.length > 3 ? ', …' : ''}`,
  });
}
