import { isJsonObject } from '../../../core/objects/json-object.ts';
import { describeKey, describeRef, type ObjectRef } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, ClusterApi, KindInfo, LiveObject, Target } from '../../cluster/cluster-api.ts';
import type { ObjectTools } from './object-tools.ts';

/** Where the object is served; asks for the kinds again when its kind is unknown. */
export async function targetOf(
  api: ClusterApi,
  object: Pick<PreparedObject, 'apiVersion' | 'ref'>,
): Promise<Result<Target, ApiFailure>> {
  const { apiVersion, ref } = object;
  let kind = api.kindOf(apiVersion, ref.kind);
  if (kind === undefined) {
    const discovered = await api.discover();
    if (!discovered.ok) return discovered;
    kind = api.kindOf(apiVersion, ref.kind);
  }
  if (kind === undefined) {
    const unknown = problem('apply.kind_unknown', `the cluster does not serve ${ref.kind} of ${apiVersion}`, {
      where: describeRef(ref),
    });
    return err({ status: 404, problem: unknown });
  }
  return ok({ kind, namespace: ref.namespace, name: ref.name });
}

/** Waits until a CustomResourceDefinition is served, at most `timeoutMs`, and learns its kinds. */
export async function awaitDefinition(tools: ObjectTools, name: string, timeoutMs: number): Promise<Result<true, ApiFailure>> {
  const kind = tools.api.kindOfRef({ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' });
  if (kind === undefined) return ok(true);
  const deadline = tools.clock.monotonic() + timeoutMs;
  for (let wait = 10; ; wait = Math.min(wait * 2, 500)) {
    const got = await tools.api.get({ kind, namespace: '', name });
    if (!got.ok && got.error.problem.code !== 'apply.unavailable') return got;
    if (got.ok && got.value !== undefined && isEstablished(got.value)) return tools.api.discover();
    if (tools.clock.monotonic() > deadline)
      return err({
        status: 0,
        problem: problem('apply.kind_unknown', 'the definition is not established yet', {
          where: `CustomResourceDefinition ${name}`,
        }),
      });
    await tools.clock.sleep(wait);
  }
}

function isEstablished(live: LiveObject): boolean {
  const status = live.object['status'];
  const conditions = isJsonObject(status) ? status['conditions'] : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (condition) => isJsonObject(condition) && condition['type'] === 'Established' && condition['status'] === 'True',
    )
  );
}

/** The same by group and kind alone; undefined when it is known that the kind is not served. */
export async function servedKind(
  api: ClusterApi,
  ref: Pick<ObjectRef, 'group' | 'kind'>,
): Promise<Result<KindInfo | undefined, ApiFailure>> {
  const known = api.kindOfRef(ref);
  if (known !== undefined) return ok(known);
  const discovered = await api.discover();
  if (!discovered.ok) return discovered;
  const kind = api.kindOfRef(ref);
  if (kind === undefined && api.isGroupStale(ref.group)) {
    const away = problem('apply.unavailable', `the server of API group ${ref.group} does not answer`, {
      where: describeKey(`${ref.group}/${ref.kind}//`),
    });
    return err({ status: 0, problem: away });
  }
  return ok(kind);
}
