import { isJsonObject } from '../objects/json-object.ts';
import type { Json, Manifest } from '../objects/object.ts';
import { toManifest } from '../objects/parse.ts';
import { err, ok, type Result } from '../result.ts';
import { isEnvelope, type OpenEnvelope, openValue } from './sops-envelope.ts';

/**
 * A manifest that SOPS has encrypted, after rendering.
 *
 * Every encrypted value is authenticated for itself, with its path. The MAC over the whole document is not checked, here as in Flux: it covers
 * all values in the order of the file, and rendering sorts keys and adds labels, names and namespaces. Where a document is embedded
 * unchanged (sops-document.ts), it is checked.
 *
 * What is encrypted is told by its form and not by `encrypted_regex`: that saves running a pattern that a stranger wrote, and a value that is
 * not encrypted needs no decryption.
 */
const SWITCH = 'kustomize.toolkit.fluxcd.io/decrypt';

/** True for objects that say `decrypt: Disabled`. */
export function isDecryptionDisabled(manifest: Manifest): boolean {
  return manifest.metadata.annotations?.[SWITCH]?.toLowerCase() === 'disabled';
}

export interface DecryptedManifest {
  readonly manifest: Manifest;
  /** The texts that were encrypted. */
  readonly secrets: readonly string[];
}

/** Decrypts all encrypted values and takes the `sops` field away. Fails with a sentence that quotes no value. */
export function decryptManifest(manifest: Manifest, open: OpenEnvelope): Result<DecryptedManifest, string> {
  const { sops: _, ...rest } = manifest;
  const secrets: string[] = [];
  try {
    const read = toManifest(decryptNode(rest, [], { open, secrets }));
    return read.ok ? ok({ manifest: read.value, secrets }) : err(`decrypted, it is no Kubernetes object: ${read.error}`);
  } catch (thrown) {
    if (thrown instanceof Undecryptable) return err(thrown.message);
    throw thrown;
  }
}

interface Decryption {
  readonly open: OpenEnvelope;
  readonly secrets: string[];
}

class Undecryptable extends Error {}

function decryptNode(node: Json, path: readonly string[], decryption: Decryption): Json {
  if (isEnvelope(node)) {
    const value = openValue(node, path, decryption.open);
    if (!value.ok) throw new Undecryptable(value.error);
    if (typeof value.value !== 'boolean') decryption.secrets.push(String(value.value));
    return value.value;
  }
  // The items of a list have the path of the list.
  if (Array.isArray(node)) return node.map((item: Json) => decryptNode(item, path, decryption));
  if (!isJsonObject(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      value === undefined ? value : decryptNode(value, [...path, key], decryption),
    ]),
  );
}
