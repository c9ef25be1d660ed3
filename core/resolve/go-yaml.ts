import type { Json, JsonObject } from '../objects/object.ts';
import { compareNatural } from './natural-order.ts';
import { isBreak, isPrintable, styleOf } from './scalar-style.ts';

/**
 * Writes YAML byte for byte as sigs.k8s.io/yaml does (Go's yaml.v2 under it), because Flux puts values into *that* text: whether `${port}` becomes
 * a number or stays text depends on whether it stood in quotes there, which is the writer's choice and not the author's.
 *
 *   maps     keys in natural order (`a2` before `a10`), two spaces; lists of a map are not indented, lists in lists are
 *   text     plain where it reads back as text; several lines as a literal block; what looks like something else in double quotes; what
 *            plain text may not contain in single quotes; what is not printable (a tab is not) in double quotes
 *   folding  at the first single space behind column 80, continued two spaces deeper, except in keys
 *
 * Rules: https://github.com/yaml/go-yaml/blob/v2.4.0/emitterc.go, encode.go, sorter.go
 */
export function goYaml(value: Json): string {
  const writer = new Writer();
  writeNode(writer, value, { indent: 0, inMap: false });
  writer.newLine();
  return writer.text();
}

/** One scalar on one line; a text of several lines as a literal block where there is an indent for it. Nothing is folded. */
export function goYamlScalar(value: string | number | boolean | null, blockIndent?: number): string {
  const writer = new Writer();
  const letters = typeof value === 'string' && blockIndent !== undefined ? [...value] : undefined;
  if (typeof value === 'string' && letters !== undefined && styleOf(value, letters, false) === 'literal')
    writeLiteral(writer, letters, blockIndent ?? 0);
  else writeScalar(writer, value, 0, { isKey: true });
  return writer.text();
}

const BEST_WIDTH = 80;
/** Longer keys stand behind a `?`. */
const MAX_SIMPLE_KEY_BYTES = 128;

/** Text that grows, and knows its column. */
class Writer {
  column = 0;
  #lineIsOver = false;
  readonly #pieces: string[] = [];

  put(text: string): void {
    this.#pieces.push(text);
    this.#lineIsOver = false;
    for (const _ of text) this.column++;
  }

  /** Goes to a new line, unless a literal block has just ended its own. */
  newLine(): void {
    if (!this.#lineIsOver) this.lineBreak();
  }

  /** The line break of a literal block: what follows it begins on its line. */
  endBlock(): void {
    this.#lineIsOver = true;
  }

  /** Ends the line; `letter` is the break that stood in the value. */
  lineBreak(letter = '\n'): void {
    this.#pieces.push(letter);
    this.column = 0;
  }

  indentTo(column: number): void {
    if (column > 0) this.put(' '.repeat(column));
  }

  text(): string {
    return this.#pieces.join('');
  }
}

/** Where a value stands: the indent of the map or list around it, and whether its line has begun with a key. */
interface Place {
  readonly indent: number;
  readonly inMap: boolean;
}

/** Writes a value behind `key:`, behind `-`, or at the top. */
function writeNode(writer: Writer, value: Json, place: Place): void {
  if (isList(value) && value.length > 0) writeList(writer, value, place);
  else if (isMap(value) && keysOf(value).length > 0) writeMap(writer, value, place);
  else {
    if (writer.column > 0) writer.put(' ');
    if (isList(value)) writer.put('[]');
    else if (isMap(value)) writer.put('{}');
    else writeScalar(writer, value, place.indent + 2, { isKey: false });
  }
}

function writeMap(writer: Writer, map: JsonObject, { indent, inMap }: Place): void {
  keysOf(map).forEach((key, i) => {
    startItem(writer, indent, i > 0 || inMap);
    const isSimple = ![...key].some(isBreak) && byteLength(key) <= MAX_SIMPLE_KEY_BYTES;
    if (isSimple) writeScalar(writer, key, indent + 2, { isKey: true });
    else {
      writer.put('? ');
      writeScalar(writer, key, indent + 2, { isKey: false });
      writer.newLine();
      writer.indentTo(indent);
    }
    writer.put(':');
    const value = map[key] ?? null;
    // A list of a map stands at the map's own indent, a map two deeper; behind a key with `?` both begin on the line of the colon.
    const isDeeper = isMap(value) || (isList(value) && !isSimple);
    writeNode(writer, value, { indent: isDeeper ? indent + 2 : indent, inMap: isSimple });
  });
}

function writeList(writer: Writer, list: readonly Json[], { indent, inMap }: Place): void {
  list.forEach((item, i) => {
    startItem(writer, indent, i > 0 || inMap);
    writer.put('-');
    const isNested = (isList(item) && item.length > 0) || (isMap(item) && keysOf(item).length > 0);
    writeNode(writer, item, { indent: isNested ? indent + 2 : indent, inMap: false });
  });
}

/** Goes to where an item of a map or list begins: a new line, or behind the dash of the list around it. */
function startItem(writer: Writer, indent: number, newLine: boolean): void {
  if (newLine) {
    writer.newLine();
    writer.indentTo(indent);
  } else if (writer.column > 0) writer.put(' ');
}

function writeScalar(
  writer: Writer,
  value: string | number | boolean | null,
  indent: number,
  { isKey }: { readonly isKey: boolean },
): void {
  if (typeof value === 'string') writeText(writer, value, indent, { isKey });
  else writer.put(typeof value === 'number' ? goNumber(value) : String(value));
}

function writeText(writer: Writer, value: string, indent: number, { isKey }: { readonly isKey: boolean }): void {
  const letters = [...value];
  const style = styleOf(value, letters, isKey);
  const quote = style === 'single' ? "'" : '';
  if (style === 'literal') writeLiteral(writer, letters, indent);
  else if (style === 'double') writeDouble(writer, letters, { indent, folds: !isKey });
  else {
    writer.put(quote);
    writeFolded(writer, letters, { indent, folds: !isKey, quote: style === 'single' });
    writer.put(quote);
  }
}

/** Numbers as Go's strconv has them: whole ones of 64 bits in digits, others with an exponent below 1e-4 and from a million on. */
export function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 64) return JSON.stringify(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainDecimal(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** JavaScript writes an exponent below 1e-6. */
function plainDecimal(value: number): string {
  const text = String(value);
  const found = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = found;
  return `${sign}0.${'0'.repeat(Number(power) - 1)}${first}${rest}`;
}

interface Folding {
  readonly indent: number;
  readonly folds: boolean;
}

/** Plain and single-quoted text. */
function writeFolded(
  writer: Writer,
  letters: readonly string[],
  { indent, folds, quote }: Folding & { readonly quote: boolean },
): void {
  let afterSpace = false;
  let afterBreak = false;
  letters.forEach((letter, i) => {
    const next = letters[i + 1];
    if (letter === ' ') {
      const inside = !quote || (i > 0 && next !== undefined);
      if (folds && !afterSpace && writer.column > BEST_WIDTH && next !== ' ' && inside) {
        writer.lineBreak();
        writer.indentTo(indent);
      } else writer.put(letter);
      afterSpace = true;
    } else if (isBreak(letter)) {
      writer.lineBreak(letter);
      afterBreak = true;
    } else {
      if (afterBreak) writer.indentTo(indent);
      writer.put(quote && letter === "'" ? "''" : letter);
      afterSpace = false;
      afterBreak = false;
    }
  });
}

const ESCAPES = new Map([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

function writeDouble(writer: Writer, letters: readonly string[], { indent, folds }: Folding): void {
  let afterSpace = false;
  writer.put('"');
  letters.forEach((letter, i) => {
    const next = letters[i + 1];
    const isEscaped = !isPrintable(letter) || isBreak(letter) || letter === '"' || letter === '\\';
    if (isEscaped) writer.put(`\\${escaped(letter)}`);
    else if (letter === ' ' && folds && !afterSpace && writer.column > BEST_WIDTH && i > 0 && next !== undefined) {
      writer.lineBreak();
      writer.indentTo(indent);
      if (next === ' ') writer.put('\\');
    } else writer.put(letter);
    afterSpace = letter === ' ';
  });
  writer.put('"');
}

function escaped(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const short = ESCAPES.get(code);
  if (short !== undefined) return short;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `u${hex.padStart(4, '0')}` : `U${hex.padStart(8, '0')}`;
}

function writeLiteral(writer: Writer, letters: readonly string[], indent: number): void {
  const first = letters[0] ?? '';
  const hint = first === ' ' || isBreak(first) ? '2' : '';
  const [beforeLast = '', last = ''] = letters.length === 1 ? ['', letters[0]] : letters.slice(-2);
  const chomp = !isBreak(last) ? '-' : letters.length === 1 || isBreak(beforeLast) ? '+' : '';
  writer.put(`|${hint}${chomp}`);
  writer.lineBreak();
  let afterBreak = true;
  for (const letter of letters) {
    if (isBreak(letter)) writer.lineBreak(letter);
    else {
      if (afterBreak) writer.indentTo(indent);
      writer.put(letter);
    }
    afterBreak = isBreak(letter);
  }
  if (afterBreak) writer.endBlock();
}

function keysOf(map: JsonObject): string[] {
  return Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort(compareNatural);
}

function codeOf(letter: string): number {
  return letter.codePointAt(0) ?? 0;
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = codeOf(letter);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
