/**
 * Shell patterns as Flux' variable expressions have them (`${name##*-}`): Go's path.Match, except that `*` and `?` take a slash too.
 *
 *   *        any text           ?        one character
 *   [a-z]    one of a class     [^a-z]   one outside of it
 *   \c       the character c
 *
 * A pattern is only found to be bad where matching reaches the fault, as in Go.
 */
export type PatternMatch = 'match' | 'differs' | 'bad';

/** Steps that are left for matching: a pattern is written by one person and the text by another (threat S20). */
export interface StepBudget {
  steps: number;
}

/** Thrown when the budget is spent; caught in expand-variables.ts. */
export class OutOfSteps extends Error {}

/** Matches a whole text, given as characters; `name` may be cut with `length`. */
export function matchPattern(
  pattern: readonly string[],
  name: readonly string[],
  { length, budget }: { readonly length: number; readonly budget: StepBudget },
): PatternMatch {
  let at = 0;
  let rest = 0;
  const chunkAt = (from: number, chunk: readonly string[]) => matchChunk(chunk, name, { from, length, budget });
  while (rest < pattern.length) {
    const { star, chunk, next } = scanChunk(pattern, rest);
    spend(budget, 1 + next - rest);
    rest = next;
    const isLast = rest >= pattern.length;
    if (star && chunk.length === 0) return 'match';
    const here = chunkAt(at, chunk);
    if (typeof here === 'number' && (here === length || !isLast)) {
      at = here;
      continue;
    }
    if (here === 'bad') return 'bad';
    const later = star ? findLater(at, isLast ? length : undefined, (from) => chunkAt(from, chunk), length) : undefined;
    if (later === 'bad') return 'bad';
    if (later === undefined) return 'differs';
    at = later;
  }
  return at === length ? 'match' : 'differs';
}

/** Where a chunk ends that begins behind `at`; `end`, when given, is where it must end. */
function findLater(
  at: number,
  end: number | undefined,
  matchAt: (from: number) => number | 'differs' | 'bad',
  length: number,
): number | 'bad' | undefined {
  for (let from = at + 1; from <= length; from++) {
    const found = matchAt(from);
    if (found === 'bad') return 'bad';
    if (typeof found === 'number' && (end === undefined || found === end)) return found;
  }
  return undefined;
}

/** The next part of a pattern without `*`, and whether a `*` stands before it. */
function scanChunk(pattern: readonly string[], from: number): { star: boolean; chunk: readonly string[]; next: number } {
  let start = from;
  while (pattern[start] === '*') start++;
  let inClass = false;
  let i = start;
  for (; i < pattern.length; i++) {
    const letter = pattern[i];
    if (letter === '\\') i++;
    else if (letter === '[') inClass = true;
    else if (letter === ']') inClass = false;
    else if (letter === '*' && !inClass) break;
  }
  const next = Math.min(i, pattern.length);
  return { star: start > from, chunk: pattern.slice(start, next), next };
}

/** Where the text goes on behind a chunk that begins at `from`. */
function matchChunk(
  chunk: readonly string[],
  name: readonly string[],
  { from, length, budget }: { readonly from: number; readonly length: number; readonly budget: StepBudget },
): number | 'differs' | 'bad' {
  let at = from;
  for (let i = 0; i < chunk.length; at++) {
    spend(budget, 1);
    const letter = name[at];
    if (at >= length || letter === undefined) return 'differs';
    if (chunk[i] === '[') {
      const matched = matchClass(chunk, i + 1, letter);
      if (typeof matched === 'string') return matched;
      i = matched;
    } else if (chunk[i] === '?') i++;
    else {
      if (chunk[i] === '\\') i++;
      if (chunk[i] === undefined) return 'bad';
      if (chunk[i] !== letter) return 'differs';
      i++;
    }
  }
  return at;
}

function spend(budget: StepBudget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) throw new OutOfSteps();
}

/** Matches one character against the class whose content begins at `from`; gives where the chunk goes on. */
function matchClass(chunk: readonly string[], from: number, letter: string): number | 'differs' | 'bad' {
  let i = from;
  const negated = chunk[i] === '^';
  if (negated) i++;
  let matched = false;
  const wanted = codeOf(letter);
  for (let ranges = 0; ranges === 0 || chunk[i] !== ']'; ranges++) {
    const low = classLetter(chunk, i);
    if (low === undefined) return 'bad';
    i = low.next;
    let high = low.code;
    if (chunk[i] === '-') {
      const upper = classLetter(chunk, i + 1);
      if (upper === undefined) return 'bad';
      high = upper.code;
      i = upper.next;
    }
    if (low.code <= wanted && wanted <= high) matched = true;
  }
  return matched === negated ? 'differs' : i + 1;
}

/** One character of a class, perhaps escaped; undefined when the class is not well formed there or ends without `]`. */
function classLetter(chunk: readonly string[], at: number): { code: number; next: number } | undefined {
  if (chunk[at] === '-' || chunk[at] === ']') return undefined;
  const i = chunk[at] === '\\' ? at + 1 : at;
  const letter = chunk[i];
  return letter === undefined || i + 1 >= chunk.length ? undefined : { code: codeOf(letter), next: i + 1 };
}

function codeOf(letter: string): number {
  return letter.codePointAt(0) ?? 0;
}
