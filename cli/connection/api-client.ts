import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { ServerEvent } from '../../core/api/event-parser.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, usage } from '../failure.ts';
import { type ApiAnswer, type ApiInput, type CallRoute, type StreamRoute, toRequest } from './api-call.ts';
import { readEvents } from './event-stream.ts';
import type { Settings } from './settings.ts';

/** The Worker's JSON API. Every call fails with exit code 3: refused (the Worker's own Problem) or not reachable. */
export interface ApiClient {
  readonly url: string;
  /** One route of the table, typed by it. */
  call<R extends CallRoute>(route: R, input: ApiInput<R>): Promise<Result<ApiAnswer<R>, Failure>>;
  /** Server-sent events of a route until the Worker ends them, or the signal does. A connection that breaks throws. */
  stream<R extends StreamRoute>(
    route: R,
    input: ApiInput<R>,
    signal?: AbortSignal,
  ): Promise<Result<AsyncIterable<ServerEvent>, Failure>>;
  /** A route outside /api (`/auth/device`), with the token where there is one; any status is an answer. */
  outside(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Result<OutsideAnswer, Failure>>;
  get<T>(path: string): Promise<Result<T, Failure>>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Result<T, Failure>>;
  /** A text outside /api, asked for without the token. */
  text(url: string): Promise<Result<string, Failure>>;
}

export interface OutsideAnswer {
  readonly status: number;
  /** JSON, or undefined when it is none. */
  readonly body: unknown;
  /** The answer as a Result: a Problem body becomes its Failure. */
  result<T>(): Result<T, Failure>;
}

const TIMEOUT_MS = 30_000;

/** Makes a client; fails (usage) when the CA file cannot be read. */
export async function createApiClient(settings: Settings): Promise<Result<ApiClient, Failure>> {
  if (settings.caFile !== undefined) {
    const pem = await readFile(settings.caFile, 'utf8').catch(() => undefined);
    if (pem === undefined) return usage(`the CA file ${settings.caFile} cannot be read`);
    setDefaultCACertificates([...getCACertificates('default'), pem]);
  }
  const { url, token } = settings;
  const credentials: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = (method: string, path: string, body?: unknown): Promise<Result<Answer, Failure>> => {
    const headers: Record<string, string> = { accept: 'application/json', ...credentials };
    if (body !== undefined) headers['content-type'] = 'application/json';
    return ask(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  };
  const call = async <T>(method: string, path: string, body?: unknown): Promise<Result<T, Failure>> => {
    const answer = await request(method, `/api${path}`, body);
    return answer.ok ? readAnswer<T>(answer.value, url) : answer;
  };
  return ok({
    url,
    call(route, input) {
      const { method, path, body } = toRequest(route, input);
      return call(method, path, method === 'POST' || method === 'PUT' ? (body ?? {}) : undefined);
    },
    async stream(route, input, signal) {
      const address = `${url}/api${toRequest(route, input).path}`;
      const opened = await open(address, { headers: { accept: 'text/event-stream', ...credentials }, signal: signal ?? null });
      if (!opened.ok) return opened;
      const response = opened.value;
      const isStream = response.ok && /^text\/event-stream\b/.test(response.headers.get('content-type') ?? '');
      if (isStream && response.body !== null) return ok(readEvents(response.body));
      return readAnswer({ response, text: response.ok ? '' : await response.text() }, url);
    },
    async outside(method, path, body) {
      const answer = await request(method, path, body);
      if (!answer.ok) return answer;
      const { value } = answer;
      return ok({ status: value.response.status, body: parseJson(value.text), result: <T>() => readAnswer<T>(value, url) });
    },
    get: (path) => call('GET', path),
    send: (method, path, body) => call(method, path, method === 'DELETE' ? undefined : (body ?? {})),
    async text(address) {
      const answer = await ask(address, {});
      if (!answer.ok) return answer;
      return answer.value.response.ok ? ok(answer.value.text) : readAnswer(answer.value, url);
    },
  });
}

interface Answer {
  readonly response: Response;
  readonly text: string;
}

async function ask(url: string, init: RequestInit): Promise<Result<Answer, Failure>> {
  try {
    // Redirects are not followed: the token was given for this place.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok({ response, text: await response.text() });
  } catch (error) {
    return err(unreachable(new URL(url).origin, error));
  }
}

/** As ask, but the body is still to be read, and may take as long as it likes. */
async function open(url: string, init: RequestInit): Promise<Result<Response, Failure>> {
  try {
    return ok(await fetch(url, { ...init, redirect: 'manual' }));
  } catch (error) {
    return err(unreachable(new URL(url).origin, error));
  }
}

function unreachable(origin: string, error: unknown): Failure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = cause instanceof Error ? (code === '' ? cause.message : code) : String(cause);
  const fix = /CERT|SIGN|ISSUER|ALTNAME/.test(code)
    ? 'Name its certificate authority with --ca-file or PLUMBLINE_CA_FILE.'
    : 'Check the URL, and that the Worker runs there.';
  return { exit: EXIT.refused, code: 'cli.unreachable', message: `${origin} cannot be reached: ${why}`, fix };
}

function readAnswer<T>({ response, text }: Answer, url: string): Result<T, Failure> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    const target = URL.parse(response.headers.get('location') ?? '', url)?.origin;
    return err({
      exit: EXIT.refused,
      code: 'cli.redirect',
      message: `${url} answers with a redirect${target === undefined ? '' : ` to ${target}`}`,
      fix: 'Give the URL that answers itself: redirects are not followed with a token.',
    });
  }
  const body = parseJson(text);
  // The Worker answers in the shapes of core/api/views.ts; both come from the same release.
  if (response.ok && body !== undefined) return ok(body as T);
  return err(refusal(status, body, url));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A Problem body `{code, message, where?, fix}`, or what can be said of anything else. */
function refusal(status: number, body: unknown, url: string): Failure {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}; // any object has string keys
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const code = text('code');
  const message = text('message');
  if (code === undefined || message === undefined) {
    return {
      exit: EXIT.refused,
      code: 'cli.not_plumbline',
      message: `${url} answers ${status} with something that is not Plumbline's API`,
      fix: 'Check the URL of the Worker.',
    };
  }
  const where = text('where');
  const fix =
    code === 'api.unauthenticated'
      ? 'Sign in with `plumb login`, or give a token with --token-file or PLUMBLINE_API_TOKEN.'
      : text('fix');
  return {
    exit: EXIT.refused,
    code,
    message,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
  };
}
