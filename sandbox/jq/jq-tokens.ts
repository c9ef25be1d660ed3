/**
 * A jq program as tokens. Strings are read with what is interpolated in them, which is a program again:
 *
 *   "a\(.b)c" → { kind: 'string', parts: ['a', [tokens of .b], 'c'] }
 */
import { ScriptError } from '../messages.ts';

export interface Token {
  readonly kind: 'number' | 'string' | 'field' | 'variable' | 'format' | 'name' | 'sign' | 'end';
  /** The sign, or the name without its `.`, `$` or `@`. */
  readonly text: string;
  /** Of strings. */
  readonly parts?: readonly (string | readonly Token[])[];
}

const SPACE = /(?:[ \t\r\n]+|#(?:\\\r?\n|\\[^\n]|[^\n\\])*)+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const FIELD = /\.([A-Za-z_]\w*)/y;
const VARIABLE = /\$((?:\w+::)*[A-Za-z_]\w*)/y;
const FORMAT = /@([A-Za-z0-9_]+)/y;
const NAME = /(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*/y;
const SIGN = /\?\/\/|\/\/=|\.\.|\/\/|\|=|[-+*/%=!<>]=|[-+*/%=<>|,.()[\]{}:;?$]/y;

const MAX_NESTING = 100;

/** Splits a program; the last token is `end`. Throws ScriptError. */
export function readTokens(text: string): readonly Token[] {
  const reader = { text, at: 0 };
  const tokens = readUntil(reader, '', 0);
  return tokens;
}

interface Reader {
  readonly text: string;
  at: number;
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text) ?? undefined;
  if (found !== undefined) reader.at = pattern.lastIndex;
  return found;
}

/** Reads up to the end of the text, or up to the `)` that closes an interpolation. */
function readUntil(reader: Reader, close: '' | ')', nesting: number): readonly Token[] {
  if (nesting > MAX_NESTING) throw new ScriptError('script.syntax', 'the program is nested too deeply');
  const tokens: Token[] = [];
  let open = 0;
  for (;;) {
    take(reader, SPACE);
    if (reader.at >= reader.text.length) {
      if (close !== '') throw new ScriptError('script.syntax', 'a string is not closed');
      tokens.push({ kind: 'end', text: '' });
      return tokens;
    }
    const token = readToken(reader, nesting);
    if (token.kind === 'sign' && token.text === '(') open += 1;
    if (token.kind === 'sign' && token.text === ')') {
      if (open === 0 && close === ')') {
        tokens.push({ kind: 'end', text: '' });
        return tokens;
      }
      open -= 1;
    }
    tokens.push(token);
  }
}

function readToken(reader: Reader, nesting: number): Token {
  if (reader.text[reader.at] === '"') return { kind: 'string', text: '', parts: readString(reader, nesting) };
  const number = take(reader, NUMBER);
  if (number !== undefined) return { kind: 'number', text: number[0] };
  for (const [kind, pattern] of [
    ['field', FIELD],
    ['variable', VARIABLE],
    ['format', FORMAT],
  ] as const) {
    const found = take(reader, pattern);
    if (found !== undefined) return { kind, text: found[1] ?? '' };
  }
  const name = take(reader, NAME);
  if (name !== undefined) return { kind: 'name', text: name[0] };
  const sign = take(reader, SIGN);
  if (sign !== undefined) return { kind: 'sign', text: sign[0] };
  throw new ScriptError('script.syntax', `unexpected character ${JSON.stringify(reader.text[reader.at])} at ${reader.at}`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/', '\\': '\\', '"': '"' };

function readString(reader: Reader, nesting: number): readonly (string | readonly Token[])[] {
  const parts: (string | readonly Token[])[] = [];
  let text = '';
  reader.at += 1;
  for (;;) {
    const char = reader.text[reader.at];
    if (char === undefined) throw new ScriptError('script.syntax', 'a string is not closed');
    reader.at += 1;
    if (char === '"') {
      parts.push(text);
      return parts;
    }
    if (char !== '\\') {
      text += char;
      continue;
    }
    const letter = reader.text[reader.at] ?? '';
    reader.at += 1;
    if (letter === '(') {
      parts.push(text, readUntil(reader, ')', nesting + 1));
      text = '';
    } else if (letter === 'u') {
      const digits = reader.text.slice(reader.at, reader.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new ScriptError('script.syntax', 'an escape in a string is not valid');
      reader.at += 4;
      text += String.fromCharCode(Number.parseInt(digits, 16));
    } else {
      const plain = ESCAPES[letter];
      if (plain === undefined) throw new ScriptError('script.syntax', 'an escape in a string is not valid');
      text += plain;
    }
  }
}
