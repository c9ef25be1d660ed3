import { parseGlob } from './parse-glob.ts';
import { parseRegex } from './parse-regex.ts';
import type { CharTest, PatternNode } from './pattern-node.ts';

/**
 * Patterns that users write, matched in time linear in the text, whatever they hold (threat S20): Argo CD's globs and Flux' regular expressions, both
 * for the whole text.
 *
 *   glob    *  **  ?  [abc] [a-z] [!a]  {a,b}  \x
 *   path    a glob in which `*` and `?` stay within slashes
 *   regex   the part of RE2 that makes sense for names: literals . [..] \d \w \s  ( | )  * + ? {m,n}  ^ $, not (?i) or \b
 *
 * A pattern is compiled to a program of `char`, `split` and `jump` whose states are all followed at once (Thompson).
 */
export type PatternSyntax = 'glob' | 'path' | 'regex';

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'split'; readonly to: readonly number[] }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'match' };

const MAX_INSTRUCTIONS = 5_000;
const CACHE_SIZE = 1_000;

const cache = new Map<string, ((text: string) => boolean) | undefined>();

/** Compiles a pattern for whole texts; gives undefined when it is not one. Compiled patterns are remembered. */
export function compilePattern(pattern: string, syntax: PatternSyntax): ((text: string) => boolean) | undefined {
  const key = `${syntax} ${pattern}`;
  if (cache.has(key)) return cache.get(key);
  const compiled = compile(pattern, syntax);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, compiled);
  return compiled;
}

/** True when a glob means the whole text; what is no glob means nothing, as in Argo CD. */
export function matchesGlob(glob: string, text: string): boolean {
  return compilePattern(glob, 'glob')?.(text) ?? false;
}

function compile(pattern: string, syntax: PatternSyntax): ((text: string) => boolean) | undefined {
  if (!/[*?[\]{}\\.+()|^$]/.test(pattern)) return (text) => text === pattern;
  const node = syntax === 'regex' ? parseRegex(pattern) : parseGlob(pattern, syntax === 'path' ? '/' : '');
  if (node === undefined) return undefined;
  const program: Instruction[] = [];
  if (!emit(node, program)) return undefined;
  program.push({ op: 'match' });
  return (text) => run(program, text);
}

/** Follows all states at once: at most one visit of each instruction for each character. */
function run(program: readonly Instruction[], text: string): boolean {
  let states = follow(program, [0]);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const next: number[] = [];
    for (const state of states) {
      const instruction = program[state];
      if (instruction?.op === 'char' && instruction.test(code)) next.push(state + 1);
    }
    if (next.length === 0) return false;
    states = follow(program, next);
  }
  return [...states].some((state) => program[state]?.op === 'match');
}

function follow(program: readonly Instruction[], from: readonly number[]): Set<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const instruction = program[at];
    if (instruction?.op === 'jump') open.push(instruction.to);
    if (instruction?.op === 'split') open.push(...instruction.to);
  }
  return reached;
}

/** Appends the program of a node; false when it gets too large. */
function emit(node: PatternNode, program: Instruction[]): boolean {
  if (program.length > MAX_INSTRUCTIONS) return false;
  switch (node.type) {
    case 'char':
      program.push({ op: 'char', test: node.test });
      return true;
    case 'sequence':
      return node.items.every((item) => emit(item, program));
    case 'choice':
      return emitChoice(node.items, program);
    case 'repeat':
      return emitRepeat(node, program);
  }
}

function emitChoice(items: readonly PatternNode[], program: Instruction[]): boolean {
  const split = program.push({ op: 'jump', to: 0 }) - 1;
  const starts: number[] = [];
  const ends: number[] = [];
  for (const item of items) {
    starts.push(program.length);
    if (!emit(item, program)) return false;
    ends.push(program.push({ op: 'jump', to: 0 }) - 1);
  }
  program[split] = { op: 'split', to: starts };
  for (const end of ends) program[end] = { op: 'jump', to: program.length };
  return true;
}

function emitRepeat(node: Extract<PatternNode, { type: 'repeat' }>, program: Instruction[]): boolean {
  for (let i = 0; i < node.min; i++) if (!emit(node.item, program)) return false;
  if (node.max === Number.POSITIVE_INFINITY) {
    const split = program.push({ op: 'jump', to: 0 }) - 1;
    if (!emit(node.item, program)) return false;
    program.push({ op: 'jump', to: split });
    program[split] = { op: 'split', to: [split + 1, program.length] };
    return true;
  }
  const splits: number[] = [];
  for (let i = node.min; i < node.max; i++) {
    splits.push(program.push({ op: 'jump', to: 0 }) - 1);
    if (!emit(node.item, program)) return false;
  }
  for (const split of splits) program[split] = { op: 'split', to: [split + 1, program.length] };
  return true;
}
