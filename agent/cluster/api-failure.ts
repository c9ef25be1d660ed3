import { isObject } from '../../core/diff/comparable.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import type { ProblemCode } from '../../core/problem/codes.ts';
import { problem } from '../../core/problem/problem.ts';
import type { HttpFailure, HttpResponse } from '../platform/http.ts';
import type { ApiFailure } from './cluster-api.ts';

/**
 * What an answer of the API server means, as a Problem. Reasons and causes decide where the server gives them; only where Kubernetes
 * itself says it in prose alone (admission, immutable fields) the message is searched.
 *
 * The API server quotes field values in its messages. About a Secret nothing of the message is kept but the names of the fields (threat S11).
 */
export interface FailureContext {
  /** `Deployment shop/web`, or the path for calls about no object. */
  readonly where: string;
  readonly secret: boolean;
}

const MAX_MESSAGE = 1024;

export function toApiFailure(response: HttpResponse, context: FailureContext): ApiFailure {
  const status = parseStatus(response.body);
  const code = codeOf(response.status, status);
  const text = status.message === '' ? `the API server answered ${response.status}` : status.message;
  const message = context.secret ? concealed(response.status, status) : text.slice(0, MAX_MESSAGE);
  const retryAfter = Number(response.headers['retry-after'] ?? status.retryAfterSeconds);
  return {
    status: response.status,
    problem: problem(code, message, { where: context.where }),
    ...(Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterMs: Math.min(retryAfter, 60) * 1000 } : {}),
  };
}

/** No answer came. */
export function toNetworkFailure(failure: HttpFailure, context: FailureContext): ApiFailure {
  return {
    status: 0,
    problem: problem('apply.unavailable', `the API server cannot be reached: ${failure.message}`, { where: context.where }),
  };
}

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly retryAfterSeconds: number;
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
}

function parseStatus(body: Buffer): Status {
  let value: Json = null;
  try {
    value = JSON.parse(body.toString()) as Json;
  } catch {
    // A proxy in between answers with HTML; there is nothing to read in that.
  }
  const status: JsonObject = isObject(value) ? value : {};
  const details: JsonObject = isObject(status['details']) ? status['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  return {
    reason: textOf(status['reason']),
    message: textOf(status['message']),
    kind: textOf(details['kind']),
    retryAfterSeconds: Number(details['retryAfterSeconds'] ?? 0),
    causes: causes
      .filter((cause: Json) => isObject(cause))
      .map((cause: JsonObject) => ({
        reason: textOf(cause['reason']),
        field: textOf(cause['field']),
        message: textOf(cause['message']),
      })),
  };
}

function codeOf(httpStatus: number, status: Status): ProblemCode {
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'apply.namespace_terminating';
  if (/being terminated/.test(status.message) && httpStatus === 403) return 'apply.namespace_terminating';
  // A webhook that cannot be called is an outage, one that says no is a decision.
  if (/failed calling webhook|failed to call webhook/.test(status.message)) return 'apply.unavailable';
  if (/denied (the )?request|exceeded quota|violates PodSecurity/.test(status.message)) return 'apply.admission';
  // etcd takes 1.5 MiB; the API server finds out only when it writes, and then calls it an internal error (threat F31).
  if (/request is too large|Request entity too large/i.test(status.message)) return 'apply.invalid';
  // Server-side apply answers 500 to bodies that do not fit their type: fields that the schema has not, bad base64.
  if (/^failed to (create typed patch object|convert new object)/.test(status.message)) return 'apply.invalid';
  switch (httpStatus) {
    case 401:
    case 408:
    // The version or the page that was asked for is forgotten: a new list clears it up.
    case 410:
    case 429:
      return 'apply.unavailable';
    case 403:
      return 'apply.forbidden';
    case 404:
      return status.kind === 'namespaces' ? 'apply.namespace_missing' : 'apply.kind_unknown';
    case 409:
      return 'apply.conflict';
    case 422:
      return status.causes.some((cause) => /immutable|may not change|forbidden: updates to/i.test(cause.message)) ||
        /is immutable|updates to .* are forbidden|Forbidden: updates/i.test(status.message)
        ? 'apply.immutable'
        : 'apply.invalid';
    default:
      return httpStatus >= 500 ? 'apply.unavailable' : 'apply.invalid';
  }
}

function concealed(httpStatus: number, status: Status): string {
  const fields = status.causes.map((cause) => cause.field).filter((field) => /^[\w.[\]/-]{1,128}$/.test(field));
  const named = fields.length === 0 ? '' : ` (${fields.slice(0, 5).join(', ')})`;
  const reason = /^[A-Za-z]{1,40}$/.test(status.reason) ? ` as ${status.reason}` : '';
  return `the API server refused this Secret with ${httpStatus}${reason}${named}; its message is withheld because it may quote values`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
