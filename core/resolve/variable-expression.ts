import { err, ok, type Result } from '../result.ts';

/**
 * Variable expressions in text, with the grammar of Flux' postBuild substitution (fluxcd/pkg/envsubst, a fork of drone/envsubst):
 *
 *   text     any text; `$$` is one dollar sign, a `$` before anything but `{` is itself
 *   ${name}  ${#name}  ${name^} ${name^^} ${name,} ${name,,}
 *   ${name:position} ${name:position:length}
 *   ${name#pattern} ${name##pattern} ${name%pattern} ${name%%pattern}
 *   ${name/from/to} ${name//from/to} ${name/#from/to} ${name/%from/to}     `\/` and `\\` and `$$` are escapes in from and to
 *   ${name=default} ${name:=default} ${name:-default} (and :? and :+, which upstream treats alike)
 *
 * name: letters, digits and `_`. Arguments may be, and a default may contain, further expressions. Nothing else is accepted:
 * `${name-default}` is a fault, as it is upstream.
 */
export type ExpressionNode = string | Expression;

export interface Expression {
  readonly variable: string;
  /** `^^`, `:`, `//`, …; empty for a bare variable. */
  readonly operator: string;
  readonly args: readonly ExpressionNode[];
}

/** What is wrong with an expression; never quotes the text around it. */
export type ExpressionFault = string;

const MAX_DEPTH = 50;
const NAME = /[\p{L}\p{Nd}_]+/uy;

class Fault extends Error {}

/** Parses a text into plain pieces and expressions. */
export function parseExpressions(text: string): Result<ExpressionNode[], ExpressionFault> {
  const reader = new Reader(text);
  const nodes: ExpressionNode[] = [];
  try {
    while (!reader.atEnd()) {
      if (reader.take('${')) nodes.push(readExpression(reader, 0));
      else nodes.push(reader.text(() => true, { dollars: true, slashes: false }));
    }
  } catch (fault) {
    if (fault instanceof Fault) return err(fault.message);
    throw fault;
  }
  return ok(nodes);
}

/** Reads behind `${`, up to and including `}`. */
function readExpression(reader: Reader, depth: number): Expression {
  if (depth > MAX_DEPTH) throw new Fault(`variable expressions nest more than ${MAX_DEPTH} deep`);
  if (reader.take('#')) {
    const variable = reader.match(NAME) ?? fail('a variable name is missing behind ${#');
    return closed(reader, { variable, operator: '#', args: [] });
  }
  const variable = reader.match(NAME) ?? fail('a variable name is missing behind ${');
  const operator = reader.match(/:[=\-?+]|=|:|[,^]{1,2}|\/[/#%]?|##?|%%?/y) ?? '';
  const arg = (accepts: (letter: string) => boolean, slashes = false) => readArgument(reader, { accepts, slashes, depth });
  switch (operator) {
    case '':
    case ',':
    case ',,':
    case '^':
    case '^^':
    case ',^':
    case '^,':
      return closed(reader, { variable, operator, args: [] });
    case ':':
      return readCut(reader, variable, arg);
    case '#':
    case '##':
    case '%':
    case '%%':
      return closed(reader, { variable, operator, args: [arg(notClosing)] });
    case '/':
    case '//':
    case '/#':
    case '/%':
      return readReplacement(reader, { variable, operator }, arg);
    default: {
      const args: ExpressionNode[] = [];
      while (reader.peek() !== '}') args.push(arg(notClosing));
      return closed(reader, { variable, operator, args });
    }
  }
}

type ReadArgument = (accepts: (letter: string) => boolean, slashes?: boolean) => ExpressionNode;

function readCut(reader: Reader, variable: string, arg: ReadArgument): Expression {
  // Upstream steps back by the width of the character behind the colon, and so loses its place before anything but ASCII.
  if (reader.peek() > '\u007f') throw new Fault(`the position in an expression of ${variable} is not a number`);
  const position = arg((letter) => letter !== ':' && letter !== '}');
  if (reader.match(/:+/y) === undefined) return closed(reader, { variable, operator: ':', args: [position] });
  return closed(reader, { variable, operator: ':', args: [position, arg(notClosing)] });
}

function readReplacement(
  reader: Reader,
  head: { readonly variable: string; readonly operator: string },
  arg: ReadArgument,
): Expression {
  const from = arg((letter) => letter !== '/', true);
  if (reader.match(/\/+/y) === undefined) fail(`an expression of ${head.variable} lacks the second /`);
  if (reader.peek() === '}') return closed(reader, { ...head, args: [from] });
  return closed(reader, { ...head, args: [from, arg(notClosing, true)] });
}

/** An argument: a text of at least one character, or one expression. */
function readArgument(
  reader: Reader,
  { accepts, slashes, depth }: { accepts: (letter: string) => boolean; slashes: boolean; depth: number },
): ExpressionNode {
  if (reader.take('${')) return readExpression(reader, depth + 1);
  const text = reader.text(accepts, { dollars: slashes, slashes });
  return reader.moved ? text : fail('an argument is missing in a variable expression');
}

function closed(reader: Reader, expression: Expression): Expression {
  if (!reader.take('}')) fail(`the expression of ${expression.variable} is not closed with } where it should end`);
  return expression;
}

function notClosing(letter: string): boolean {
  return letter !== '}';
}

function fail(message: string): never {
  throw new Fault(message);
}

/** A place in a text. */
class Reader {
  /** Whether the last `text` went forward. */
  moved = false;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.#text.charAt(this.#at);
  }

  take(expected: string): boolean {
    const found = this.#text.startsWith(expected, this.#at);
    if (found) this.#at += expected.length;
    return found;
  }

  /** Matches a sticky expression here. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** The text up to the next expression, the end, or a character that is not accepted. Escapes lose their first character. */
  text(accepts: (letter: string) => boolean, escapes: { readonly dollars: boolean; readonly slashes: boolean }): string {
    const start = this.#at;
    const pieces: string[] = [];
    let from = start;
    for (; this.#at < this.#text.length; this.#at++) {
      const letter = this.#text.charAt(this.#at);
      const next = this.#text.charAt(this.#at + 1);
      if (letter === '$' && next === '{') break;
      const isEscape =
        (escapes.dollars && letter === '$' && next === '$') ||
        (escapes.slashes && letter === '\\' && (next === '/' || next === '\\'));
      if (isEscape) {
        pieces.push(this.#text.slice(from, this.#at));
        from = ++this.#at;
      } else if (!accepts(letter)) break;
    }
    pieces.push(this.#text.slice(from, this.#at));
    this.moved = this.#at > start;
    return pieces.join('');
  }
}
