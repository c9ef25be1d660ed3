import { sha512 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64, toUtf8 } from '../json/bytes.ts';
import type { PublicKey } from '../protocol/messages.ts';
import { keyBytes, type Signer, type Verify } from '../protocol/signing.ts';

/**
 * SSH signatures (openssh/PROTOCOL.sshsig) with Ed25519, in the namespace "git", which stock `git log --show-signature` checks.
 *
 *   string    = uint32 length ‖ bytes
 *   publicKey = string "ssh-ed25519" ‖ string key[32]
 *   blob      = "SSHSIG" ‖ uint32 1 ‖ string publicKey ‖ string "git" ‖ string "" ‖ string "sha512" ‖ string (string "ssh-ed25519" ‖ string sig[64])
 *   signed    = "SSHSIG" ‖ string "git" ‖ string "" ‖ string "sha512" ‖ string SHA-512(message)
 *   armor     = BEGIN line, base64 of the blob in lines of 70, END line
 *
 * Valid if and only if the armor is exactly what this file would write for the key and the 64 signature bytes in it, and Ed25519 accepts
 * those bytes over `signed`.
 */
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const ALGORITHM = toUtf8('ssh-ed25519');
const MAGIC = toUtf8('SSHSIG');
const NAMESPACE = toUtf8('git');
const HASH = toUtf8('sha512');
const NOTHING = new Uint8Array(0);

/** Signs bytes; gives the armored signature, ending in a line feed. Throws when the signer's key is not the one its id names (a bug). */
export async function signSsh(message: Uint8Array, signer: Signer): Promise<string> {
  const key = keyBytes(signer.publicKey);
  if (key === undefined) throw new Error('the ledger key does not match its id');
  return armor(key, await signer.sign(signedBytes(message)));
}

/** Checks an armored signature by one of the given keys; gives the key that made it, or undefined. */
export async function verifySsh(
  message: Uint8Array,
  signature: string,
  trust: { readonly keys: readonly PublicKey[]; readonly verify: Verify },
): Promise<PublicKey | undefined> {
  const parsed = parseArmor(signature);
  if (parsed === undefined) return undefined;
  const encoded = toBase64(parsed.key);
  const listed = trust.keys.find((key) => key.key === encoded);
  if (listed === undefined) return undefined;
  return (await trust.verify(parsed.key, parsed.signature, signedBytes(message))) ? listed : undefined;
}

/** A public key as a line of `authorized_keys` begins: `ssh-ed25519 AAAA…`. */
export function sshPublicKey(key: Uint8Array): string {
  return `ssh-ed25519 ${toBase64(publicKeyBlob(key))}`;
}

function armor(key: Uint8Array, signature: Uint8Array): string {
  const blob = join([
    MAGIC,
    uint32(1),
    ...string(publicKeyBlob(key)),
    ...string(NAMESPACE),
    ...string(NOTHING),
    ...string(HASH),
    ...string(join([...string(ALGORITHM), ...string(signature)])),
  ]);
  const lines = toBase64(blob).match(/.{1,70}/g) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

function signedBytes(message: Uint8Array): Uint8Array {
  return join([MAGIC, ...string(NAMESPACE), ...string(NOTHING), ...string(HASH), ...string(sha512(message))]);
}

/** The key and the signature sit at fixed places of the blob, because every other part has a fixed value. */
const KEY_AT = MAGIC.length + 4 + 4 + 4 + ALGORITHM.length + 4;
const SIGNATURE_BYTES = 64;

function parseArmor(text: string): { readonly key: Uint8Array; readonly signature: Uint8Array } | undefined {
  const lines = text.trimEnd().split('\n');
  const blob = fromBase64(lines.slice(1, -1).join(''));
  if (blob === undefined) return undefined;
  const key = blob.slice(KEY_AT, KEY_AT + 32);
  const signature = blob.slice(-SIGNATURE_BYTES);
  if (key.length !== 32 || signature.length !== SIGNATURE_BYTES) return undefined;
  return armor(key, signature).trimEnd() === text.trimEnd() ? { key, signature } : undefined;
}

function publicKeyBlob(key: Uint8Array): Uint8Array {
  return join([...string(ALGORITHM), ...string(key)]);
}

function string(bytes: Uint8Array): readonly Uint8Array[] {
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
