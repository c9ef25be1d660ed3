/**
 * Patterns that users write in selectors, matched in time linear in the text, whatever they hold (threat S20): Argo CD's globs and Flux'
 * regular expressions, both for the whole text.
 *
 *   glob    *  **  ?  [abc] [a-z] [!a]  {a,b}  \x
 *   regex   the part of RE2 that makes sense for names: literals . [..] \d \w \s  ( | )  * + ? {m,n}  ^ $, not (?i) or \b
 *
 * A pattern is compiled to a program of `char`, `split` and `jump` whose states are all followed at once (Thompson).
 */
type CharTest = (code: number) => boolean;
type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'split'; readonly to: readonly number[] }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'match' };

type Node =
  | { readonly type: 'char'; readonly test: CharTest }
  | { readonly type: 'sequence'; readonly items: readonly Node[] }
  | { readonly type: 'choice'; readonly items: readonly Node[] }
  | { readonly type: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

const MAX_INSTRUCTIONS = 5_000;
const MAX_REPEAT = 1_000;
const MAX_NESTING = 50;
const CACHE_SIZE = 1_000;

const cache = new Map<string, ((text: string) => boolean) | undefined>();

/** Compiles a pattern for whole texts; gives undefined when it is not one. Compiled patterns are remembered. */
export function compilePattern(pattern: string, syntax: 'glob' | 'regex'): ((text: string) => boolean) | undefined {
  const key = `${syntax} ${pattern}`;
  if (cache.has(key)) return cache.get(key);
  const compiled = compile(pattern, syntax);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, compiled);
  return compiled;
}

function compile(pattern: string, syntax: 'glob' | 'regex'): ((text: string) => boolean) | undefined {
  if (!/[*?[\]{}\\.+()|^$]/.test(pattern)) return (text) => text === pattern;
  const node = syntax === 'glob' ? parseGlob(pattern) : parseRegex(pattern);
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
function emit(node: Node, program: Instruction[]): boolean {
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

function emitChoice(items: readonly Node[], program: Instruction[]): boolean {
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

function emitRepeat(node: Extract<Node, { type: 'repeat' }>, program: Instruction[]): boolean {
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

const ANY: CharTest = () => true;
const exactly = (char: string): Node => ({ type: 'char', test: (code) => code === char.charCodeAt(0) });
const ANYTHING: Node = { type: 'repeat', item: { type: 'char', test: ANY }, min: 0, max: Number.POSITIVE_INFINITY };

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

function parseGlob(text: string): Node | undefined {
  const reader: Reader = { text, at: 0, depth: 0 };
  const node = globSequence(reader);
  return node !== undefined && reader.at === text.length ? node : undefined;
}

function globSequence(reader: Reader): Node | undefined {
  const items: Node[] = [];
  for (; reader.at < reader.text.length; ) {
    const char = reader.text.charAt(reader.at);
    if (reader.depth > 0 && (char === ',' || char === '}')) break;
    reader.at++;
    const item = globItem(char, reader);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { type: 'sequence', items };
}

function globItem(char: string, reader: Reader): Node | undefined {
  switch (char) {
    case '*':
      return ANYTHING;
    case '?':
      return { type: 'char', test: ANY };
    case '[':
      return charClass(reader, '!');
    case '{':
      return globChoice(reader);
    case '\\': {
      const next = reader.text.charAt(reader.at++);
      return next === '' ? undefined : exactly(next);
    }
    default:
      return exactly(char);
  }
}

function globChoice(reader: Reader): Node | undefined {
  if (++reader.depth > MAX_NESTING) return undefined;
  const items: Node[] = [];
  for (;;) {
    const item = globSequence(reader);
    if (item === undefined) return undefined;
    items.push(item);
    const end = reader.text.charAt(reader.at++);
    if (end === '') return undefined;
    if (end === '}') break;
  }
  reader.depth--;
  return { type: 'choice', items };
}

function parseRegex(text: string): Node | undefined {
  const reader: Reader = { text, at: 0, depth: 0 };
  const node = regexChoice(reader);
  return node !== undefined && reader.at === text.length ? node : undefined;
}

function regexChoice(reader: Reader): Node | undefined {
  const items: Node[] = [];
  for (;;) {
    const item = regexSequence(reader);
    if (item === undefined) return undefined;
    items.push(item);
    if (reader.text.charAt(reader.at) !== '|') break;
    reader.at++;
  }
  return items.length === 1 ? items[0] : { type: 'choice', items };
}

function regexSequence(reader: Reader): Node | undefined {
  const items: Node[] = [];
  for (;;) {
    const char = reader.text.charAt(reader.at);
    if (char === '' || char === '|' || char === ')') break;
    reader.at++;
    // The whole text is matched anyway.
    if ((char === '^' && reader.at === 1) || (char === '$' && reader.at === reader.text.length)) continue;
    const item = regexItem(char, reader);
    const repeated = item === undefined ? undefined : regexRepeat(item, reader);
    if (repeated === undefined) return undefined;
    items.push(repeated);
  }
  return { type: 'sequence', items };
}

const CLASSES: { readonly [letter: string]: RegExp } = { d: /[0-9]/, D: /[^0-9]/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };

function regexItem(char: string, reader: Reader): Node | undefined {
  switch (char) {
    case '.':
      return { type: 'char', test: (code) => code !== 10 };
    case '[':
      return charClass(reader, '^');
    case '(':
      return regexGroup(reader);
    case '\\': {
      const next = reader.text.charAt(reader.at++);
      const named = CLASSES[next];
      if (named !== undefined) return { type: 'char', test: (code) => named.test(String.fromCharCode(code)) };
      return next === '' || /\w/.test(next) ? undefined : exactly(next);
    }
    case '*':
    case '+':
    case '?':
    case '^':
    case '$':
      return undefined;
    default:
      return exactly(char);
  }
}

function regexGroup(reader: Reader): Node | undefined {
  if (reader.text.startsWith('?:', reader.at)) reader.at += 2;
  else if (reader.text.charAt(reader.at) === '?') return undefined;
  if (++reader.depth > MAX_NESTING) return undefined;
  const inner = regexChoice(reader);
  reader.depth--;
  return reader.text.charAt(reader.at++) === ')' ? inner : undefined;
}

function regexRepeat(item: Node, reader: Reader): Node | undefined {
  const rest = reader.text.slice(reader.at);
  const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(rest);
  const simple = rest.charAt(0);
  let repeated: Node;
  if (counted !== null) {
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (min > MAX_REPEAT || (Number.isFinite(max) && (max > MAX_REPEAT || max < min))) return undefined;
    repeated = { type: 'repeat', item, min, max };
    reader.at += counted[0].length;
  } else if (simple === '*' || simple === '+' || simple === '?') {
    repeated = { type: 'repeat', item, min: simple === '+' ? 1 : 0, max: simple === '?' ? 1 : Number.POSITIVE_INFINITY };
    reader.at++;
  } else {
    return item;
  }
  // Lazy or greedy is the same for a whole text.
  if (reader.text.charAt(reader.at) === '?') reader.at++;
  return repeated;
}

/** The rest of a class after its `[`. */
function charClass(reader: Reader, negation: '!' | '^'): Node | undefined {
  const tests: CharTest[] = [];
  const negated = reader.text.charAt(reader.at) === negation || reader.text.charAt(reader.at) === '^';
  if (negated) reader.at++;
  for (let first = true; ; first = false) {
    let char = reader.text.charAt(reader.at++);
    if (char === '') return undefined;
    if (char === ']' && !first) break;
    if (char === '\\') {
      char = reader.text.charAt(reader.at++);
      const named = CLASSES[char];
      if (named !== undefined) {
        tests.push((code) => named.test(String.fromCharCode(code)));
        continue;
      }
      if (char === '') return undefined;
    }
    const low = char.charCodeAt(0);
    let high = low;
    if (reader.text.charAt(reader.at) === '-' && !']'.includes(reader.text.charAt(reader.at + 1))) {
      high = reader.text.charCodeAt(reader.at + 1);
      reader.at += 2;
    }
    tests.push((code) => code >= low && code <= high);
  }
  return { type: 'char', test: (code) => tests.some((test) => test(code)) !== negated };
}
