/** `@json`, `@csv` and their like, and `text` for what `tostring` and interpolation do. */
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { define, isArray, isObject, JqError, keysOf, typeOf } from './jq-values.ts';

/** Shows a value in a format. Throws JqError when it cannot be. */
export function formatAs(name: string, value: Json): string {
  switch (name) {
    case 'text':
      return typeof value === 'string' ? value : toJson(value);
    case 'json':
      return toJson(value);
    case 'html':
      return text(value).replace(/[<>&'"]/g, (char) => HTML[char] ?? char);
    case 'uri':
      return encodeURIComponent(text(value)).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
    case 'urid':
      return decodeUri(text(value));
    case 'csv':
      return row(value, 'csv', (cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
    case 'tsv':
      return row(value, 'tsv', (cell) => cell.replace(/[\t\r\n\\]/g, (char) => TSV[char] ?? char)).join('\t');
    case 'sh':
      return (isArray(value) ? value : [value]).map(quoteForShell).join(' ');
    case 'base64':
      return Buffer.from(text(value)).toString('base64');
    case 'base64d':
      return decodeBase64(text(value));
    case 'base32':
      return toBase32(Buffer.from(text(value)));
    case 'base32d':
      return fromBase32(text(value)).toString();
    default:
      throw new JqError(`format not defined: @${name}`);
  }
}

const text = (value: Json): string => formatAs('text', value);
const HTML: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&apos;', '"': '&quot;' };
const TSV: Readonly<Record<string, string>> = { '\t': '\\t', '\r': '\\r', '\n': '\\n', '\\': '\\\\' };

/** With sorted keys, and numbers that JSON cannot hold as the nearest that it can. */
function toJson(value: Json): string {
  return JSON.stringify(plain(value));
}

function plain(value: Json): Json {
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return null;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  }
  if (isArray(value)) return value.map(plain);
  return isObject(value) ? sortedObject(value) : value;
}

function sortedObject(value: JsonObject): JsonObject {
  const result: { [key: string]: Json | undefined } = {};
  for (const key of keysOf(value)) define(result, key, plain(value[key] ?? null));
  return result;
}

function row(value: Json, format: string, show: (cell: string) => string): readonly string[] {
  if (!isArray(value)) throw new JqError(`@${format} cannot be applied to: ${typeOf(value)}`);
  return value.map((cell) => {
    if (typeof cell === 'object' && cell !== null)
      throw new JqError(`@${format} cannot format an array including: ${typeOf(cell)}`);
    if (cell === null) return '';
    if (typeof cell === 'string') return show(cell).replaceAll('\0', '\\0');
    return typeof cell === 'number' && Number.isNaN(cell) ? '' : toJson(cell);
  });
}

function quoteForShell(value: Json): string {
  if (typeof value === 'object' && value !== null) throw new JqError(`@sh cannot format an array including: ${typeOf(value)}`);
  return typeof value === 'string' ? `'${value.replaceAll("'", "'\\''").replaceAll('\0', '\\0')}'` : toJson(value);
}

function decodeUri(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new JqError('@urid cannot be applied to: string that is no URI');
  }
}

function decodeBase64(value: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.replaceAll('=', '').length % 4 === 1)
    throw new JqError('@base64d cannot be applied to: string that is not in base64');
  return Buffer.from(value, 'base64').toString();
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
  return digits.padEnd(Math.ceil(digits.length / 8) * 8, '=');
}

function fromBase32(value: string): Buffer {
  const digits = value.replace(/=+$/, '');
  if (!/^[A-Z2-7]*$/.test(digits)) throw new JqError('@base32d cannot be applied to: string that is not in base32');
  const bits = [...digits].map((digit) => BASE32.indexOf(digit).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
}
