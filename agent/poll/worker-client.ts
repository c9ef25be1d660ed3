import type { Digest } from '../../core/bundle/bundle.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json } from '../../core/objects/object.ts';
import { PROBLEM_KINDS, type ProblemCode } from '../../core/problem/codes.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type {
  EnrolRequest,
  EnrolResponse,
  PollRequest,
  PollResponse,
  Report,
  ReportResponse,
} from '../../core/protocol/messages.ts';
import { MAX_SKEW_MS, signRequest } from '../../core/protocol/request-signature.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import type { AnswerPart } from '../../core/question/questions.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpClient, HttpResponse } from '../platform/http.ts';

/** The Worker's side of the protocol, as the agent uses it. Every request but enrolment is signed (P20–P24). */
export interface WorkerClient {
  /** Undefined when there was no news. */
  readonly poll: (request: PollRequest, signal: AbortSignal) => Promise<Result<PollResponse | undefined, Problem>>;
  /** Unverified: what it is worth, its digest decides. */
  readonly bundle: (digest: Digest) => Promise<Result<Json, Problem>>;
  readonly report: (report: Report) => Promise<Result<ReportResponse, Problem>>;
  /** Sends a part of an answer; `gone` when nobody listens any more. */
  readonly answer: (id: string, part: AnswerPart) => Promise<Result<'taken' | 'gone', Problem>>;
  readonly enrol: (request: EnrolRequest) => Promise<Result<EnrolResponse, Problem>>;
  /** Milliseconds since the epoch by the Worker's clock, as far as it is known. */
  readonly now: () => number;
}

export interface WorkerClientOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly http: HttpClient;
  readonly signer: Signer;
  readonly cluster: string;
  readonly clock: Clock;
  readonly nonce: () => string;
}

/** The Worker holds a poll for at most 25 s; a connection that says nothing for longer is dead. */
const POLL_TIMEOUT_MS = 40_000;
const REQUEST_TIMEOUT_MS = 60_000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly value?: unknown;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly signed: boolean;
}

/** A client for one Worker. */
export function createWorkerClient(options: WorkerClientOptions): WorkerClient {
  // How far this cluster's clock is behind the Worker's; learnt only when the Worker refuses a time (threat F35).
  let offset = 0;
  const now = (): number => options.clock.now() + offset;

  const send = async (call: Call): Promise<Result<HttpResponse, Problem>> => {
    const body = call.value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(call.value));
    for (let attempt = 0; ; attempt++) {
      const parts = { method: call.method, path: pathOf(options.url) + call.path, body, time: now(), nonce: options.nonce() };
      const sent = await options.http.request({
        method: call.method,
        url: options.url + call.path,
        headers: {
          accept: 'application/json',
          ...(call.value === undefined ? {} : { 'content-type': 'application/json' }),
          ...(call.signed ? await signRequest(parts, options.cluster, options.signer) : {}),
        },
        ...(call.value === undefined ? {} : { body }),
        timeoutMs: call.timeoutMs,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
      if (!sent.ok)
        return err(problem('apply.unavailable', `the Worker cannot be reached: ${sent.error.message}`, { where: options.url }));
      if (sent.value.status < 300) return ok(sent.value);
      if (sent.value.status === 410) return ok(sent.value);
      const refusal = toRefusal(sent.value, call.path);
      if (attempt === 0 && call.signed && refusal.code === 'agent.signature' && correctClock(sent.value)) continue;
      return err(refusal);
    }
  };

  /** True when the Worker's clock is another one than ours: then the next request goes by it. */
  const correctClock = (response: HttpResponse): boolean => {
    const theirs = Date.parse(response.headers.date ?? '');
    if (Number.isNaN(theirs) || Math.abs(theirs - now()) < MAX_SKEW_MS / 5) return false;
    offset = theirs - options.clock.now();
    return true;
  };

  const json = <T>(sent: Result<HttpResponse, Problem>): Result<T, Problem> => {
    if (!sent.ok) return sent;
    try {
      // Only its outermost form is relied on here; everything that decides something is signed and parsed by the protocol's schemas.
      const value = JSON.parse(sent.value.body.toString()) as T & Json;
      if (isJsonObject(value)) return ok(value);
    } catch {
      // Falls through: not JSON, a proxy's page for instance.
    }
    return err(problem('apply.unavailable', 'the Worker answered something that is not JSON', { where: options.url }));
  };

  return {
    now,
    async poll(request, signal) {
      const sent = await send({
        method: 'POST',
        path: '/agent/poll',
        value: request,
        timeoutMs: POLL_TIMEOUT_MS,
        signal,
        signed: true,
      });
      if (sent.ok && sent.value.status === 204) return ok(undefined);
      return json<PollResponse>(sent);
    },
    async bundle(digest) {
      const path = `/agent/bundles/${encodeURIComponent(digest)}`;
      return json<Json>(await send({ method: 'GET', path, timeoutMs: REQUEST_TIMEOUT_MS, signed: true }));
    },
    async report(report) {
      const answer = json<ReportResponse>(
        await send({ method: 'POST', path: '/agent/report', value: report, timeoutMs: REQUEST_TIMEOUT_MS, signed: true }),
      );
      if (answer.ok && !Array.isArray(answer.value.acknowledged)) return ok({ acknowledged: [] });
      return answer;
    },
    async answer(id, part) {
      const path = `/agent/answers/${encodeURIComponent(id)}`;
      const sent = await send({ method: 'POST', path, value: part, timeoutMs: REQUEST_TIMEOUT_MS, signed: true });
      return sent.ok ? ok(sent.value.status === 410 ? 'gone' : 'taken') : sent;
    },
    async enrol(request) {
      return json<EnrolResponse>(
        await send({ method: 'POST', path: '/enrol', value: request, timeoutMs: REQUEST_TIMEOUT_MS, signed: false }),
      );
    },
  };
}

/** The path of the Worker's URL, when it does not stand at the root of its host. */
function pathOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname === '/' ? '' : pathname.replace(/\/+$/, '');
}

/** The Worker's refusal as a Problem: the body's when it is one, else the status says what kind it is. */
function toRefusal(response: HttpResponse, path: string): Problem {
  let body: Json = null;
  try {
    body = JSON.parse(response.body.toString()) as Json;
  } catch {
    // The status has to do.
  }
  const inner = isJsonObject(body)
    ? isJsonObject(body['problem'])
      ? body['problem']
      : isJsonObject(body['error'])
        ? body['error']
        : body
    : {};
  const { code, message, rule } = inner;
  if (typeof code === 'string' && Object.hasOwn(PROBLEM_KINDS, code) && typeof message === 'string')
    // hasOwn has just said that it is one of them.
    return problem(code as ProblemCode, message.slice(0, 1024), typeof rule === 'string' ? { rule } : {});
  const kind =
    response.status >= 500 || response.status === 429
      ? 'apply.unavailable'
      : response.status === 401
        ? 'agent.signature'
        : 'agent.unknown';
  return problem(kind, `the Worker answered ${response.status} to ${path}`);
}
