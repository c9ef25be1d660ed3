import { isObject } from '../diff/comparable.ts';
import { describeRef, type Json, type JsonObject, type Manifest, type ObjectRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';

/**
 * Lists that server-side apply treats as maps, and refuses when a key stands in them twice, where client-side apply let the last one
 * win (kubernetes #62366, #118536). Here the last one wins too, with a warning.
 *
 * A rule is a path (`*` = every item of a list) and the fields that make the key; `protocol` defaults to TCP, as in the API.
 */
interface ListRule {
  readonly path: readonly string[];
  readonly keys: readonly string[];
}

const CONTAINER_RULES: readonly ListRule[] = [
  { path: ['env'], keys: ['name'] },
  { path: ['ports'], keys: ['containerPort', 'protocol'] },
  { path: ['volumeMounts'], keys: ['mountPath'] },
];

const POD_RULES: readonly ListRule[] = [
  { path: ['volumes'], keys: ['name'] },
  { path: ['imagePullSecrets'], keys: ['name'] },
  ...['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    CONTAINER_RULES.map((rule) => ({ path: [list, '*', ...rule.path], keys: rule.keys })),
  ),
];

/** Where the pod spec of a built-in kind is. */
const POD_SPECS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/Pod', ['spec']],
  ['/ReplicationController', ['spec', 'template', 'spec']],
  ['apps/Deployment', ['spec', 'template', 'spec']],
  ['apps/StatefulSet', ['spec', 'template', 'spec']],
  ['apps/DaemonSet', ['spec', 'template', 'spec']],
  ['apps/ReplicaSet', ['spec', 'template', 'spec']],
  ['batch/Job', ['spec', 'template', 'spec']],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** Takes a manifest; gives it without duplicate list-map entries, and one `apply.normalised` for each list that had some. */
export function normalise(
  manifest: Manifest,
  ref: ObjectRef,
): { readonly manifest: Manifest; readonly warnings: readonly Problem[] } {
  const kind = `${ref.group}/${ref.kind}`;
  const podSpec = POD_SPECS.get(kind);
  const rules =
    kind === '/Service'
      ? [{ path: ['spec', 'ports'], keys: ['port', 'protocol'] }]
      : podSpec === undefined
        ? []
        : POD_RULES.map((rule) => ({ path: [...podSpec, ...rule.path], keys: rule.keys }));
  const warnings: Problem[] = [];
  let result: Json = manifest;
  for (const rule of rules) {
    result = rewrite(result, rule.path, (list) => {
      const kept = lastOfEach(list, rule.keys);
      if (kept.length < list.length)
        warnings.push(
          problem(
            'apply.normalised',
            `${rule.path.join('.')} has ${list.length - kept.length} duplicate(s) by ${rule.keys.join(', ')}`,
            {
              where: describeRef(ref),
            },
          ),
        );
      return kept.length < list.length ? kept : list;
    });
  }
  // Only lists deep inside were rewritten: what identifies a manifest is untouched.
  return { manifest: result as Manifest, warnings };
}

/** Replaces the list at a path, copying only what changes. */
function rewrite(value: Json, path: readonly string[], change: (list: readonly Json[]) => readonly Json[]): Json {
  const [step, ...rest] = path;
  if (step === undefined) return Array.isArray(value) ? change(value) : value;
  if (step === '*') {
    if (!Array.isArray(value)) return value;
    const items = value.map((item: Json) => rewrite(item, rest, change));
    return items.some((item: Json, i: number) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  const child = value[step];
  if (child === undefined) return value;
  const changed = rewrite(child, rest, change);
  return changed === child ? value : ({ ...value, [step]: changed } satisfies JsonObject);
}

function lastOfEach(list: readonly Json[], keys: readonly string[]): readonly Json[] {
  const last = new Map<string, number>();
  const keyAt = list.map((item, i) => {
    const key = isObject(item) ? JSON.stringify(keys.map((name) => item[name] ?? (name === 'protocol' ? 'TCP' : null))) : `#${i}`;
    last.set(key, i);
    return key;
  });
  return list.filter((_, i) => last.get(keyAt[i] ?? '') === i);
}
