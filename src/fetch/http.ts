/**
 * One request to a Git server. Redirects are followed by hand, because each hop is checked: the host must be allowed,
 * the way may not fall from https to http, and the credentials go to the configured origin only. Everything that may
 * go wrong on the way becomes a Problem whose text holds neither credentials nor queries.
 */
import type { ProblemCode } from '../../core/problem/codes.ts';
import type { Credentials } from '../platform/ports.ts';
import { ByteReader } from './byte-reader.ts';
import { GitFailure, refuse } from './failure.ts';
import { describeUrl } from './repository-url.ts';

/** What is used of an answer; Workers' and Node's Response both fit. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };
    cancel(): Promise<void>;
  } | null;
}

export interface FetchInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** The network, as it is handed in. */
export interface Network {
  fetch(url: string, init: FetchInit): Promise<FetchedResponse>;
  /** Fires after that time, in milliseconds. */
  deadline(milliseconds: number): AbortSignal;
}

export interface GitHttp {
  readonly network: Network;
  readonly allowHost: (url: URL) => boolean;
  /** The configured URL of the repository: only its origin gets the credentials. */
  readonly home: URL;
  readonly credentials?: Credentials;
}

export interface GitRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** The content type that the answer must have. */
  readonly accept: string;
  readonly contentType?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Value of the Git-Protocol header. */
  readonly protocol?: string;
  readonly milliseconds: number;
  readonly maxBytes: number;
}

export interface GitAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly reader: ByteReader;
  /** Bytes of the body so far. */
  received(): number;
  /**
   * Ends the exchange without waiting. An answer that was read to its last packet still lacks the end of its stream,
   * and only with that can the connection serve again; an answer that was given up is cut.
   */
  end(outcome: 'complete' | 'abandoned'): void;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The value of the Authorization header. */
function authorizationOf(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** What a status other than success means; 404 may hide a repository that the credentials may not read. */
function refuseStatus(status: number, url: URL): never {
  const where = describeUrl(url);
  if (status === 401 || status === 403) return refuse('git.auth', `the Git server refused access (${status})`, where);
  if (status === 404 || status === 410)
    return refuse('git.not_found', `the Git server knows no such repository (${status})`, where);
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  const code: ProblemCode = passing ? 'git.unavailable' : 'git.protocol';
  return refuse(code, `the Git server answered ${status}`, where);
}

function nextHop(response: FetchedResponse, url: URL): URL {
  const location = response.headers.get('location') ?? '';
  const target = location !== '' && URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (target === undefined || (target.protocol !== 'https:' && target.protocol !== 'http:')) {
    return refuse('git.protocol', 'the Git server redirects to something that is not a web address', describeUrl(url));
  }
  if (target.username !== '' || target.password !== '') {
    return refuse('git.url', 'the Git server redirects to a URL with credentials', describeUrl(url));
  }
  if (url.protocol === 'https:' && target.protocol === 'http:') {
    return refuse('git.host_forbidden', 'the Git server redirects from https to http', describeUrl(target));
  }
  return target;
}

/**
 * Sends a request and gives the answer's body as a stream. Ends with git.host_forbidden, git.auth, git.not_found,
 * git.unavailable (network, time, 5xx, 429), git.protocol (another content type, such as a login page), or git.limit.
 */
export async function sendGitRequest(http: GitHttp, request: GitRequest): Promise<GitAnswer> {
  const signal = http.network.deadline(request.milliseconds);
  let url = request.url;
  for (let hop = 0; ; hop++) {
    if (!http.allowHost(url)) refuse('git.host_forbidden', `the host ${url.host} may not be asked`, describeUrl(url));
    const response = await sendOnce(http, { ...request, url }, signal);
    if (REDIRECTS.has(response.status)) {
      await response.body?.cancel().catch(() => {});
      if (hop === MAX_REDIRECTS) refuse('git.protocol', 'the Git server redirects in circles', describeUrl(url));
      url = nextHop(response, url);
      continue;
    }
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => {});
      refuseStatus(response.status, url);
    }
    const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (type !== request.accept) {
      await response.body?.cancel().catch(() => {});
      const what = type === 'text/html' ? 'a web page' : 'something else';
      refuse('git.protocol', `the server answered with ${what} instead of Git data`, describeUrl(url));
    }
    return readAnswer(response, url, request.maxBytes);
  }
}

async function sendOnce(http: GitHttp, request: GitRequest, signal: AbortSignal): Promise<FetchedResponse> {
  const { url } = request;
  const headers: Record<string, string> = {
    accept: request.accept,
    'user-agent': 'git/2.0 (plumbline)',
    'cache-control': 'no-cache',
  };
  if (request.contentType !== undefined) headers['content-type'] = request.contentType;
  if (request.protocol !== undefined) headers['git-protocol'] = request.protocol;
  // The origin is scheme, host and port: any other never sees the credentials.
  if (http.credentials !== undefined && url.origin === http.home.origin)
    headers['authorization'] = authorizationOf(http.credentials);
  try {
    return await http.network.fetch(url.href, {
      method: request.method,
      headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    return refuseNetwork(error, url);
  }
}

/** The error's own text may quote the request, so only its kind is told. */
function refuseNetwork(error: unknown, url: URL): never {
  if (error instanceof GitFailure) throw error;
  const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  return refuse(
    'git.unavailable',
    isLate ? 'the Git server did not answer in time' : 'the Git server could not be reached',
    describeUrl(url),
  );
}

function readAnswer(response: FetchedResponse, url: URL, maxBytes: number): GitAnswer {
  const body = response.body?.getReader();
  let received = 0;
  const reader = new ByteReader(async () => {
    for (;;) {
      const piece = await body?.read().catch((error: unknown) => refuseNetwork(error, url));
      if (piece === undefined || piece.done || piece.value === undefined) return undefined;
      received += piece.value.length;
      if (received > maxBytes)
        refuse('git.limit', `the answer of the Git server is larger than ${maxBytes} bytes`, describeUrl(url));
      if (piece.value.length > 0) return piece.value;
    }
  });
  return {
    url,
    reader,
    received: () => received,
    end(outcome) {
      const drained = outcome === 'complete' ? body?.read() : undefined;
      const cut = (): Promise<void> | undefined => body?.cancel();
      // Nobody waits for this any more, and the deadline ends it in any case.
      Promise.resolve(drained)
        .then((piece) => (piece?.done === true ? undefined : cut()), cut)
        .catch(() => {});
    },
  };
}
