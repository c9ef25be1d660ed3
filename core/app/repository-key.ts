/**
 * A key under which the ways to write one repository's URL are equal: https, http, ssh and scp-like forms, with or without `.git`, user,
 * default port, trailing slash, in any case. `git@GitHub.com:Org/Repo.git` and `https://github.com/org/repo/` give `github.com/org/repo`.
 *
 * The path is folded to lower case as Argo CD does, because most hosts ignore its case; two repositories that differ only in case share a
 * key. So the key serves to compare and to wake (a needless look costs one request), never to fetch or to choose credentials.
 * An ssh port is dropped: it never equals the web port of the same host. Other web ports are kept.
 */
export function normaliseRepository(url: string): string {
  const text = url.trim();
  const parsed = URL_FORM.exec(text) ?? undefined;
  if (parsed !== undefined) {
    const [, scheme = '', host = '', port = '', path = ''] = parsed;
    const name = scheme.toLowerCase();
    const keptPort = port === '' || name.includes('ssh') || port === DEFAULT_PORTS.get(name) ? '' : `:${port}`;
    return `${foldHost(host)}${keptPort}/${foldPath(path)}`;
  }
  const scp = SCP_FORM.exec(text);
  if (scp !== null) return `${foldHost(scp[1] ?? '')}/${foldPath(scp[2] ?? '')}`;
  return foldPath(text);
}

/** scheme, host (a name or a bracketed IPv6 address), port, path; user, query and fragment are dropped. */
const URL_FORM = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[^\]/]*\]|[^:/?#]*)(?::([0-9]*))?(?:\/([^?#]*))?(?:[?#].*)?$/i;
/** `user@host:path`, as scp writes it. */
const SCP_FORM = /^(?:[^@/:]+@)([^:/]+):(?!\/\/)(.*)$/;
const DEFAULT_PORTS = new Map([
  ['http', '80'],
  ['https', '443'],
  ['git', '9418'],
]);

function foldHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function foldPath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .join('/')
    .toLowerCase()
    .replace(/\.git$/, '');
}
