/**
 * Globs as Argo CD's projects use them (github.com/gobwas/glob): `*` is any text without the separator, `**` any text, `?` one character,
 * `[abc]`, `[a-z]` and `[!a]` one of a class, `{a,b}` alternatives (not nested), a backslash takes the next character as it is.
 * Matching takes at most pattern × text steps: nobody can write a pattern that does not end (threat S20).
 */
type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'one' }
  | { readonly is: 'class'; readonly chars: string; readonly ranges: readonly string[]; readonly negated: boolean }
  | { readonly is: 'many'; readonly crosses: boolean };

/** More alternatives than this make a pattern that matches nothing. */
const MAX_ALTERNATIVES = 1000;

/** True when the whole text matches. Without a separator `*` crosses everything. */
export function matchGlob(pattern: string, text: string, separator = ''): boolean {
  return alternativesOf(pattern).some((one) => matches(partsOf(one), text, separator));
}

/** `a{b,c}d` as `abd` and `acd`. */
function alternativesOf(pattern: string): readonly string[] {
  const open = findBare(pattern, '{', 0);
  const close = open === -1 ? -1 : findBare(pattern, '}', open + 1);
  if (close === -1) return [pattern];
  const [before, rest] = [pattern.slice(0, open), pattern.slice(close + 1)];
  const tails = alternativesOf(rest);
  const choices = pattern.slice(open + 1, close).split(',');
  if (choices.length * tails.length > MAX_ALTERNATIVES) return [];
  return choices.flatMap((choice) => tails.map((tail) => before + choice + tail));
}

/** Where a character stands that no backslash takes away its meaning. */
function findBare(text: string, char: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === char) return at;
  }
  return -1;
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    const end = char === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (char === '*') {
      const crosses = pattern[at + 1] === '*';
      if (crosses) at++;
      parts.push({ is: 'many', crosses });
    } else if (char === '?') parts.push({ is: 'one' });
    else if (end !== -1) {
      parts.push(classOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      if (char === '\\' && at + 1 < pattern.length) at++;
      parts.push({ is: 'text', text: pattern[at] ?? '' });
    }
  }
  return parts;
}

function classOf(inside: string): Part {
  const negated = inside.startsWith('!');
  const chars = negated ? inside.slice(1) : inside;
  const isRange = chars.length === 3 && chars[1] === '-';
  return { is: 'class', chars: isRange ? '' : chars, ranges: isRange ? [chars] : [], negated };
}

/** Walks the text once. */
function matches(parts: readonly Part[], text: string, separator: string): boolean {
  // Which positions of the parts are possible after each character; as wide as the pattern, so two kinds of `*` need no backtracking.
  let possible = skipMany(parts, new Set([0]));
  for (const char of text) {
    const next = new Set<number>();
    for (const at of possible) {
      const part = parts[at];
      if (part === undefined) continue;
      if (part.is === 'many') {
        if (part.crosses || char !== separator) next.add(at);
      } else if (fits(part, char, separator)) next.add(at + 1);
    }
    possible = skipMany(parts, next);
    if (possible.size === 0) return false;
  }
  return possible.has(parts.length);
}

/** `*` may stand for nothing. */
function skipMany(parts: readonly Part[], positions: Set<number>): Set<number> {
  for (const at of positions) if (parts[at]?.is === 'many') positions.add(at + 1);
  return positions;
}

function fits(part: Exclude<Part, { is: 'many' }>, char: string, separator: string): boolean {
  if (part.is === 'text') return part.text === char;
  if (part.is === 'one') return char !== separator;
  const isIn = part.chars.includes(char) || part.ranges.some((range) => char >= (range[0] ?? '') && char <= (range[2] ?? ''));
  return isIn !== part.negated;
}
