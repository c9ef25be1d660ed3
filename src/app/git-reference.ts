import { normaliseRepository } from '../../core/app/repository-key.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** `where` of a problem must not show credentials that somebody wrote into a URL. */
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i;

/**
 * Checks the URL of a repository and gives the URL to fetch from. Plumbline speaks smart HTTP; an ssh URL is taken when `known` holds an
 * http(s) URL of the same repository (the fleet's own, usually), as `flux bootstrap` writes ssh URLs.
 * Fails with git.url: another transport, credentials in the URL, or no URL at all.
 */
export function parseRepositoryUrl(
  url: string,
  context: { readonly known: readonly string[]; readonly where: string },
): Result<string, Problem> {
  const refuse = (what: string) => err(problem('git.url', what, { where: context.where }));
  const text = url.trim();
  if (/[\0-\x20\x7f]/.test(text) || text.startsWith('-')) return refuse('the repository URL holds characters that no URL has');
  if (/^https?:\/\//i.test(text)) {
    if (USER_INFO.test(text)) return refuse('the repository URL holds credentials: give them to Plumbline instead');
    if (!/^https?:\/\/[^/?#]+\/[^?#]+$/i.test(text)) return refuse('the repository URL has no host, no path, or a query');
    return ok(text);
  }
  const key = normaliseRepository(text);
  const known = context.known.find((candidate) => /^https?:\/\//i.test(candidate) && normaliseRepository(candidate) === key);
  if (known !== undefined) return ok(known);
  return refuse(`the repository URL must be http(s)${isSsh(text) ? `: https://${key}.git instead of ssh` : ''}`);
}

function isSsh(url: string): boolean {
  return /^(?:git\+)?ssh:\/\//i.test(url) || /^[\w.-]+@[\w.-]+:[^/]/.test(url);
}

/**
 * Checks a branch, tag, full ref, commit or `HEAD` by the rules of `git check-ref-format`, and that it cannot be taken for an option (S05).
 * Gives a sentence when it is none of them.
 */
export function revisionFault(revision: string): string | undefined {
  if (revision.length > 255) return 'is too long';
  if (revision.startsWith('-')) return 'must not begin with a dash';
  if (/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|\/\.|^[./]|[./]$/.test(revision))
    return 'is not a name that Git allows';
  return undefined;
}

/** A version range (`1.x`, `>=1.2`, `~1.0`, `*`), which Argo CD would look up among the tags. */
export function isVersionRange(revision: string): boolean {
  if (revision.startsWith('-')) return false;
  return /[<>=|*^~, ]/.test(revision) || /^v?[0-9]+(?:\.[0-9]+)?\.[xX]$/.test(revision);
}
