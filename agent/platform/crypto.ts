import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { type Signer, toPublicKey, type Verify } from '../../core/protocol/signing.ts';

/** DER heads of Ed25519 keys (RFC 8410): the 32 bytes follow. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Checks Ed25519 signatures. */
export const verifyEd25519: Verify = async (publicKey, signature, bytes) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
};

/** The 32 secret bytes of a new Ed25519 key. */
export function newSeed(): Buffer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_HEAD.length);
}

/** A signer from 32 secret bytes; throws when they are not 32. */
export function signerOf(seed: Buffer): Signer {
  if (seed.length !== 32) throw new Error('an Ed25519 seed has 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: toPublicKey(rawPublicKey(key)), sign: async (bytes) => sign(null, bytes, key) };
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length));
}

/** Chance for nonces, ids and jitter. */
export interface Chance {
  /** 32 hex digits. */
  readonly nonce: () => string;
  /** From 0 to 1. */
  readonly fraction: () => number;
}

/** The machine's randomness. */
export function systemChance(): Chance {
  return { nonce: () => randomBytes(16).toString('hex'), fraction: () => Math.random() };
}

/** The first 16 hex digits of a text's SHA-256: natively, because it runs for every event of every watch. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
