import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject } from '../../core/objects/object.ts';
import { readUnknownFields } from '../../core/plan/drop-fields.ts';
import type { ProblemCode } from '../../core/problem/codes.ts';
import { problem } from '../../core/problem/problem.ts';
import type { HttpFailure, HttpResponse } from '../platform/http.ts';
import type { ApiFailure } from './cluster-api.ts';
import { concealedMessage, fieldsOf, messageOf, type Status } from './failure-message.ts';

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

export function toApiFailure(response: HttpResponse, context: FailureContext): ApiFailure {
  const status = parseStatus(response.body);
  const code = codeOf(response.status, status);
  const message = context.secret ? concealedMessage(response.status, status) : messageOf(code, response.status, status);
  const retryAfter = Number(response.headers['retry-after'] ?? status.retryAfterSeconds);
  const unknownFields = readUnknownFields(status.message);
  return {
    status: response.status,
    problem: problem(code, message, { where: context.where }),
    ...(Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterMs: Math.min(retryAfter, 60) * 1000 } : {}),
    ...(unknownFields === undefined ? {} : { unknownFields }),
    ...(code === 'apply.immutable' || code === 'apply.invalid' ? { fields: fieldsOf(status, context.secret) } : {}),
  };
}

/** No answer came. */
export function toNetworkFailure(failure: HttpFailure, context: FailureContext): ApiFailure {
  return {
    status: 0,
    problem: problem('apply.unavailable', `the API server cannot be reached: ${failure.message}`, { where: context.where }),
  };
}

function parseStatus(body: Buffer): Status {
  let value: Json = null;
  try {
    value = JSON.parse(body.toString()) as Json;
  } catch {
    // A proxy in between answers with HTML; there is nothing to read in that.
  }
  const status: JsonObject = isJsonObject(value) ? value : {};
  const details: JsonObject = isJsonObject(status['details']) ? status['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  return {
    reason: textOf(status['reason']),
    message: textOf(status['message']),
    kind: textOf(details['kind']),
    retryAfterSeconds: Number(details['retryAfterSeconds'] ?? 0),
    causes: causes
      .filter((cause: Json) => isJsonObject(cause))
      .map((cause: JsonObject) => ({
        reason: textOf(cause['reason']),
        field: textOf(cause['field']),
        message: textOf(cause['message']),
      })),
  };
}

function codeOf(httpStatus: number, status: Status): ProblemCode {
  const { message, causes } = status;
  if (causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'apply.namespace_terminating';
  if (/being terminated/.test(message) && httpStatus === 403) return 'apply.namespace_terminating';
  // A webhook that cannot be called is an outage, one that says no is a decision.
  if (/failed calling webhook|failed to call webhook/.test(message)) return 'apply.unavailable';
  // Cluster admins protect fields by admission, too; Flux recreates what such a policy calls immutable.
  if (/denied (the )?request/.test(message))
    return /is immutable|immutable field/.test(message) ? 'apply.immutable' : 'apply.admission';
  if (/exceeded quota|violates PodSecurity/.test(message)) return 'apply.admission';
  if (isTooLarge(httpStatus, status)) return 'apply.too_large';
  // Server-side apply answers 500 to bodies that do not fit their type: fields that the schema has not, bad base64.
  if (/^failed to (create typed patch object|convert new object)/.test(message)) return 'apply.invalid';
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
      return isImmutable(status) ? 'apply.immutable' : 'apply.invalid';
    default:
      return httpStatus >= 500 ? 'apply.unavailable' : 'apply.invalid';
  }
}

/**
 * The API server takes requests of 3 MiB, etcd objects of 1.5 MiB and messages of 2 MiB, which the API server finds out only when it writes, and then calls
 * an internal error; annotations have 262,144 bytes, ConfigMaps and Secrets 1 MiB (threat F31).
 */
function isTooLarge(httpStatus: number, { message }: Status): boolean {
  return (
    httpStatus === 413 ||
    /request is too large|trying to send message larger than max|may not be more than (262144|1048576) bytes/.test(message)
  );
}

const IMMUTABLE = /immutable|may not change|may not be changed|cannot be changed|cannot change|updates to .* (are|is) forbidden/i;

/** Only when nothing else is wrong with the object: recreating it must not lose it. */
function isImmutable({ causes, message }: Status): boolean {
  return causes.length === 0 ? IMMUTABLE.test(message) : causes.every((cause) => IMMUTABLE.test(cause.message));
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
