import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64, toHex } from '../json/bytes.ts';
import type { PublicKey } from './messages.ts';

/** Signs with one Ed25519 key. Platforms implement it with WebCrypto. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Checks an Ed25519 signature (RFC 8032) of 64 bytes by a public key of 32 bytes. Never throws. */
export type Verify = (publicKey: Uint8Array, signature: Uint8Array, bytes: Uint8Array) => Promise<boolean>;

/** The first 16 hex digits of the SHA-256 of the key's 32 bytes. */
export function keyidOf(key: Uint8Array): string {
  return toHex(sha256(key)).slice(0, 16);
}

/** Names a key by its bytes. */
export function toPublicKey(key: Uint8Array): PublicKey {
  return { keyid: keyidOf(key), key: toBase64(key) };
}

/** The 32 bytes of a key whose id is really its own; undefined otherwise: a keyid is never believed (threat S17). */
export function keyBytes(key: PublicKey): Uint8Array | undefined {
  const bytes = fromBase64(key.key);
  return bytes?.length === 32 && keyidOf(bytes) === key.keyid ? bytes : undefined;
}
