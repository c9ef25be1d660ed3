import { fromUtf8, toUtf8 } from '../json/bytes.ts';
import { matchPattern, type StepBudget } from './shell-pattern.ts';

/** What stands for half a character, which is no text: a lone surrogate. Where it reaches the result, expand-variables.ts refuses it. */
const HALF_CHARACTER = '\ud800';

/**
 * What the operator of a variable expression does to the value: `${name^^}`, `${name:0:5}`, `${name/a/b}`, `${name:=default}`.
 * Lengths and positions count bytes of UTF-8, as in Flux.
 */
export interface FunctionTools {
  readonly budget: StepBudget;
}

type VariableFunction = (value: string, args: readonly string[], tools: FunctionTools) => string;

const FUNCTIONS = new Map<string, VariableFunction>([
  [',', (value) => changeFirst(value, lower)],
  [',,', (value) => [...value].map(lower).join('')],
  ['^', (value) => changeFirst(value, upper)],
  ['^^', (value) => [...value].map(upper).join('')],
  [
    '#',
    (value, args, tools) =>
      args.length === 0 ? String(toUtf8(value).length) : trimStart(value, args, { tools, longest: false }),
  ],
  ['##', (value, args, tools) => trimStart(value, args, { tools, longest: true })],
  ['%', (value, args, tools) => trimEnd(value, args, { tools, longest: false })],
  ['%%', (value, args, tools) => trimEnd(value, args, { tools, longest: true })],
  [':', cut],
  ['/', (value, [from = '', to = '']) => replaceFirst(value, from, to)],
  ['//', (value, [from = '', to = '']) => (from === '' ? insertEverywhere(value, to) : value.split(from).join(to))],
  ['/#', (value, [from = '', to]) => (to !== undefined && value.startsWith(from) ? to + value.slice(from.length) : value)],
  [
    '/%',
    (value, [from = '', to]) =>
      to !== undefined && value.endsWith(from) ? value.slice(0, value.length - from.length) + to : value,
  ],
]);

/** Applies an operator; one that is not in the table (`:=`, `:-`, `=`, none) gives the arguments where the value is empty. */
export function applyFunction(name: string, value: string, args: readonly string[], tools: FunctionTools): string {
  const found = FUNCTIONS.get(name);
  if (found !== undefined) return found(value, args, tools);
  return value === '' ? args.join('') : value;
}

/** One character for one, never the several that JavaScript makes of `ß`; that is how Go maps cases. */
function upper(letter: string): string {
  const mapped = letter.toUpperCase();
  return [...mapped].length === 1 ? mapped : letter;
}

function lower(letter: string): string {
  if (letter === '\u0130') return 'i';
  const mapped = letter.toLowerCase();
  return [...mapped].length === 1 ? mapped : letter;
}

function changeFirst(value: string, change: (letter: string) => string): string {
  const [first] = value;
  return first === undefined ? value : change(first) + value.slice(first.length);
}

function replaceFirst(value: string, from: string, to: string): string {
  const at = value.indexOf(from);
  return at === -1 ? value : value.slice(0, at) + to + value.slice(at + from.length);
}

/** Go replaces the empty text before every character and at the end. */
function insertEverywhere(value: string, insert: string): string {
  return insert + [...value].map((letter) => letter + insert).join('');
}

/** `${name:position}`, `${name:position:length}`; what is no number leaves the value alone. */
function cut(value: string, args: readonly string[]): string {
  const position = toInteger(args[0]);
  if (position === undefined) return value;
  const bytes = toUtf8(value);
  const start = position < 0 ? Math.max(0, bytes.length + position) : position;
  const length = args.length > 1 ? toInteger(args[1]) : bytes.length;
  if (length === undefined) return value;
  const end = length < 0 ? bytes.length + length : start + length;
  if (end < start || start >= bytes.length) return '';
  return fromUtf8(bytes.subarray(start, end)) ?? HALF_CHARACTER;
}

function toInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^[-+]?[0-9]{1,18}$/.test(text) ? Number(text) : undefined;
}

interface Trim {
  readonly tools: FunctionTools;
  readonly longest: boolean;
}

function trimStart(value: string, [pattern]: readonly string[], trim: Trim): string {
  if (pattern === undefined) return value;
  const letters = [...value];
  return letters.slice(prefixLength([...pattern], letters, trim)).join('');
}

/** Upstream turns text and pattern round and trims the beginning, so an escape (`\*`) means something else there; that is kept. */
function trimEnd(value: string, [pattern]: readonly string[], trim: Trim): string {
  if (pattern === undefined) return value;
  const letters = [...value].reverse();
  return letters
    .slice(prefixLength([...pattern].reverse(), letters, trim))
    .reverse()
    .join('');
}

/** Characters of the longest or shortest beginning that matches; 0 when there is none or the pattern is bad. */
function prefixLength(pattern: readonly string[], letters: readonly string[], { tools, longest }: Trim): number {
  let shortest = 0;
  for (let length = letters.length; length > 0; length--) {
    const found = matchPattern(pattern, letters, { length, budget: tools.budget });
    if (found === 'bad') return 0;
    if (found === 'match' && longest) return length;
    if (found === 'match') shortest = length;
  }
  return shortest;
}
