import { fromBase64 } from '../../core/json/bytes.ts';

/**
 * Proofs that the sender of a webhook knows the secret. Every comparison happens inside WebCrypto's `verify`, whose time does not depend
 * on where two values differ. What is missing, empty, too short or of another form is never right, and no secret is never a reason to
 * let somebody in (S26).
 */
const encoder = new TextEncoder();

/** True when `hex` is the HMAC-SHA-256 of the body under one of the secrets; exactly 64 hex digits. */
export async function verifyHmacHex(hex: string, body: Uint8Array, secrets: readonly string[]): Promise<boolean> {
  const signature = fromHex(hex);
  if (signature === undefined) return false;
  return anyKey(
    secrets.map((secret) => encoder.encode(secret)),
    signature,
    body,
  );
}

/** True when the token is one of the secrets: both go through the same HMAC, so that only digests are compared. */
export async function verifyToken(token: string, secrets: readonly string[]): Promise<boolean> {
  if (token === '') return false;
  const presented = encoder.encode(token);
  for (const secret of secrets) {
    const bytes = encoder.encode(secret);
    const key = await importKey(bytes);
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes));
    if (await crypto.subtle.verify('HMAC', key, digest, presented)) return true;
  }
  return false;
}

/** A message signed after https://www.standardwebhooks.com: GitLab's signing tokens. */
export interface StandardSignature {
  readonly id: string;
  /** Seconds since the epoch, as text. */
  readonly timestamp: string;
  /** `v1,<base64>`, several separated by spaces. */
  readonly signature: string;
}

const PREFIX = 'whsec_';

/** The keys for such signatures: secrets written `whsec_<base64>`, and the 32 bytes of a secret of 64 hex digits, as Plumbline makes them. */
export function signingKeys(secrets: readonly string[]): Uint8Array[] {
  return secrets.flatMap((secret) => {
    const key = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : fromHex(secret);
    return key === undefined || key.length === 0 ? [] : [key];
  });
}

/**
 * True when one of the signatures is right under one of the keys. Its age is not looked at: a webhook is only a hint, the other providers'
 * signatures have no time either, and a repeated one costs one look at a repository.
 */
export async function verifyStandard(
  message: StandardSignature & { readonly body: Uint8Array },
  keys: readonly Uint8Array[],
): Promise<boolean> {
  const { id, timestamp, body } = message;
  if (id === '' || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  const head = encoder.encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  for (const entry of message.signature.split(' ').slice(0, 10)) {
    const signature = entry.startsWith('v1,') ? fromBase64(entry.slice(3)) : undefined;
    if (signature?.length === 32 && (await anyKey(keys, signature, signed))) return true;
  }
  return false;
}

/** 32 bytes from 64 hex digits; undefined for anything else. */
function fromHex(hex: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) return undefined;
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

async function anyKey(keys: readonly Uint8Array[], signature: Uint8Array, body: Uint8Array): Promise<boolean> {
  for (const key of keys) {
    if (key.length > 0 && (await crypto.subtle.verify('HMAC', await importKey(key), signature, body))) return true;
  }
  return false;
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}
