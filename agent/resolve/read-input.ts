import { isJsonObject } from '../../core/objects/json-object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { InputRef, ResolveInput } from '../../core/resolve/resolve-input.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ClusterApi, KindInfo, Target } from '../cluster/cluster-api.ts';
import type { ResolveTools } from './resolve-bundle.ts';

/** What an input holds, decoded. */
export interface InputContent {
  readonly input: ResolveInput;
  /** Undefined when there is no such object. */
  readonly data: ReadonlyMap<string, Buffer> | undefined;
}

/**
 * Reads a ConfigMap or Secret of an App's own namespace (threat S15). The agent's namespace holds its keys: nothing in it is read for an App,
 * whatever a snapshot says.
 */
export async function readInput(ref: InputRef, { api, agent }: ResolveTools): Promise<Result<InputContent, Problem>> {
  const where = `${ref.kind} ${ref.namespace}/${ref.name}`;
  if (ref.namespace === agent.namespace || ref.namespace === '')
    return err(problem('apply.protected', 'nothing in the agent’s own namespace is read for an App', { where }));
  if (!OBJECT_NAME.test(ref.name)) return ok({ input: { ...ref, resourceVersion: '' }, data: undefined });
  const got = await api.get(targetOf(ref));
  if (!got.ok) return err(got.error.problem);
  const live = got.value;
  const input: ResolveInput = { ...ref, resourceVersion: live?.resourceVersion ?? '' };
  if (live === undefined) return ok({ input, data: undefined });
  const data = live.object['data'];
  const entries = isJsonObject(data) ? Object.entries(data) : [];
  const encoding = ref.kind === 'Secret' ? 'base64' : 'utf8';
  return ok({ input, data: new Map(entries.map(([key, value]) => [key, Buffer.from(String(value ?? ''), encoding)])) });
}

/** What no object can be called is not asked for: a name becomes part of a path. */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Asks for the versions of inputs as they are now, without their content; of what cannot be asked, nothing is known. */
export async function readInputVersions(
  refs: readonly InputRef[],
  api: Pick<ClusterApi, 'get'>,
): Promise<(ref: InputRef) => string | undefined> {
  const versions = new Map<string, string>();
  for (const ref of refs) {
    const got = await api.get(targetOf(ref), { metadataOnly: true });
    if (got.ok) versions.set(keyOf(ref), got.value?.resourceVersion ?? '');
  }
  return (ref) => versions.get(keyOf(ref));
}

function keyOf({ kind, namespace, name }: InputRef): string {
  return `${kind}/${namespace}/${name}`;
}

function targetOf({ kind, namespace, name }: InputRef): Target {
  return { kind: KINDS[kind], namespace, name };
}

const KINDS: Readonly<Record<InputRef['kind'], KindInfo>> = {
  ConfigMap: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  Secret: { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
};
