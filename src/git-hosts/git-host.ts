import type { GitHostKind } from '../../core/api/routes.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Credentials, GitHostSetting } from '../platform/ports.ts';
import { readBounded } from '../platform/read-bounded.ts';

/** Which Git host serves a repository, and where its API is. */
export interface GitHost {
  readonly kind: GitHostKind;
  /** Without a slash at the end. */
  readonly api: string;
  /** `owner/name`, on GitLab with all groups. */
  readonly project: string;
}

/** The network as far as it is needed; Workers' and Node's both fit. */
export interface HostNetwork {
  readonly fetch: (
    url: string,
    init: {
      readonly method: string;
      readonly headers: Record<string, string>;
      readonly body?: string;
      readonly redirect: 'manual';
      readonly signal: AbortSignal;
    },
  ) => Promise<Pick<Response, 'status' | 'headers' | 'body'>>;
  /** Fires after that time, in milliseconds. */
  deadline(milliseconds: number): AbortSignal;
}

/** Hosts whose API is where everybody knows it to be. */
const KNOWN: Readonly<Record<string, { readonly kind: GitHostKind; readonly api: string }>> = {
  'github.com': { kind: 'github', api: 'https://api.github.com' },
  'gitlab.com': { kind: 'gitlab', api: 'https://gitlab.com/api/v4' },
  'codeberg.org': { kind: 'gitea', api: 'https://codeberg.org/api/v1' },
  'gitea.com': { kind: 'gitea', api: 'https://gitea.com/api/v1' },
};

const API_PATH: Readonly<Record<GitHostKind, string>> = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' };

/**
 * Finds the host by what was set with the credentials, by its name, or by a name that says what runs there (`gitlab.example.org`). An API that was not
 * set is on the repository's own host. Fails with revert.host_unknown.
 */
export function findGitHost(repository: string, setting: GitHostSetting | undefined): Result<GitHost, Problem> {
  const url = new URL(repository);
  const project = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  const known = KNOWN[url.hostname.replace(/^www\./, '')];
  const kind = setting?.kind ?? known?.kind ?? kindByName(url.hostname);
  if (kind === undefined) {
    return err(problem('revert.host_unknown', `it is not known what kind of Git host ${url.host} is`, { where: url.origin }));
  }
  const own = known?.kind === kind ? known.api : `${url.origin}${API_PATH[kind]}`;
  const api = (setting?.api ?? own).replace(/\/+$/, '');
  return ok({ kind, api, project });
}

function kindByName(hostname: string): GitHostKind | undefined {
  const labels = new Set(hostname.toLowerCase().split('.'));
  if (labels.has('github')) return 'github';
  if (labels.has('gitlab')) return 'gitlab';
  return labels.has('gitea') || labels.has('forgejo') ? 'gitea' : undefined;
}

export interface HostRequest {
  readonly method: 'GET' | 'POST';
  /** Below the API's base, with its query. */
  readonly path: string;
  readonly body?: unknown;
}

export interface HostAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface HostCaller {
  readonly host: GitHost;
  readonly credentials: Credentials | undefined;
  readonly network: HostNetwork;
  readonly allowHost: (url: URL) => boolean;
}

const DEADLINE_MS = 15_000;
const MAX_ANSWER = 2_000_000;

/**
 * Sends one request to the API. Redirects are not followed: they would carry the credentials elsewhere (threat S08). Fails with git.host_forbidden,
 * revert.host_unavailable (network, time, 5xx, 429) and revert.host_refused (401, 403, 404: may hide a missing permission).
 */
export async function askHost(caller: HostCaller, request: HostRequest): Promise<Result<HostAnswer, Problem>> {
  const { host, network } = caller;
  const url = new URL(`${host.api}${request.path}`);
  const where = `${url.origin}${url.pathname}`;
  if (!caller.allowHost(url)) return err(problem('git.host_forbidden', `the host ${url.host} may not be asked`, { where }));
  try {
    const response = await network.fetch(url.href, {
      method: request.method,
      headers: {
        accept: host.kind === 'github' ? 'application/vnd.github+json' : 'application/json',
        'user-agent': 'plumbline',
        ...(host.kind === 'github' ? { 'x-github-api-version': '2022-11-28' } : {}),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...authorization(host.kind, caller.credentials),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: network.deadline(DEADLINE_MS),
    });
    const body = await readBounded(response, MAX_ANSWER);
    const { status } = response;
    if (status >= 500 || status === 429 || !body.ok)
      return err(problem('revert.host_unavailable', `the Git host answered ${status}`, { where }));
    if (status === 401 || status === 403 || status === 404 || (status >= 300 && status < 400))
      return err(problem('revert.host_refused', `the Git host refused (${status}): ${neededRight(host.kind)}`, { where }));
    return ok({ status, json: parse(new TextDecoder().decode(body.value)) });
  } catch {
    return err(problem('revert.host_unavailable', 'the Git host could not be reached in time', { where }));
  }
}

function neededRight(kind: GitHostKind): string {
  if (kind === 'github') return 'the token needs read and write access to pull requests';
  return kind === 'gitlab'
    ? 'the token needs the scope api and the role Developer'
    : 'the token needs the scope write:repository';
}

/** GitHub and GitLab take a token as bearer, whatever the user name was for Git; Gitea also takes a password. */
function authorization(kind: GitHostKind, credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  if (credentials.kind === 'bearer') return { authorization: `Bearer ${credentials.token}` };
  if (kind !== 'gitea') return { authorization: `Bearer ${credentials.password}` };
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
