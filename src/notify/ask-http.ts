import { parseRetryAfter } from '../../core/notify/backoff.ts';
import { toLine } from '../../core/notify/safe-text.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readBounded } from '../platform/read-bounded.ts';
import type { Outcome, ServiceAccess, ServiceIo } from './service.ts';

/**
 * One request to a service. The host must be allowed, redirects are not followed (a token would go with them, S08), time and answer are bounded. What
 * goes wrong is told without secrets: neither the address, which may be one, nor anything of the request is repeated (S09).
 */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
}
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: Json | undefined;
}

export const ATTEMPT_MS = 10_000;
const MAX_ANSWER = 64_000;

/** Sends it. An answer other than 2xx is an outcome, unless `accepts` takes it. */
export async function askHttp(
  request: HttpRequest,
  {
    service,
    io,
    accepts,
  }: { readonly service: ServiceAccess; readonly io: ServiceIo; readonly accepts?: (answer: HttpAnswer) => boolean },
): Promise<Result<HttpAnswer, Outcome>> {
  const refused = refuseUrl(request.url, io);
  if (refused !== undefined) return err({ state: 'failed', problem: refused });
  let response: Response;
  try {
    response = await io.fetch(request.url, {
      method: request.method,
      headers: { 'user-agent': 'plumbline', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: io.deadline(ATTEMPT_MS),
    });
  } catch (error) {
    return err({ state: 'later', problem: describeNetworkError(error) });
  }
  const body = await readBounded(response, MAX_ANSWER);
  const text = body.ok ? new TextDecoder().decode(body.value) : '';
  const answer: HttpAnswer = { status: response.status, text, json: parseJson(text) };
  if (response.ok || accepts?.(answer) === true) return ok(answer);
  return err(outcomeOf(answer, parseRetryAfter(response.headers.get('retry-after'), io.now()), service));
}

/** Why an address may not be asked; undefined when it may. */
export function refuseUrl(text: string, io: Pick<ServiceIo, 'mayAsk'>): string | undefined {
  if (!URL.canParse(text)) return 'its address is not a web address';
  const url = new URL(text);
  // The name alone: the rest may be a secret.
  return io.mayAsk(url)
    ? undefined
    : `the host ${toLine(url.hostname, 100)} may not be asked by this protocol; see docs/notifications.md about hosts`;
}

function outcomeOf(answer: HttpAnswer, wait: number | undefined, service: ServiceAccess): Outcome {
  const { status } = answer;
  const reason = cleanReason(reasonOf(answer), service);
  const problem = reason === '' ? `the service answered ${status}` : `the service answered ${status}: ${reason}`;
  if (status === 429 || status === 408 || status === 425 || status >= 500)
    return { state: 'later', problem, ...(wait === undefined ? {} : { wait }) };
  if (status >= 300 && status < 400)
    return { state: 'failed', problem: `the service answered ${status}, a redirect, which is not followed` };
  return { state: 'failed', problem };
}

/** What the service says is wrong, out of the usual shapes of such answers. */
function reasonOf({ json, text }: HttpAnswer): string {
  if (json === undefined) return text.startsWith('<') ? '' : text;
  const parts: string[] = [];
  const add = (value: Json | undefined): void => {
    if (typeof value === 'string') parts.push(value);
    else if (Array.isArray(value)) for (const item of value.slice(0, 3) as readonly Json[]) add(item);
    else if (value !== undefined && isJsonObject(value)) for (const key of REASONS) add(value[key]);
  };
  add(json);
  return parts.join('; ');
}
const REASONS = ['message', 'error', 'error_description', 'detail', 'title', 'errors', 'code'];

/** One short line in which no secret of the service stands. */
export function cleanReason(text: string, { secrets }: Pick<ServiceAccess, 'secrets'>): string {
  let clean = text;
  for (const secret of Object.values(secrets)) if (secret.length >= 4) clean = clean.replaceAll(secret, '***');
  return toLine(
    clean.replace(/\/\/[^/\s@]*@/g, '//').replace(/https?:\/\/\S+/g, (url) => url.split(/[?#]/)[0] ?? ''),
    300,
  );
}

/** The error's own text may quote the request, so only its kind is told. */
export function describeNetworkError(error: unknown): string {
  const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  return isLate ? 'the service did not answer in time' : 'the service could not be reached';
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives is JSON
  } catch {
    return undefined;
  }
}

/** A field of an answer that is text, or a number as text. */
export function fieldOf(json: Json | undefined, name: string): string | undefined {
  const value = json !== undefined && isJsonObject(json) ? (json as JsonObject)[name] : undefined; // narrowed by isJsonObject
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** Sends JSON by POST, or by another method. */
export function askJson(
  request: {
    readonly url: string;
    readonly method?: string;
    readonly headers?: { readonly [name: string]: string };
    readonly body: Json;
  },
  on: Parameters<typeof askHttp>[1],
): Promise<Result<HttpAnswer, Outcome>> {
  const { url, method = 'POST', headers = {}, body } = request;
  return askHttp({ url, method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }, on);
}

/** Joins an address and a path. */
export function joinUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}
