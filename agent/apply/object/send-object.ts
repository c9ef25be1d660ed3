import { describeRef, type JsonObject } from '../../../core/objects/object.ts';
import { dropField } from '../../../core/plan/drop-fields.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { Result } from '../../../core/result.ts';
import type { ApiFailure, LiveObject, Target } from '../../cluster/cluster-api.ts';
import { type ObjectTools, policyOf } from './object-tools.ts';

/**
 * Server-side apply of an object, as its manifest says or, where the dialect's own tool would not have minded, without the fields that its kind
 * does not have: Argo CD applies client-side by default, and there the API server drops such fields; Flux and ServerSideApply=true are refused.
 */
export interface Send {
  readonly dryRun: boolean;
  /** Stands in for the object's own body: with live values that are to be kept. */
  readonly body?: string;
  /** Completes what is sent: with preconditions, or under another name. */
  readonly bodyOf: (object: PreparedObject) => string;
}

/** What was found out about an object that the API server does not take as it is; kept for as long as the prepared object itself. */
interface Accepted {
  /** Paths as the API server writes them, in the order in which they were found. */
  readonly left: readonly string[];
  readonly body: string;
}

const ACCEPTED = new WeakMap<PreparedObject, Accepted>();

/** The API server does not always name all unknown fields at once. */
const MAX_ROUNDS = 10;

/** Sends an object; again, and from then on, without the fields that the API server does not know. */
export async function sendObject(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  { dryRun, body = object.body, bodyOf }: Send,
): Promise<Result<LiveObject, ApiFailure>> {
  for (let round = 0; ; round++) {
    const known = ACCEPTED.get(object);
    const text = known === undefined ? body : body === object.body ? known.body : (withoutFields(body, known.left) ?? body);
    const sent = text === object.body ? object : { ...object, body: text };
    const answer = await tools.api.apply(target, bodyOf(sent), { dryRun, secret: object.secret });
    if (answer.ok || answer.error.unknownFields === undefined || round >= MAX_ROUNDS || !isTolerant(tools, object)) return answer;
    const accepted = withoutFields(known?.body ?? object.body, answer.error.unknownFields);
    if (accepted === undefined) return answer;
    ACCEPTED.set(object, { left: [...(known?.left ?? []), ...answer.error.unknownFields], body: accepted });
  }
}

/** What was left out of an object so that the API server takes it, known once it was sent; it holds for as long as Git says the same. */
export function warningsOf(object: PreparedObject): readonly Problem[] {
  const where = describeRef(object.ref);
  const left = ACCEPTED.get(object)?.left ?? [];
  return left.map((path) => problem('apply.field_unknown', `${path.slice(1)} is not a field of its kind`, { where }));
}

function isTolerant(tools: ObjectTools, object: PreparedObject): boolean {
  const { dialect, sync } = policyOf(tools);
  return dialect === 'argo' && (sync?.serverSideApply !== true || !object.policy.validate);
}

/** The body without fields; undefined when one of them is not there, because then nobody knows what the API server means. */
function withoutFields(text: string, paths: readonly string[]): string | undefined {
  // prepareObject has made the body from an object.
  let body: JsonObject = JSON.parse(text) as JsonObject;
  for (const path of paths) {
    const dropped = dropField(body, path);
    if (dropped === undefined) return undefined;
    body = dropped;
  }
  const { metadata = {}, ...rest } = body;
  // bodyWith needs the metadata to stand last.
  return JSON.stringify({ ...rest, metadata });
}
