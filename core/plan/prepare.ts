import type { AppPolicy } from '../app/policy.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { isSecret } from '../bundle/bundle-digest.ts';
import { isObject } from '../diff/comparable.ts';
import {
  describeRef,
  groupOf,
  type Json,
  keyOf,
  type Manifest,
  type ObjectKey,
  type ObjectRef,
  refOf,
} from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { normalise } from './normalise.ts';
import { defaultObjectPolicy, type ObjectPolicy } from './object-policy.ts';
import { type AgentIdentity, checkProtected } from './protected-object.ts';
import { stageOf } from './stage-order.ts';
import { withTracking } from './tracking.ts';

/** Whether objects of a kind live in namespaces; undefined when the cluster does not serve the kind. */
export type ScopeOf = (apiVersion: string, kind: string) => 'namespaced' | 'cluster' | undefined;

/** An object of a bundle, ready to be sent: kept as text, because it is only ever compared by hash and sent as it is. */
export interface PreparedObject {
  readonly key: ObjectKey;
  readonly ref: ObjectRef;
  readonly apiVersion: string;
  /** The request body of a server-side apply; see `bodyWith`. */
  readonly body: string;
  /** A digest of the body: equal when nothing has to be applied again. */
  readonly hash: string;
  readonly stage: number;
  readonly secret: boolean;
  /** Only made when it is missing, never changed, owned or pruned (CreateNamespace). */
  readonly ensureOnly: boolean;
  /** How it is written, waited for and deleted. */
  readonly policy: ObjectPolicy;
}

/** An object of a bundle that cannot be applied as things are. */
export interface BlockedObject {
  readonly key: ObjectKey;
  readonly apiVersion: string;
  readonly problem: Problem;
}

export interface PreparedBundle {
  readonly objects: readonly PreparedObject[];
  readonly blocked: readonly BlockedObject[];
  readonly warnings: readonly Problem[];
}

export interface PrepareOptions {
  readonly policy: AppPolicy;
  readonly agent: AgentIdentity;
  readonly scopeOf: ScopeOf;
  /** A short digest of a text; the platform's, because it runs for every object. */
  readonly hash: (text: string) => string;
}

/**
 * Makes a bundle's objects ready for this cluster: namespaces defaulted (or dropped from cluster-scoped kinds), tracking metadata added,
 * list-map duplicates normalised, the namespace of CreateNamespace added.
 * An object that is protected, defined twice or of an unknown kind is blocked with its problem; the others are not affected.
 */
export function prepareBundle(bundle: Bundle, options: PrepareOptions): PreparedBundle {
  const scopeOf = withOwnDefinitions(bundle, options.scopeOf);
  const objects = new Map<ObjectKey, PreparedObject>();
  const blocked: BlockedObject[] = [];
  const warnings: Problem[] = [];
  for (const manifest of bundle.objects) {
    const scope = scopeOf(manifest.apiVersion, manifest.kind);
    const placed = place(manifest, scope, options.policy);
    const ref = refOf(placed);
    const key = keyOf(ref);
    const refusal =
      checkProtected(placed, ref, options.agent) ??
      (scope === undefined
        ? problem('apply.kind_unknown', `the cluster does not serve ${manifest.kind} of ${manifest.apiVersion}`, {
            where: describeRef(ref),
          })
        : undefined);
    if (refusal !== undefined) {
      blocked.push({ key, apiVersion: manifest.apiVersion, problem: refusal });
      continue;
    }
    if (objects.has(key))
      warnings.push(problem('manifest.duplicate', 'defined twice, the last definition is used', { where: describeRef(ref) }));
    const normalised = normalise(placed, ref);
    warnings.push(...normalised.warnings);
    objects.set(
      key,
      prepareObject(withTracking(normalised.manifest, ref, options.policy), ref, {
        hash: options.hash,
        ensureOnly: false,
        policy: defaultObjectPolicy(options.policy),
      }),
    );
  }
  addNamespace(objects, options);
  return { objects: [...objects.values()], blocked, warnings };
}

/**
 * The body with the preconditions of a guarded write spliced in: `uid` stops it from making an object that was deleted meanwhile,
 * `resourceVersion` from overwriting a change that was not seen. A resourceVersion that no object can have means "only if absent".
 */
export function bodyWith(
  object: PreparedObject,
  precondition: { readonly uid?: string; readonly resourceVersion: string },
): string {
  const uid = precondition.uid === undefined ? '' : `,"uid":${JSON.stringify(precondition.uid)}`;
  // metadata stands last in the body, so that its end is the body's end.
  return `${object.body.slice(0, -2)},"resourceVersion":${JSON.stringify(precondition.resourceVersion)}${uid}}}`;
}

/** The resourceVersion that makes server-side apply a create: it conflicts with every object that exists. */
export const ONLY_IF_ABSENT = '1';

interface Preparation {
  readonly hash: (text: string) => string;
  readonly ensureOnly: boolean;
  readonly policy: ObjectPolicy;
}

function prepareObject(manifest: Manifest, ref: ObjectRef, { hash: digest, ensureOnly, policy }: Preparation): PreparedObject {
  const { metadata, status: _status, ...rest } = manifest;
  const {
    resourceVersion: _rv,
    uid: _uid,
    managedFields: _mf,
    creationTimestamp: _ct,
    generation: _g,
    selfLink: _sl,
    ...kept
  } = metadata;
  const body = JSON.stringify({ ...rest, metadata: kept });
  const common = {
    key: keyOf(ref),
    ref,
    apiVersion: manifest.apiVersion,
    body,
    hash: digest(body),
    stage: stageOf(ref),
    ensureOnly,
    policy,
  };
  return { ...common, secret: isSecret(manifest) };
}

function place(manifest: Manifest, scope: 'namespaced' | 'cluster' | undefined, policy: AppPolicy): Manifest {
  const { namespace, ...metadata } = manifest.metadata;
  if (scope === 'cluster') return namespace === undefined ? manifest : { ...manifest, metadata };
  if (namespace !== undefined && namespace !== '') return manifest;
  if (scope === undefined) return manifest;
  return { ...manifest, metadata: { ...metadata, namespace: policy.targetNamespace ?? 'default' } };
}

function addNamespace(objects: Map<ObjectKey, PreparedObject>, { policy, agent, hash }: PrepareOptions): void {
  const name = policy.targetNamespace;
  if (!policy.createNamespace || name === undefined || name === agent.namespace) return;
  const ref = { group: '', kind: 'Namespace', namespace: '', name };
  if (objects.has(keyOf(ref))) return;
  objects.set(
    keyOf(ref),
    prepareObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, ref, {
      hash,
      ensureOnly: true,
      policy: defaultObjectPolicy(policy),
    }),
  );
}

/** Kinds that a CustomResourceDefinition of the same bundle defines are known before the cluster serves them. */
function withOwnDefinitions(bundle: Bundle, scopeOf: ScopeOf): ScopeOf {
  const own = new Map<string, 'namespaced' | 'cluster'>();
  for (const manifest of bundle.objects) {
    if (manifest.kind !== 'CustomResourceDefinition' || groupOf(manifest.apiVersion) !== 'apiextensions.k8s.io') continue;
    const spec = manifest['spec'];
    const names = isObject(spec) ? spec['names'] : undefined;
    const versions = isObject(spec) ? spec['versions'] : undefined;
    if (!isObject(spec) || !isObject(names) || !Array.isArray(versions)) continue;
    for (const version of versions.filter(isObject) as Json[])
      if (isObject(version))
        own.set(
          `${String(spec['group'])}/${String(version['name'])}/${String(names['kind'])}`,
          spec['scope'] === 'Cluster' ? 'cluster' : 'namespaced',
        );
  }
  return (apiVersion, kind) => scopeOf(apiVersion, kind) ?? own.get(`${apiVersion}/${kind}`);
}
