import { fromBase64, fromUtf8, toBase64, toUtf8 } from '../json/bytes.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * One encrypted value as SOPS writes it:
 *
 *   ENC[AES256_GCM,data:<base64>,iv:<base64>,tag:<base64>,type:<str|int|float|bool|bytes|time|comment>]
 *
 * AES-256-GCM under the document's data key. The additional data is the path of the value, keys only, each followed by a colon
 * (`data:password:`), so a value cannot be moved to another key. The type is not authenticated: it only says how to read the bytes.
 */
export interface Envelope {
  readonly data: Uint8Array;
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
  readonly type: string;
}

/** Opens an envelope with a document's data key; undefined when the key or the additional data is not the one it was sealed with. */
export type OpenEnvelope = (envelope: Envelope, additionalData: string) => Uint8Array | undefined;

/** A decrypted value; `time` stays text. */
export type SopsValue = string | number | boolean;

const PREFIX = 'ENC[AES256_GCM,';
const FORM = /^ENC\[AES256_GCM,data:([^,\]]+),iv:([^,\]]+),tag:([^,\]]+),type:([a-z]+)\]$/;

/** True for what SOPS has encrypted, or what pretends to be. */
export function isEnvelope(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(PREFIX);
}

/** Takes an encrypted value apart; undefined when it is not well formed. */
export function parseEnvelope(text: string): Envelope | undefined {
  const [, data, iv, tag, type] = FORM.exec(text) ?? [];
  const parts = [data, iv, tag].map((part) => (part === undefined ? undefined : fromBase64(part)));
  const [dataBytes, ivBytes, tagBytes] = parts;
  if (dataBytes === undefined || ivBytes === undefined || tagBytes?.length !== 16 || type === undefined) return undefined;
  if (ivBytes.length === 0) return undefined;
  return { data: dataBytes, iv: ivBytes, tag: tagBytes, type };
}

/**
 * Decrypts one value at its path. Fails with a sentence that quotes nothing of it.
 * Comments are no values: their text is given.
 */
export function openValue(text: string, path: readonly string[], open: OpenEnvelope): Result<SopsValue, string> {
  const at = path.join('.').slice(0, 100);
  const envelope = parseEnvelope(text);
  if (envelope === undefined) return err(`the value at ${at} is not in SOPS' format`);
  const plain = open(envelope, additionalData(path));
  if (plain === undefined) return err(`the value at ${at} cannot be decrypted: it was changed, moved or belongs to another key`);
  const value = toValue(plain, envelope.type);
  return value === undefined ? err(`the value at ${at} is not of the type that SOPS noted for it`) : ok(value);
}

/** What a value is sealed with: its keys, each with a colon; what stands outside of all keys (a comment at the top) has a colon too. */
export function additionalData(path: readonly string[]): string {
  return `${path.join(':')}:`;
}

function toValue(bytes: Uint8Array, type: string): SopsValue | undefined {
  // A JSON document can hold bytes only so.
  if (type === 'bytes') return toBase64(bytes);
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  switch (type) {
    case 'str':
    case 'time':
    case 'comment':
      return text;
    case 'int':
      return /^[-+]?[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'float':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'bool':
      return /^(?:1|t|T|TRUE|true|True)$/.test(text) ? true : /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
    default:
      return undefined;
  }
}

/** The bytes of a value that enter a document's MAC. */
export function macBytes(value: SopsValue): Uint8Array {
  if (typeof value === 'boolean') return toUtf8(value ? 'True' : 'False');
  return toUtf8(typeof value === 'number' ? decimal(value) : value);
}

/** A number in digits, never with an exponent: Go's FormatFloat(…, 'f', -1, 64). */
function decimal(value: number): string {
  const [digits = '', exponent] = String(value).split('e');
  if (exponent === undefined) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${whole}${fraction}`;
  return sign + whole + fraction.padEnd(power, '0');
}
