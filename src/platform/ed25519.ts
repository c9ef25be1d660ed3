import type { Signer, Verify } from '../../core/protocol/signing.ts';
import { toPublicKey } from '../../core/protocol/signing.ts';

const PKCS8_PREFIX = new Uint8Array([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

/** Ed25519 through WebCrypto: checks one signature, never throws. */
export const verifyEd25519: Verify = async (publicKey, signature, bytes) => {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, signature, bytes);
  } catch {
    return false;
  }
};

/** Makes a new key pair; gives the 32-byte seed (to be sealed) and the public key. */
export async function makeEd25519(): Promise<{ readonly seed: Uint8Array; readonly publicKey: Uint8Array }> {
  // The two types of key are told apart by the algorithm, which TypeScript cannot see.
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer);
  const publicKey = new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer);
  return { seed: pkcs8.slice(PKCS8_PREFIX.length, PKCS8_PREFIX.length + 32), publicKey };
}

/** Opens a key pair for signing; the private key is not extractable from here on. */
export async function openSigner(seed: Uint8Array, publicKey: Uint8Array): Promise<Signer> {
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + 32);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(seed, PKCS8_PREFIX.length);
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return {
    publicKey: toPublicKey(publicKey),
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes)),
  };
}
