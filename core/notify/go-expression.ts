import { isJsonObject } from '../objects/json-object.ts';
import type { Json } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';
import { GO_FUNCTIONS } from './go-functions.ts';

/**
 * Expressions between the braces of a template: `.a.b`, `$.a`, `$name.a`, texts, numbers, `true`, `false`, `nil`, `f x (g y)`, `x | f`. A parsed
 * expression is a function from where it stands to its value.
 */
export type TemplateValue = Json | undefined;
export interface Scope {
  readonly dot: TemplateValue;
  readonly root: Json;
  readonly variables: ReadonlyMap<string, TemplateValue>;
}
export type Expression = (scope: Scope) => TemplateValue;

type Token =
  | { readonly is: 'field'; readonly path: readonly string[] }
  | { readonly is: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly is: 'literal'; readonly value: TemplateValue }
  | { readonly is: 'word'; readonly name: string }
  | { readonly is: '(' | ')' | '|' };

const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\$\w*(?:\.\w+)*)|(\.(?:\w+(?:\.\w+)*)?)|([A-Za-z_]\w*)|([()|]))/y;
const MAX_TOKENS = 200;
const MAX_NESTING = 20;

/** Parses an expression; the error says what is not understood. */
export function parseExpression(text: string): Result<Expression, string> {
  const tokens: Token[] = [];
  const source = text.trim();
  for (let at = 0; at < source.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null || tokens.length > MAX_TOKENS) return err(`does not understand {{${source.slice(0, 60)}}}`);
    const token = tokenOf(match);
    if (token === undefined) return err(`has a text that is not well quoted: {{${source.slice(0, 60)}}}`);
    tokens.push(token);
    at = TOKEN.lastIndex;
  }
  const reader = { tokens, at: 0 };
  const parsed = readPipe(reader, 0);
  if (!parsed.ok) return parsed;
  return reader.at === tokens.length ? parsed : err(`does not understand {{${source.slice(0, 60)}}}`);
}

function tokenOf([, quoted, number, variable, field, word, sign]: RegExpExecArray): Token | undefined {
  if (quoted !== undefined) {
    if (quoted.startsWith('`')) return { is: 'literal', value: quoted.slice(1, -1) };
    try {
      return { is: 'literal', value: JSON.parse(quoted) as string }; // a quoted text, by the expression above
    } catch {
      return undefined;
    }
  }
  if (number !== undefined) return { is: 'literal', value: Number(number) };
  if (variable !== undefined) {
    const [name = '', ...path] = variable.slice(1).split('.');
    return { is: 'variable', name, path };
  }
  if (field !== undefined) return { is: 'field', path: field === '.' ? [] : field.slice(1).split('.') };
  if (word === 'true' || word === 'false') return { is: 'literal', value: word === 'true' };
  if (word === 'nil') return { is: 'literal', value: undefined };
  if (word !== undefined) return { is: 'word', name: word };
  return sign === '(' || sign === ')' || sign === '|' ? { is: sign } : undefined;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

function readPipe(reader: Reader, depth: number): Result<Expression, string> {
  let piped = readCommand(reader, { depth });
  while (piped.ok && reader.tokens[reader.at]?.is === '|') {
    reader.at++;
    piped = readCommand(reader, { depth, last: piped.value });
  }
  return piped;
}

/** A value, or a function with its arguments; a pipe brings the last one. */
function readCommand(
  reader: Reader,
  { depth, last }: { readonly depth: number; readonly last?: Expression },
): Result<Expression, string> {
  if (depth > MAX_NESTING) return err('is nested too deeply');
  const first = reader.tokens[reader.at];
  if (first?.is !== 'word')
    return last === undefined ? readOperand(reader, depth) : err('pipes into something that is no function');
  reader.at++;
  const call = Object.hasOwn(GO_FUNCTIONS, first.name) ? GO_FUNCTIONS[first.name] : undefined;
  if (call === undefined) return err(`uses the function ${first.name}, which is not supported`);
  const args: Expression[] = [];
  for (
    let next = reader.tokens[reader.at];
    next !== undefined && next.is !== ')' && next.is !== '|';
    next = reader.tokens[reader.at]
  ) {
    const arg = next.is === 'word' ? readWord(reader) : readOperand(reader, depth);
    if (!arg.ok) return arg;
    args.push(arg.value);
  }
  if (last !== undefined) args.push(last);
  return ok((scope) => call(args.map((arg) => arg(scope))));
}

/** A function without arguments among the arguments of another. */
function readWord(reader: Reader): Result<Expression, string> {
  const token = reader.tokens[reader.at];
  const name = token?.is === 'word' ? token.name : '';
  const call = Object.hasOwn(GO_FUNCTIONS, name) ? GO_FUNCTIONS[name] : undefined;
  if (call === undefined) return err(`uses the function ${name}, which is not supported`);
  reader.at++;
  return ok(() => call([]));
}

function readOperand(reader: Reader, depth: number): Result<Expression, string> {
  const token = reader.tokens[reader.at];
  reader.at++;
  switch (token?.is) {
    case 'literal':
      return ok(() => token.value);
    case 'field':
      return ok(({ dot }) => walk(dot, token.path));
    case 'variable':
      return ok(({ root, variables }) => walk(token.name === '' ? root : variables.get(token.name), token.path));
    case '(': {
      const inner = readPipe(reader, depth + 1);
      if (inner.ok && reader.tokens[reader.at]?.is !== ')') return err('has a parenthesis that is not closed');
      reader.at++;
      return inner;
    }
    default:
      return err('has an action without a value');
  }
}

/** The value at a path; undefined where it does not lead on. Only what is really there: nothing of what every object has. */
function walk(from: TemplateValue, path: readonly string[]): TemplateValue {
  let value = from;
  for (const key of path) {
    if (value === undefined || !isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
