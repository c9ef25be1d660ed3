import { isObject } from '../../core/diff/comparable.ts';
import { describeRef, type Json, type JsonObject } from '../../core/objects/object.ts';
import { dropField } from '../../core/plan/drop-fields.ts';
import type { PreparedObject } from '../../core/plan/prepare.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import type { ApiFailure, LiveObject, Target } from '../cluster/cluster-api.ts';
import { type ObjectTools, policyOf } from './object-tools.ts';

/**
 * Server-side apply of an object, as its manifest says or, where the dialect's own tool would not have minded, without the fields that its kind
 * does not have: Argo CD applies client-side by default, and there the API server drops such fields; Flux and ServerSideApply=true are refused.
 */
export interface Send {
  readonly dryRun: boolean;
  /** Completes the body of the object: preconditions, or values that are to be kept. */
  readonly bodyOf: (object: PreparedObject) => string;
}

/** What was found out about an object that the API server does not take as it is; kept for as long as the prepared object itself. */
interface Accepted {
  readonly object: PreparedObject;
  readonly warnings: readonly Problem[];
}

const ACCEPTED = new WeakMap<PreparedObject, Accepted>();

/** The API server does not always name all unknown fields at once. */
const MAX_ROUNDS = 10;

/** Sends an object; again, and from then on, without the fields that the API server does not know. */
export async function sendObject(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  { dryRun, bodyOf }: Send,
): Promise<Result<LiveObject, ApiFailure>> {
  for (let round = 0; ; round++) {
    const sent = ACCEPTED.get(object) ?? { object, warnings: [] };
    const answer = await tools.api.apply(target, bodyOf(sent.object), { dryRun, secret: object.secret });
    if (answer.ok || answer.error.unknownFields === undefined || round >= MAX_ROUNDS || !isTolerant(tools, object)) return answer;
    const accepted = withoutUnknown(sent, answer.error.unknownFields);
    if (accepted === undefined) return answer;
    ACCEPTED.set(object, accepted);
  }
}

/** What was left out of an object so that the API server takes it. */
export function warningsOf(object: PreparedObject): readonly Problem[] {
  return ACCEPTED.get(object)?.warnings ?? [];
}

function isTolerant(tools: ObjectTools, object: PreparedObject): boolean {
  const { dialect, sync } = policyOf(tools);
  return dialect === 'argo' && (sync?.serverSideApply !== true || !object.policy.validate);
}

function withoutUnknown({ object, warnings }: Accepted, paths: readonly string[]): Accepted | undefined {
  // prepareObject has made the body from an object.
  let body: JsonObject = JSON.parse(object.body) as JsonObject;
  for (const path of paths) {
    const dropped = dropField(body, path);
    if (dropped === undefined) return undefined;
    body = dropped;
  }
  const { metadata, ...rest } = body;
  // bodyWith needs the metadata to stand last.
  const text = JSON.stringify({ ...rest, metadata: isObject(metadata) ? metadata : ({} satisfies Json) });
  const where = describeRef(object.ref);
  const left = paths.map((path) => problem('apply.field_unknown', `${path.slice(1)} is not a field of its kind`, { where }));
  return { object: { ...object, body: text }, warnings: [...warnings, ...left] };
}
