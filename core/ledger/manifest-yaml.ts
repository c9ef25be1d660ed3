import type { Json, JsonObject, Manifest } from '../objects/object.ts';

/**
 * Manifests as the ledger writes them: block style, two spaces, lists not indented (as kubectl prints), keys sorted, after
 * apiVersion, kind and metadata at the top. The same object gives the same bytes, so a diff shows only what changed.
 *
 * A text stands plain if and only if no reader could take it for anything else, else in double quotes as JSON (a subset of YAML's), or, when it
 * has several ordinary lines, as a literal block. YAML 1.1 (Kubernetes' own reader) and 1.2 disagree on `yes`, `0o14` or `1:30`; the
 * rule here is narrower than both, which is why this is not left to a YAML library, which writes for one of the two.
 */
const HEAD = ['apiVersion', 'kind', 'metadata'];
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./@+-]*(?:[:=][A-Za-z0-9_./@+-]+)*(?: [A-Za-z0-9_./@+,()=-]+)*$/;
/** Words that some reader takes for a boolean or nothing; numbers cannot begin with a letter. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** What may stand in a literal block: tab, printable ASCII, printable Latin and above, without separators and byte order marks. */
const BLOCK_LINE = /^(?:[\t\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\ud800-\udbff][\udc00-\udfff])*$/;
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The text of a manifest's file. Throws TypeError for what JSON cannot hold (NaN, a lone surrogate in a key). */
export function manifestYaml(manifest: Manifest): string {
  const lines: string[] = [];
  writeMap(manifest, '', lines, [
    ...HEAD.filter((key) => key in manifest),
    ...sortedKeys(manifest).filter((key) => !HEAD.includes(key)),
  ]);
  return `${lines.join('\n')}\n`;
}

function sortedKeys(object: JsonObject): string[] {
  return Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort();
}

function writeMap(object: JsonObject, indent: string, lines: string[], keys = sortedKeys(object)): void {
  for (const key of keys) writeEntry(`${indent}${quoteUnlessPlain(key)}:`, object[key] ?? null, indent, lines);
}

/** Writes `head value` where head is `key:`, the value on the same line or below it. */
function writeEntry(head: string, value: Json, indent: string, lines: string[]): void {
  if (isList(value)) {
    if (value.length === 0) lines.push(`${head} []`);
    else {
      lines.push(head);
      writeList(value, indent, lines);
    }
  } else if (typeof value === 'object' && value !== null) {
    const keys = sortedKeys(value);
    if (keys.length === 0) lines.push(`${head} {}`);
    else {
      lines.push(head);
      writeMap(value, `${indent}  `, lines, keys);
    }
  } else writeScalar(head, value, `${indent}  `, lines);
}

/** Writes the items of a list; the first line of a nested map or list stands behind its dash. */
function writeList(items: readonly Json[], indent: string, lines: string[]): void {
  for (const item of items) {
    const inner: string[] = [];
    if (isList(item) && item.length > 0) writeList(item, `${indent}  `, inner);
    else if (typeof item === 'object' && item !== null && !isList(item) && sortedKeys(item).length > 0)
      writeMap(item, `${indent}  `, inner);
    else writeEntry(`${indent}-`, item, indent, inner);
    const first = inner[0] ?? '';
    lines.push(first.startsWith(`${indent}-`) ? first : `${indent}- ${first.slice(indent.length + 2)}`);
    for (let i = 1; i < inner.length; i++) lines.push(inner[i] ?? '');
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function writeScalar(head: string, value: string | number | boolean | null, indent: string, lines: string[]): void {
  if (typeof value === 'string' && value.includes('\n') && writeBlock(head, value, indent, lines)) return;
  lines.push(
    `${head} ${typeof value === 'string' ? quoteUnlessPlain(value) : typeof value === 'number' ? numberText(value) : value}`,
  );
}

/** Writes a literal block, when the text can stand in one unharmed; gives whether it did. */
function writeBlock(head: string, text: string, indent: string, lines: string[]): boolean {
  const ending = /\n*$/.exec(text)?.[0].length ?? 0;
  const body = text.slice(0, text.length - ending).split('\n');
  // A first line that is empty or begins with a blank would be read as indentation, and a line of blanks alone is lost in some readers.
  const fits = /^[^\s]/.test(body[0] ?? '') && body.every((line) => BLOCK_LINE.test(line) && !/^[\t ]+$/.test(line));
  if (!fits) return false;
  lines.push(`${head} |${ending === 0 ? '-' : ending === 1 ? '' : '+'}`);
  for (const line of body) lines.push(line === '' ? '' : indent + line);
  for (let i = 1; i < ending; i++) lines.push('');
  return true;
}

function quoteUnlessPlain(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text).replace(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** YAML 1.1 knows an exponent only behind a decimal point. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('YAML of a manifest cannot hold NaN or Infinity');
  return JSON.stringify(value).replace(/^(-?\d+)e/, '$1.0e');
}
