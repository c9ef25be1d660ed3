import { mayHealObject } from '../../core/diff/drift-policy.ts';
import { locate, parsePointer } from '../../core/diff/pointer.ts';
import type { JsonObject, ObjectKey } from '../../core/objects/object.ts';
import { refOfKey } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { LiveObject, Target } from '../cluster/cluster-api.ts';
import type { AppRuntime } from './app-runtime.ts';
import type { Fleet } from './fleet.ts';
import { compareObject } from './object/compare-object.ts';
import { targetOf } from './object/object-target.ts';

/** One object of an App's tree, looked at for a person. */
export interface Inspected {
  readonly target: Target;
  /** As it is; undefined when it is not there. */
  readonly live: LiveObject | undefined;
  /** As it would be applied; undefined when Git does not have it. */
  readonly wanted: JsonObject | undefined;
  /** Paths that differ (JSON pointers). */
  readonly fields: readonly string[];
  /** Takes out values that were filled in from Secrets. */
  readonly redact: (text: string) => string;
  /** True when Git sets the field and drift of this object is healed. */
  readonly takesBack: (field: string) => boolean;
}

/**
 * Reads one object of an App for a person, and compares it with what Git wants by a dry-run where that is asked for. It is read as the App's ServiceAccount
 * where it has one: what Git names is in the tree, and naming something must not show it (threat S14).
 * Fails with `question.gone` (no such App or kind), `question.forbidden`, or what the API server says.
 */
export async function inspectObject(
  fleet: Fleet,
  { app, key, compare }: { readonly app: string; readonly key: ObjectKey; readonly compare: boolean },
): Promise<Result<Inspected, Problem>> {
  const runtime = fleet.apps.get(app);
  const ref = refOfKey(key);
  if (runtime?.spec === undefined || ref === undefined) return err(problem('question.gone', `there is no App ${app} here`));
  const tools = fleet.toolsOf(runtime);
  const record = runtime.records.get(key);
  const kind = record?.wanted === undefined ? tools.api.kindOfRef(ref) : undefined;
  const target =
    record?.wanted === undefined
      ? kind === undefined
        ? undefined
        : ok({ kind, namespace: ref.namespace, name: ref.name })
      : await targetOf(tools.api, record.wanted);
  if (target === undefined) return err(problem('question.gone', `the cluster does not serve ${ref.kind}`));
  if (!target.ok) return err(target.error.problem);
  const live = await tools.api.get(target.value);
  if (!live.ok)
    return err(live.error.status === 403 ? problem('question.forbidden', live.error.problem.message) : live.error.problem);
  const wanted = record?.wanted;
  const compared =
    compare && wanted !== undefined && live.value !== undefined
      ? await compareObject(tools, wanted, { live: live.value })
      : undefined;
  const body = wanted === undefined ? undefined : (JSON.parse(wanted.body) as JsonObject); // made by agent/apply/prepare
  return ok({
    target: target.value,
    live: live.value,
    wanted: body,
    fields: compared?.ok === true && compared.value.state === 'differs' ? compared.value.fields : [],
    redact: runtime.redact,
    takesBack: (field) => body !== undefined && isHealed(runtime, key) && sets(body, field),
  });
}

function isHealed({ spec, records }: AppRuntime, key: ObjectKey): boolean {
  const wanted = records.get(key)?.wanted;
  return spec !== undefined && wanted !== undefined && mayHealObject(spec.policy, wanted.policy);
}

function sets(body: JsonObject, field: string): boolean {
  const pointer = parsePointer(field);
  return pointer !== undefined && locate(body, pointer) !== undefined;
}
