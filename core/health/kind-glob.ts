import { matchesGlob } from '../pattern/pattern.ts';

const LONGEST = 500;

/**
 * True when a text, such as `pkg.crossplane.io/Provider`, fits a pattern over `group/Kind`, as Argo CD's settings use them
 * (github.com/gobwas/glob without separators). A pattern that is not closed, or too long, matches nothing, as upstream.
 */
export function matchesKindGlob(pattern: string, text: string): boolean {
  return pattern.length <= LONGEST && matchesGlob(pattern, text);
}
