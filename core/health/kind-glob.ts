/**
 * Patterns over `group/Kind`, as Argo CD's settings use them (github.com/gobwas/glob without separators):
 *
 *   *  **   any text, slashes too       [abc] [a-z] [!a]   one character
 *   ?       one character              {a,b}              one of these patterns
 *   \x      the character x
 *
 * A pattern that is not closed matches nothing, as upstream.
 */
const LONGEST = 500;

/** True when a text, such as `pkg.crossplane.io/Provider`, fits a pattern. */
export function matchesKindGlob(pattern: string, text: string): boolean {
  return compile(pattern)?.test(text) ?? false;
}

const compiled = new Map<string, RegExp | undefined>();
const KEPT = 500;

function compile(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  if (compiled.size >= KEPT) compiled.clear();
  const expression = toRegExp(pattern);
  compiled.set(pattern, expression);
  return expression;
}

const TOKEN = /\\([\s\S])|\*+|\?|\[(!?)([^\]\\]+)\]|[{},]|[\s\S]/g;

function toRegExp(pattern: string): RegExp | undefined {
  if (pattern.length > LONGEST) return undefined;
  let depth = 0;
  let source = '';
  for (const [token, escaped, negated, set] of pattern.matchAll(TOKEN)) {
    if (escaped !== undefined) source += quote(escaped);
    else if (token.startsWith('*')) source += '.*';
    else if (token === '?') source += '.';
    else if (set !== undefined) source += `[${negated === '' ? '' : '^'}${set.replaceAll('^', '\\^')}]`;
    else if (token === '{') {
      depth += 1;
      source += '(?:';
    } else if (token === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (token === ',' && depth > 0) source += '|';
    else if (token === '[' || token === '{' || token === '}') return undefined;
    else source += quote(token);
  }
  if (depth > 0) return undefined;
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined; // A range that runs backwards.
  }
}

const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
