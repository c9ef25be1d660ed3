import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LETTERS = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const PADDING = 0x3d;
/** The value of each letter by its code; 64 for what is no letter. */
const VALUES = new Uint8Array(128).fill(64);
for (const [value, letter] of LETTERS.entries()) VALUES[letter] = value;

/** UTF-8 bytes of a text. */
export function toUtf8(text: string): Uint8Array {
  return utf8ToBytes(text);
}

/** Lower-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** How many code units one call of String.fromCharCode is given: below every engine's limit on arguments. */
const CHUNK = 8192;

/** The text of UTF-16 code units. */
function fromCodeUnits(units: Uint8Array | Uint16Array): string {
  let text = '';
  for (let i = 0; i < units.length; i += CHUNK) {
    // apply takes anything with a length; its type only knows arrays. Spreading would walk an iterator for every unit.
    text += String.fromCharCode.apply(null, units.subarray(i, i + CHUNK) as unknown as number[]);
  }
  return text;
}

/** Standard base64 with padding. In plain TypeScript because core has no platform; it only sees keys, signatures and payloads. */
export function toBase64(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const three = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    letters[at++] = LETTERS[three >> 18] ?? 0;
    letters[at++] = LETTERS[(three >> 12) & 63] ?? 0;
    letters[at++] = LETTERS[(three >> 6) & 63] ?? 0;
    letters[at++] = LETTERS[three & 63] ?? 0;
  }
  const spare = letters.length === 0 ? 0 : (3 - (bytes.length % 3)) % 3;
  letters.fill(PADDING, letters.length - spare);
  return fromCodeUnits(letters);
}

/** Reads standard base64; undefined for anything else (wrong letters, length or padding), so that one value has one spelling. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const letters = text.length - padding;
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < letters; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? 64;
    if (value === 64) return undefined;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Reads UTF-8 strictly; undefined for bytes that are not UTF-8. No text has more UTF-16 code units than UTF-8 bytes. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  const units = new Uint16Array(bytes.length);
  let at = 0;
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) {
      units[at++] = byte;
      i++;
      continue;
    }
    const [code, length] = decodeOne(bytes, i);
    if (length === 0) return undefined;
    if (code >= 0x10000) units[at++] = 0xd800 + ((code - 0x10000) >> 10);
    units[at++] = code >= 0x10000 ? 0xdc00 + ((code - 0x10000) & 0x3ff) : code;
    i += length;
  }
  return fromCodeUnits(units.subarray(0, at));
}

/** The code point above U+007F at `at` and its length in bytes; length 0 when the bytes there are not valid UTF-8. */
function decodeOne(bytes: Uint8Array, at: number): readonly [number, number] {
  const first = bytes[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return [0, 0];
  let code = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return [0, 0];
    code = (code << 6) | (next & 0x3f);
  }
  const smallest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  const valid = code >= smallest && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? [code, length] : [0, 0];
}
