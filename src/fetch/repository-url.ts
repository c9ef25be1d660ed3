import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';

/**
 * Parses the URL of a repository. Only http and https with nothing but host and path: whatever else Git understands
 * (`ssh:`, `ext::`, `file:`, `--upload-pack=…`) runs programs or reads files, and credentials belong to the source's secret.
 * Fails with git.url; the message never repeats the URL, which may hold a credential.
 */
export function parseRepositoryUrl(text: string): Result<URL, Problem> {
  const refused = (message: string): Result<URL, Problem> => err(problem('git.url', message));
  if (/^(ssh|git\+ssh):/i.test(text) || /^[^/:]+@[^/:]+:/.test(text)) {
    return refused('SSH is not available here: use the https:// URL of the repository');
  }
  if (!/^https?:\/\//i.test(text)) return refused('the URL does not begin with https:// or http://');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refused('the URL of the repository is not valid');
  if (url.username !== '' || url.password !== '')
    return refused('the URL contains credentials: give them as a secret of the source');
  if (url.search !== '' || url.hash !== '') return refused('the URL has a query or a fragment');
  return ok(url);
}

/** A service of the repository, `info/refs` or `git-upload-pack`, below its base URL. */
export function serviceUrl(base: URL, service: 'info/refs' | 'git-upload-pack'): URL {
  const path = base.pathname.replace(/\/+$/, '');
  const query = service === 'info/refs' ? '?service=git-upload-pack' : '';
  return new URL(`${base.origin}${path}/${service}${query}`);
}

/** The base URL to which a server redirected `info/refs`; undefined when it is not the same service there. */
export function baseOfAdvertisement(url: URL): URL | undefined {
  const suffix = '/info/refs';
  if (!url.pathname.endsWith(suffix) || url.searchParams.get('service') !== 'git-upload-pack') return undefined;
  return new URL(`${url.origin}${url.pathname.slice(0, -suffix.length)}`);
}

/** How a URL is shown: without userinfo, query and fragment. */
export function describeUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
