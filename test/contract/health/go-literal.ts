import type { Json } from '../../../core/objects/object.ts';

/**
 * Reads a Go composite literal as JSON: `T{k: v}` with names or texts as keys is an object, `[]T{v}` an array, `T(v)` and `&v` are v, any other
 * name is itself as a text (`status.CurrentStatus`). Enough for upstream's tables of cases.
 */
export function readGoLiteral(source: string, at: number): { readonly value: Json; readonly end: number } {
  const reader = { source, at };
  const value = readValue(reader);
  return { value, end: reader.at };
}

/** All elements of the table that begins at the first `{` behind a marker. */
export function readGoTable(source: string, marker: string): readonly { readonly [key: string]: Json | undefined }[] {
  const start = source.indexOf(marker);
  if (start === -1) throw new Error(`upstream has no ${marker} any more`);
  const open = source.indexOf('}{', start) + 1;
  // A table of structures.
  return readGoLiteral(`[]T${source.slice(open)}`, 0).value as unknown as readonly { readonly [key: string]: Json | undefined }[];
}

interface Reader {
  readonly source: string;
  at: number;
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  const sticky = new RegExp(pattern.source, 'y');
  skipSpace(reader);
  sticky.lastIndex = reader.at;
  const found = sticky.exec(reader.source) ?? undefined;
  if (found !== undefined) reader.at = sticky.lastIndex;
  return found;
}

function skipSpace(reader: Reader): void {
  const space = /(?:\s+|\/\/[^\n]*)*/y;
  space.lastIndex = reader.at;
  space.exec(reader.source);
  reader.at = space.lastIndex;
}

function readValue(reader: Reader): Json {
  const text = take(reader, /"(?:\\.|[^"\\])*"/);
  if (text !== undefined) return JSON.parse(text[0]) as string; // Go's escapes that occur are JSON's.
  const raw = take(reader, /`([^`]*)`/);
  if (raw !== undefined) return raw[1] ?? '';
  const number = take(reader, /-?\d[\d_]*(?:\.\d+)?/);
  if (number !== undefined) return Number(number[0].replaceAll('_', ''));
  if (take(reader, /&/) !== undefined) return readValue(reader);
  const list = take(reader, /\[\](?:map\[string\])?[\w.{}]*?(?=\{)/);
  if (list !== undefined || isAt(reader, '{')) return readBody(reader, list !== undefined);
  const name = take(reader, /(?:map\[string\])?[\w.]+/);
  if (name === undefined) throw new Error(`not understood: ${reader.source.slice(reader.at, reader.at + 60)}`);
  if (isAt(reader, '{')) return readBody(reader, false);
  if (take(reader, /\(/) !== undefined) {
    const inner: Json[] = [];
    while (take(reader, /\)/) === undefined) {
      inner.push(readValue(reader));
      take(reader, /,/);
    }
    return inner.length === 1 ? (inner[0] ?? null) : inner;
  }
  if (name[0] === 'true' || name[0] === 'false') return name[0] === 'true';
  return name[0] === 'nil' ? null : name[0];
}

function isAt(reader: Reader, sign: string): boolean {
  skipSpace(reader);
  return reader.source[reader.at] === sign;
}

function readBody(reader: Reader, isList: boolean): Json {
  take(reader, /\{/);
  const items: Json[] = [];
  const entries: [string, Json][] = [];
  while (take(reader, /\}/) === undefined) {
    const first = readValue(reader);
    if (take(reader, /:/) !== undefined) entries.push([String(first), readValue(reader)]);
    else items.push(first);
    take(reader, /,/);
  }
  return isList || items.length > 0 ? items : Object.fromEntries(entries);
}
