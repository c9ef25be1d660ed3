import { err, ok, type Result } from '../../core/result.ts';

/**
 * Brings a path inside a repository into the one form that the rest of the system uses: no `./`, no `..`, no empty segments, no slash at
 * either end; the root is the empty string. `apps/../web` is `web`; what climbs out of the repository is an error (a sentence).
 */
export function parseRepositoryPath(
  path: string,
  options: { readonly absolute: 'refused' | 'from_root' },
): Result<string, string> {
  if (/[\0-\x1f\x7f\\]/.test(path)) return err('must not hold control characters or backslashes');
  if (path.length > 4096) return err('is too long');
  if (path.startsWith('/') && options.absolute === 'refused') return err('must be relative to the root of the repository');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return err('must stay inside the repository');
  }
  if (segments.some((segment) => segment.toLowerCase() === '.git')) return err('must not name .git');
  return ok(segments.join('/'));
}
