import { isJsonObject } from '../objects/json-object.ts';
import type { Json } from '../objects/object.ts';
import { err, ok, type Result } from '../result.ts';
import { type Expression, parseExpression, type TemplateValue } from './go-expression.ts';

/**
 * The part of Go's templates that texts of notifications need:
 *
 *   {{.app.metadata.name}}   fields; one that is not there is the empty text
 *   {{if x}} … {{else if y}} … {{else}} … {{end}}      {{with x}} … {{end}}
 *   {{range x}} … {{end}}    {{range $i, $item := x}} … {{end}}      {{$name := x}}
 *   {{f a b}}  {{a | f}}     functions and pipes, see go-functions.ts      {{- x -}}  {{/* comment *\/}}
 *
 * It is parsed once; carrying it out is bounded in steps and in the length of the text, whatever a template says (threat S20).
 */
type Node =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'value'; readonly value: Expression }
  | { readonly is: 'set'; readonly name: string; readonly value: Expression }
  | { readonly is: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
  | { readonly is: 'with'; readonly value: Expression; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | Range;
interface Branch {
  readonly when: Expression;
  readonly body: readonly Node[];
}
interface Range {
  readonly is: 'range';
  readonly names: readonly string[];
  readonly value: Expression;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** A template that was understood. */
export interface GoTemplate {
  readonly nodes: readonly Node[];
}

const MAX_TEMPLATE = 50_000;
const MAX_STEPS = 20_000;
const MAX_OUTPUT = 100_000;
const MAX_NESTING = 20;

/** Parses a template; the error says what is not understood. */
export function parseTemplate(text: string): Result<GoTemplate, string> {
  if (text.length > MAX_TEMPLATE) return err(`is longer than ${MAX_TEMPLATE} characters`);
  const pieces = cut(text);
  if (!pieces.ok) return pieces;
  const reader = { pieces: pieces.value, at: 0 };
  try {
    const nodes = readNodes(reader, 0);
    const left = reader.pieces[reader.at];
    return left === undefined ? ok({ nodes }) : err(`has an unexpected {{${left.text}}}`);
  } catch (error) {
    if (error instanceof NotUnderstood) return err(error.message);
    throw error;
  }
}

/** Thrown inside this file only, to leave the recursive descent. */
class NotUnderstood extends Error {}

interface Piece {
  readonly is: 'text' | 'action';
  readonly text: string;
}
interface Reader {
  readonly pieces: readonly Piece[];
  at: number;
}

/** Texts and actions in turn; `{{-` and `-}}` take the white space beside them away. */
function cut(text: string): Result<Piece[], string> {
  const pieces: Piece[] = [];
  let rest = text;
  let trims = false;
  for (;;) {
    const open = rest.indexOf('{{');
    const before = open === -1 ? rest : rest.slice(0, open);
    const trimsBefore = open !== -1 && /^\{\{-\s/.test(rest.slice(open));
    const plain = trims ? before.replace(/^\s+/, '') : before;
    pieces.push({ is: 'text', text: trimsBefore ? plain.replace(/\s+$/, '') : plain });
    if (open === -1) return ok(pieces.filter((piece) => piece.is === 'action' || piece.text !== ''));
    const end = endOfAction(rest, open + 2);
    if (end === -1) return err('has a {{ without its }}');
    let action = rest.slice(open + 2, end);
    trims = /\s-$/.test(action);
    if (trims) action = action.slice(0, -1);
    if (trimsBefore) action = action.slice(1);
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(action)) pieces.push({ is: 'action', text: action.trim() });
    rest = rest.slice(end + 2);
  }
}

/** Where the action's `}}` stands; those inside quotes do not count. */
function endOfAction(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote !== '`') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') quote = char;
    else if (char === '}' && text[at + 1] === '}') return at;
  }
  return -1;
}

function readNodes(reader: Reader, depth: number): Node[] {
  if (depth > MAX_NESTING) throw new NotUnderstood('is nested too deeply');
  const nodes: Node[] = [];
  for (let piece = reader.pieces[reader.at]; piece !== undefined; piece = reader.pieces[reader.at]) {
    if (piece.is === 'text') nodes.push({ is: 'text', text: piece.text });
    else if (/^(end|else)\b/.test(piece.text)) {
      return nodes;
    } else {
      const node = readAction(piece.text, reader, depth);
      nodes.push(node);
    }
    reader.at++;
  }
  if (depth > 0) throw new NotUnderstood('lacks an {{end}}');
  return nodes;
}

function readAction(text: string, reader: Reader, depth: number): Node {
  const word = /^[a-z]+\b/.exec(text)?.[0] ?? '';
  if (word === 'if' || word === 'with' || word === 'range') return readBlock(word, text.slice(word.length).trim(), reader, depth);
  if (['define', 'template', 'block', 'break', 'continue'].includes(word))
    throw new NotUnderstood(`uses {{${word}}}, which is not supported`);
  const set = /^\$(\w+)\s*:?=\s*([\s\S]+)$/.exec(text);
  if (set !== null) return { is: 'set', name: set[1] ?? '', value: expression(set[2] ?? '') };
  return { is: 'value', value: expression(text) };
}

function readBlock(word: 'if' | 'with' | 'range', head: string, reader: Reader, depth: number): Node {
  const branches: { readonly head: string; readonly body: readonly Node[] }[] = [];
  let otherwise: readonly Node[] = [];
  for (let at = head; ; ) {
    reader.at++;
    const body = readNodes(reader, depth + 1);
    branches.push({ head: at, body });
    const end = reader.pieces[reader.at]?.text ?? '';
    const more = /^else\s+if\s+([\s\S]+)$/.exec(end);
    if (more !== null && word === 'if') {
      at = more[1] ?? '';
      continue;
    }
    if (end === 'else') {
      reader.at++;
      otherwise = readNodes(reader, depth + 1);
      if (reader.pieces[reader.at]?.text !== 'end') throw new NotUnderstood('has an {{else}} too many');
    } else if (end !== 'end') throw new NotUnderstood(`has an unexpected {{${end.slice(0, 40)}}}`);
    break;
  }
  const [first] = branches;
  if (word === 'if')
    return { is: 'if', branches: branches.map(({ head: when, body }) => ({ when: expression(when), body })), otherwise };
  const named = /^((?:\$\w+\s*,\s*)?\$\w+)\s*:=\s*([\s\S]+)$/.exec(head);
  const body = first?.body ?? [];
  if (word === 'with' && named === null) return { is: 'with', value: expression(head), body, otherwise };
  if (word === 'with') throw new NotUnderstood('names a variable in {{with}}, which is not supported');
  const names = (named?.[1] ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().slice(1)]));
  return { is: 'range', names, value: expression(named?.[2] ?? head), body, otherwise };
}

function expression(text: string): Expression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new NotUnderstood(parsed.error);
  return parsed.value;
}

interface Run {
  steps: number;
  output: string;
  /** How a value is put into the text. */
  readonly show: (value: TemplateValue) => string;
  readonly root: Json;
  readonly variables: Map<string, TemplateValue>;
}

/** Carries a template out over data. `inserted` makes of every value what stands for it; the template's own text stays. */
export function renderTemplate(
  template: GoTemplate,
  data: Json,
  inserted: (text: string) => string = (text) => text,
): Result<string, string> {
  const show = (value: TemplateValue) => inserted(textOf(value));
  const run: Run = { steps: 0, output: '', show, root: data, variables: new Map() };
  try {
    renderNodes(template.nodes, data, run);
    return ok(run.output);
  } catch (error) {
    if (error instanceof NotUnderstood) return err(error.message);
    throw error;
  }
}

function renderNodes(nodes: readonly Node[], dot: TemplateValue, run: Run): void {
  for (const node of nodes) {
    if (++run.steps > MAX_STEPS) throw new NotUnderstood('takes too many steps');
    renderNode(node, dot, run);
    if (run.output.length > MAX_OUTPUT) throw new NotUnderstood('gives too long a text');
  }
}

function renderNode(node: Node, dot: TemplateValue, run: Run): void {
  const evaluate = (value: Expression) => value({ dot, root: run.root, variables: run.variables });
  switch (node.is) {
    case 'text':
      run.output += node.text;
      return;
    case 'value':
      run.output += run.show(evaluate(node.value));
      return;
    case 'set':
      run.variables.set(node.name, evaluate(node.value));
      return;
    case 'if': {
      const branch = node.branches.find(({ when }) => isTrue(evaluate(when)));
      renderNodes(branch === undefined ? node.otherwise : branch.body, dot, run);
      return;
    }
    case 'with': {
      const value = evaluate(node.value);
      if (isTrue(value)) renderNodes(node.body, value, run);
      else renderNodes(node.otherwise, dot, run);
      return;
    }
    case 'range':
      renderRange(node, evaluate(node.value), dot, run);
  }
}

function renderRange(node: Range, value: TemplateValue, dot: TemplateValue, run: Run): void {
  const items: readonly (readonly [TemplateValue, TemplateValue])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [index, item])
    : value !== undefined && isJsonObject(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : [];
  if (items.length === 0) renderNodes(node.otherwise, dot, run);
  const [first, second] = node.names;
  for (const [key, item] of items) {
    if (second !== undefined && first !== undefined) run.variables.set(first, key).set(second, item);
    else if (first !== undefined) run.variables.set(first, item);
    renderNodes(node.body, item, run);
  }
}

/** As Go sees truth: neither zero, nor empty, nor absent. */
export function isTrue(value: TemplateValue): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) ? Object.keys(value).length > 0 : true;
}

/** How a value stands in the text. */
function textOf(value: TemplateValue): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
