import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { ProblemCode } from '../problem/codes.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { resolveGoScalar } from './go-scalar.ts';
import { isJsonObject } from './json-object.ts';
import type { Json } from './object.ts';

/**
 * Reads YAML (and JSON, which is YAML) that strangers wrote, with the meaning that Kubernetes' own tools give it (go-scalar.ts).
 *
 * 1. The text is cut at `---` lines, as kubectl cuts it, so that a broken document costs only itself.
 * 2. Each document is parsed into a syntax tree. No value is made yet: nothing is expanded.
 * 3. The tree is turned into plain data under a budget. Aliases share the value of their anchor, and count as what they would
 *    expand to; merges (`<<`) count what they copy; `__proto__` is refused wherever it could become a key.
 *
 * Differences from Go's yaml.v2, all refusals instead of guesses: a repeated key, `!!binary` and other tags, integers beyond 2^53.
 */
export interface YamlLimits {
  /** Length of the whole text in UTF-16 code units. */
  readonly characters: number;
  readonly documents: number;
  /** Nested maps and lists, aliases followed. */
  readonly depth: number;
  /** Values in one document after expanding aliases and merges. */
  readonly nodes: number;
  readonly aliases: number;
}

export const YAML_LIMITS: YamlLimits = { characters: 4_000_000, documents: 10_000, depth: 100, nodes: 500_000, aliases: 1000 };

/** One document: its value, and the line of the file on which it starts (1-based). */
export interface YamlDocument {
  readonly value: Json;
  readonly line: number;
}

export interface ParsedYaml {
  readonly documents: readonly YamlDocument[];
  /** One for each document that could not be read; `where` is `file:line`. */
  readonly problems: readonly Problem[];
}

/**
 * Parses all documents of a text; empty documents are left out.
 * Problems: yaml.syntax, yaml.limit, yaml.forbidden_key. Their messages never quote values.
 */
export function parseYaml(text: string, options: { readonly file: string; readonly limits?: YamlLimits }): ParsedYaml {
  const limits = options.limits ?? YAML_LIMITS;
  const at = (line: number) => ({ where: `${options.file}:${line}` });
  if (text.length > limits.characters)
    return { documents: [], problems: [problem('yaml.limit', `the file is longer than ${limits.characters} characters`, at(1))] };
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  const chunks = splitDocuments(text);
  for (const chunk of chunks.slice(0, limits.documents)) {
    for (const document of composeChunk(chunk.text, limits)) {
      const read = 'ok' in document ? document : readDocument(document, limits);
      if (read === undefined) continue;
      const line = chunk.line + countLines(chunk.text, read.offset);
      if (read.ok) documents.push({ value: read.value, line });
      else problems.push(problem(read.code, read.message, at(line)));
    }
  }
  if (chunks.length > limits.documents)
    problems.push(
      problem('yaml.limit', `the file holds more than ${limits.documents} documents`, at(chunks[limits.documents]?.line ?? 1)),
    );
  return { documents, problems };
}

interface Chunk {
  readonly text: string;
  readonly line: number;
}

/** Cuts at lines that begin with `---`; directives (`%YAML 1.2`) stay with the document that they introduce. */
function splitDocuments(source: string): Chunk[] {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  const chunks: Chunk[] = [];
  let start = 0;
  let line = 1;
  const cut = (end: number) => {
    const piece = text.slice(start, end);
    if (/^%/m.test(piece) && /^(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*$/.test(piece)) return;
    if (piece.length > 0) chunks.push({ text: piece, line });
    line += countLines(piece, piece.length);
    start = end;
  };
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) cut(match.index);
  cut(text.length);
  return chunks;
}

/** A chunk whose reading was given up before a syntax tree was made of it. */
const GIVEN_UP = {
  ok: false,
  code: 'yaml.limit',
  message: 'too many levels of nesting or pieces out of place',
  offset: 0,
} as const;
const MAX_STRAY_TOKENS = 100;

/**
 * The syntax trees of a chunk: usually one; `...` may end one and begin another.
 * The library is driven token by token, so that what nests too deeply or is mere noise is given up early: it would recurse into the
 * former and make an error object for each piece of the latter.
 */
function* composeChunk(text: string, limits: YamlLimits): Generator<Document.Parsed | typeof GIVEN_UP> {
  const parser = new Parser();
  const composer = new Composer({
    // Scalars stay text: resolveGoScalar says what they mean. Known tags would bring !!omap and !!set with their quadratic checks.
    schema: 'failsafe',
    resolveKnownTags: false,
    // Quadratic in the library; readMap does it with a Map.
    uniqueKeys: false,
    // Pretty errors quote the source, which may be a Secret.
    prettyErrors: false,
    logLevel: 'silent',
  });
  let strayTokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') strayTokens++;
      yield* composer.next(token);
    }
    // A level of nesting is one or two entries of the parser's stack.
    if (strayTokens > MAX_STRAY_TOKENS || parser.stack.length > 2 * limits.depth + 10) return yield GIVEN_UP;
  }
  for (const token of parser.end()) yield* composer.next(token);
  yield* composer.end();
}

type Read =
  | { readonly ok: true; readonly value: Json; readonly offset: number }
  | { readonly ok: false; readonly code: ProblemCode; readonly message: string; readonly offset: number };

/** Undefined for a document without content. */
function readDocument(document: Document.Parsed, limits: YamlLimits): Read | undefined {
  const [error] = document.errors;
  if (error !== undefined) return { ok: false, code: 'yaml.syntax', message: error.message, offset: error.pos[0] };
  if (document.contents === null) return undefined;
  const offset = document.contents.range[0];
  try {
    const { value } = readNode(document.contents, { limits, anchors: new Map(), nodes: 0, aliases: 0 }, 0);
    return value === null ? undefined : { ok: true, value, offset };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { ok: false, code: refusal.code, message: refusal.message, offset: refusal.offset ?? offset };
  }
}

/** Leaves the recursion; never leaves this file. */
class Refusal extends Error {
  readonly code: ProblemCode;
  readonly offset: number | undefined;
  constructor(code: ProblemCode, message: string, node: unknown) {
    super(message);
    this.code = code;
    this.offset = offsetOf(node);
  }
}

/** A value with what it costs: all the values in it, and how deep they nest. */
interface Costed {
  readonly value: Json;
  readonly nodes: number;
  readonly height: number;
}

interface Budget {
  readonly limits: YamlLimits;
  /** undefined while the anchored value is being read: an alias to it would be a cycle. */
  readonly anchors: Map<string, Costed | undefined>;
  nodes: number;
  aliases: number;
}

function readNode(node: unknown, budget: Budget, depth: number): Costed {
  if (depth > budget.limits.depth) throw new Refusal('yaml.limit', `more than ${budget.limits.depth} levels of nesting`, node);
  if (isAlias(node)) return readAlias(node, budget, depth);
  spend(budget, 1, node);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { value: null, nodes: 1, height: 0 };
  if (node.anchor !== undefined) budget.anchors.set(node.anchor, undefined);
  const read = isScalar(node) ? readScalar(node) : isMap(node) ? readMap(node, budget, depth) : readSeq(node, budget, depth);
  if (node.anchor !== undefined) budget.anchors.set(node.anchor, read);
  return read;
}

function spend(budget: Budget, nodes: number, node: unknown): void {
  budget.nodes += nodes;
  if (budget.nodes > budget.limits.nodes)
    throw new Refusal('yaml.limit', `more than ${budget.limits.nodes} values, aliases and merges expanded`, node);
}

function readAlias(node: Alias, budget: Budget, depth: number): Costed {
  budget.aliases++;
  if (budget.aliases > budget.limits.aliases) throw new Refusal('yaml.limit', `more than ${budget.limits.aliases} aliases`, node);
  if (!budget.anchors.has(node.source)) throw new Refusal('yaml.syntax', 'an alias without an anchor before it', node);
  const target = budget.anchors.get(node.source);
  if (target === undefined) throw new Refusal('yaml.syntax', 'an alias to a value that contains it', node);
  if (depth + target.height > budget.limits.depth)
    throw new Refusal('yaml.limit', `more than ${budget.limits.depth} levels of nesting`, node);
  spend(budget, target.nodes, node);
  return target;
}

function readScalar(node: Scalar): Costed {
  const text = String(node.value);
  const isPlain = node.type === 'PLAIN' || node.type === undefined;
  if (node.tag !== undefined && !/^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null))$/.test(node.tag))
    throw new Refusal('yaml.syntax', 'a tag that has no meaning in Kubernetes', node);
  const isText = node.tag === '!' || node.tag === 'tag:yaml.org,2002:str' || (node.tag === undefined && !isPlain);
  return { value: isText ? text : scalarValue(text, node), nodes: 1, height: 0 };
}

function scalarValue(text: string, node: Scalar): Json {
  const scalar = resolveGoScalar(text);
  if (scalar.kind === 'not_json') throw new Refusal('yaml.syntax', 'a number that JSON cannot hold', node);
  if (scalar.kind === 'not_exact')
    throw new Refusal('yaml.limit', 'an integer beyond 2^53, which would lose digits: put it in quotes', node);
  return scalar.value;
}

function readSeq(node: { readonly items: readonly unknown[]; readonly tag?: string }, budget: Budget, depth: number): Costed {
  assertPlainTag(node, 'seq');
  const items: Json[] = [];
  let nodes = 1;
  let height = 0;
  for (const item of node.items) {
    const read = readNode(item, budget, depth + 1);
    items.push(read.value);
    nodes += read.nodes;
    height = Math.max(height, read.height + 1);
  }
  return { value: items, nodes, height };
}

function readMap(node: YAMLMap, budget: Budget, depth: number): Costed {
  assertPlainTag(node, 'map');
  const own = new Map<string, Json>();
  const merged = new Map<string, Json>();
  let nodes = 1;
  let height = 0;
  for (const { key: keyNode, value: valueNode } of node.items) {
    const key = readKey(keyNode, budget, depth);
    if (key === '__proto__') throw new Refusal('yaml.forbidden_key', 'the key __proto__', keyNode);
    if (own.has(key)) throw new Refusal('yaml.syntax', `the key ${clip(key)} stands twice in one map`, keyNode);
    const read = readNode(valueNode, budget, depth + 1);
    nodes += read.nodes;
    height = Math.max(height, read.height + 1);
    if (isMergeKey(keyNode)) mergeInto(merged, read.value, { budget, node: keyNode });
    else own.set(key, read.value);
  }
  const value = Object.fromEntries(merged.size === 0 ? own : [...merged, ...own]);
  return { value, nodes, height };
}

/** Keys become text as Kubernetes' tools make them: `on: x` is `{"true": "x"}`. */
function readKey(node: unknown, budget: Budget, depth: number): string {
  const { value } = readNode(node, budget, depth + 1);
  if (value === null || typeof value === 'object') throw new Refusal('yaml.syntax', 'a key that is not text', node);
  // Go writes such floats with an exponent (`1e+07`), JavaScript does not; nobody means either.
  if (typeof value === 'number' && isFloatNode(node) && (Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-4)))
    throw new Refusal('yaml.syntax', 'a key that is a very large or small number: put it in quotes', node);
  return String(value);
}

function isFloatNode(node: unknown): boolean {
  return isScalar(node) && /^[-+]?[0-9_]*[.eE]/.test(String(node.value));
}

function isMergeKey(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && node.tag === undefined;
}

/** Earlier maps win over later ones of the same merge, and the map's own keys over all of them (YAML merge key draft). */
function mergeInto(merged: Map<string, Json>, value: Json, at: { readonly budget: Budget; readonly node: unknown }): void {
  for (const source of Array.isArray(value) ? value : [value]) {
    if (!isJsonObject(source)) throw new Refusal('yaml.syntax', 'a merge of something that is not a map', at.node);
    const entries = Object.entries(source);
    spend(at.budget, entries.length, at.node);
    for (const [key, item] of entries) if (!merged.has(key) && item !== undefined) merged.set(key, item);
  }
}

function assertPlainTag(node: { readonly tag?: string }, kind: 'map' | 'seq'): void {
  if (node.tag !== undefined && node.tag !== '!' && node.tag !== `tag:yaml.org,2002:${kind}`)
    throw new Refusal('yaml.syntax', 'a tag that has no meaning in Kubernetes', node);
}

function offsetOf(node: unknown): number | undefined {
  // Every node of a parsed document carries its range; a missing one only costs the exact line.
  return (node as { readonly range?: readonly [number, number, number] | null } | null)?.range?.[0];
}

/** Line breaks before an offset. */
function countLines(text: string, end: number): number {
  let lines = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < end; i = text.indexOf('\n', i + 1)) lines++;
  return lines;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
