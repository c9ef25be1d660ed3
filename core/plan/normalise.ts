import { fromBase64, fromUtf8, toBase64, toUtf8 } from '../json/bytes.ts';
import { isJsonObject } from '../objects/json-object.ts';
import { describeRef, type Json, type JsonObject, type Manifest, type ObjectRef } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';

/**
 * What client-side apply takes and server-side apply does not, or takes in another way.
 *
 *   lists with a key     refused when a key stands in them twice (kubernetes #62366, #118536): the last one wins, as it did; a warning
 *   finalizers           the same for a set
 *   stringData           written to `data`, but owned as `stringData`, so that drift of what is stored is not seen and removed keys stay
 *                        (kubernetes #108008): moved to `data`, as Flux does
 *   last-applied         an annotation that only client-side apply understands: left out; a warning
 *   rules of an          overwritten by the control plane, which would be fought for ever: left out; a warning when there are some
 *   aggregated ClusterRole
 *   caBundle of a CRD    refused when it is no certificate, as placeholders for an injector are not: left out, as Flux does; a warning
 *
 * A rule is a path (`*` = every item of a list) and the fields that make the key; `protocol` defaults to TCP, as in the API. A rule without keys is
 * for a set.
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
  { path: ['hostAliases'], keys: ['ip'] },
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

const FINALIZERS: ListRule = { path: ['metadata', 'finalizers'], keys: [] };

/** Rules of kinds that have no Pod in them. */
const OTHER_RULES: ReadonlyMap<string, readonly ListRule[]> = new Map([
  ['/Service', [{ path: ['spec', 'ports'], keys: ['port', 'protocol'] }]],
  ['/ServiceAccount', [{ path: ['secrets'], keys: ['name'] }]],
]);

export interface Normalised {
  readonly manifest: Manifest;
  readonly warnings: readonly Problem[];
}

/** Takes a manifest; gives it as server-side apply wants it, and one `apply.normalised` for each thing that was changed in its meaning. */
export function normalise(manifest: Manifest, ref: ObjectRef): Normalised {
  const warnings: Problem[] = [];
  const warn = (message: string): void => void warnings.push(problem('apply.normalised', message, { where: describeRef(ref) }));
  let result: Json = manifest;
  for (const rule of rulesOf(ref)) {
    result = rewrite(result, rule.path, (list) => {
      const kept = lastOfEach(list, rule.keys);
      if (kept.length === list.length) return list;
      const by = rule.keys.length === 0 ? '' : ` by ${rule.keys.join(', ')}`;
      warn(`${rule.path.join('.')} has ${list.length - kept.length} duplicate(s)${by}`);
      return kept;
    });
  }
  // What identifies a manifest is untouched.
  const deduplicated = result as Manifest;
  const described = withoutLastApplied(deduplicated, warn);
  if (ref.group === '' && ref.kind === 'Secret') return { manifest: withData(described), warnings };
  if (ref.group === 'rbac.authorization.k8s.io' && ref.kind === 'ClusterRole')
    return { manifest: withoutAggregated(described, warn), warnings };
  if (ref.kind === 'CustomResourceDefinition') return { manifest: withoutPlaceholder(described, warn), warnings };
  return { manifest: described, warnings };
}

function rulesOf(ref: ObjectRef): readonly ListRule[] {
  const kind = `${ref.group}/${ref.kind}`;
  const podSpec = POD_SPECS.get(kind);
  const own = podSpec === undefined ? OTHER_RULES.get(kind) : podRules(podSpec);
  return own === undefined ? [FINALIZERS] : [FINALIZERS, ...own];
}

function podRules(podSpec: readonly string[]): readonly ListRule[] {
  return POD_RULES.map((rule) => ({ path: [...podSpec, ...rule.path], keys: rule.keys }));
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function withoutLastApplied(manifest: Manifest, warn: (message: string) => void): Manifest {
  const { annotations } = manifest.metadata;
  if (annotations?.[LAST_APPLIED] === undefined) return manifest;
  warn(`the annotation ${LAST_APPLIED} is left out: it is kubectl's own`);
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const { annotations: __, ...metadata } = manifest.metadata;
  return { ...manifest, metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others } };
}

/** A Secret with everything in `data`. One whose values are not text is left as it is: the API server says what is wrong with it. */
function withData(manifest: Manifest): Manifest {
  const { stringData, ...rest } = manifest;
  const data = manifest['data'] ?? {};
  if (!isJsonObject(stringData) || !isJsonObject(data)) return manifest;
  const encoded: [string, string][] = [];
  for (const [key, value] of Object.entries(stringData)) {
    if (typeof value !== 'string') return manifest;
    encoded.push([key, toBase64(toUtf8(value))]);
  }
  return {
    ...rest,
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    metadata: manifest.metadata,
    data: { ...data, ...Object.fromEntries(encoded) },
  };
}

function withoutAggregated(manifest: Manifest, warn: (message: string) => void): Manifest {
  const { rules, ...rest } = manifest;
  if (!isJsonObject(manifest['aggregationRule']) || rules === undefined) return manifest;
  if (Array.isArray(rules) && rules.length > 0) warn('rules is left out: the control plane fills it in by aggregationRule');
  return { ...rest, apiVersion: manifest.apiVersion, kind: manifest.kind, metadata: manifest.metadata };
}

const CA_BUNDLE = ['spec', 'conversion', 'webhook', 'clientConfig'];

function withoutPlaceholder(manifest: Manifest, warn: (message: string) => void): Manifest {
  const config = CA_BUNDLE.reduce<Json | undefined>((at, step) => (isJsonObject(at) ? at[step] : undefined), manifest);
  const bundle = isJsonObject(config) ? config['caBundle'] : undefined;
  if (bundle === undefined || !isJsonObject(config) || isCertificate(bundle)) return manifest;
  warn(`${CA_BUNDLE.join('.')}.caBundle is no certificate and is left out, for whoever fills it in`);
  const { caBundle: _, ...kept } = config;
  // Only something deep inside was replaced.
  return replaceAt(manifest, CA_BUNDLE, kept) as Manifest;
}

function isCertificate(bundle: Json): boolean {
  if (typeof bundle !== 'string') return false;
  const bytes = fromBase64(bundle);
  return bytes !== undefined && fromUtf8(bytes)?.includes('-----BEGIN CERTIFICATE-----') === true;
}

function replaceAt(value: Json | undefined, path: readonly string[], replacement: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined || !isJsonObject(value)) return replacement;
  return { ...value, [step]: replaceAt(value[step], rest, replacement) };
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
  if (!isJsonObject(value)) return value;
  const child = value[step];
  if (child === undefined) return value;
  const changed = rewrite(child, rest, change);
  return changed === child ? value : ({ ...value, [step]: changed } satisfies JsonObject);
}

function lastOfEach(list: readonly Json[], keys: readonly string[]): readonly Json[] {
  const last = new Map<string, number>();
  const keyAt = list.map((item, i) => {
    const key =
      keys.length === 0
        ? JSON.stringify(item)
        : isJsonObject(item)
          ? JSON.stringify(keys.map((name) => item[name] ?? (name === 'protocol' ? 'TCP' : null)))
          : `#${i}`;
    last.set(key, i);
    return key;
  });
  return list.filter((_, i) => last.get(keyAt[i] ?? '') === i);
}
