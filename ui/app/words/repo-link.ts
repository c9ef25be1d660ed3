/**
 * Where a repository and a commit can be read in a browser. Only http and https are ever linked (threat S27), without user and password; the
 * addresses of Git over SSH are turned into https where they name a host of which the page is known.
 */
export interface RepoLinks {
  readonly repo: string;
  /** Undefined for hosts of which the addresses of commits are not known. */
  readonly commit?: (id: string) => string;
}

const COMMIT_PATHS: readonly { readonly host: RegExp; readonly path: string }[] = [
  { host: /(^|\.)github\.com$/, path: '/commit/' },
  { host: /(^|\.)gitlab\.com$|^gitlab\./, path: '/-/commit/' },
  { host: /^codeberg\.org$|^gitea\./, path: '/commit/' },
  { host: /^bitbucket\.org$/, path: '/commits/' },
];

/** The links of a repository's URL; undefined when it has none that may be followed. */
export function toRepoLinks(repoURL: string): RepoLinks | undefined {
  const ssh = /^(?:ssh:\/\/)?git@([\w.-]+)(?::\d+\/|[:/])([\w./-]+)$/.exec(repoURL);
  const url = parseUrl(ssh === null ? repoURL : `https://${ssh[1]}/${ssh[2]}`);
  if (url === undefined) return undefined;
  const known = COMMIT_PATHS.find(({ host }) => host.test(url.hostname));
  if (ssh !== null && known === undefined) return undefined;
  const repo = `${url.origin}${url.pathname.replace(/\.git\/?$/, '').replace(/\/+$/, '')}`;
  return known === undefined ? { repo } : { repo, commit: (id) => `${repo}${known.path}${encodeURIComponent(id)}` };
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
