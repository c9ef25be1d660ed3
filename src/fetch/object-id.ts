import { sha1 } from '@noble/hashes/legacy.js';

/** The four kinds of object that Git has. */
export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const OID = /^[0-9a-f]{40}$/;
const encoder = new TextEncoder();

/** True for a full SHA-1 object id in lower-case hexadecimal. */
export function isOid(text: string): boolean {
  return OID.test(text);
}

/** Twenty bytes at `offset`, as forty hexadecimal digits. */
export function toHex(bytes: Uint8Array, offset = 0): string {
  let text = '';
  for (let i = offset; i < offset + 20; i++) text += HEX[bytes[i] ?? 0];
  return text;
}

/** The header that Git hashes before the data of an object. */
export function objectHeader(type: ObjectType, size: number): Uint8Array {
  return encoder.encode(`${type} ${size}\0`);
}

/** The id of an object: SHA-1 over its header and data. Synchronous, as WebCrypto costs more than the hash for small objects. */
export function computeOid(type: ObjectType, data: Uint8Array): string {
  return toHex(sha1.create().update(objectHeader(type, data.length)).update(data).digest());
}
