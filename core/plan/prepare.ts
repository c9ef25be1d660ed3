import type { AppPolicy } from '../app/policy.ts';
import type { ClusterSettings, ProjectRules } from '../app/settings.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { isSecret } from '../bundle/bundle-digest.ts';
import { describeRef, keyOf, type Manifest, type ObjectKey, type ObjectRef, refOf } from '../objects/object.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { checkProject, isExcluded } from './allowed-object.ts';
import { normalise } from './normalise.ts';
import { defaultObjectPolicy, type ObjectPolicy } from './object-policy.ts';
import { definedKind, type ScopeOf, withOwnDefinitions } from './own-definitions.ts';
import { type AgentIdentity, checkProtected } from './protected-object.ts';
import { readObjectPolicy } from './read-object-policy.ts';
import { stageOf } from './stage-order.ts';
import { withTracking } from './tracking.ts';

export type { ScopeOf } from './own-definitions.ts';

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
  /** Of a hook: the beginning of the name that each run completes. */
  readonly generateName?: string;
  /** Of a CustomResourceDefinition: the `group/Kind` that it defines. */
  readonly defines?: string;
}

/** An object of a bundle that cannot be applied as things are. */
export interface BlockedObject {
  readonly key: ObjectKey;
  readonly apiVersion: string;
  readonly problem: Problem;
  /** The wave in which it would be applied; 0 where absent. */
  readonly wave?: number;
}

export interface PreparedBundle {
  readonly objects: readonly PreparedObject[];
  /** Run by a sync, not owned: what they make goes by its delete policy. */
  readonly hooks: readonly PreparedObject[];
  /** In Git, but neither applied nor pruned: skipped by annotation, or excluded by the settings. */
  readonly skipped: readonly ObjectKey[];
  readonly blocked: readonly BlockedObject[];
  readonly warnings: readonly Problem[];
}

export interface PrepareOptions {
  readonly policy: AppPolicy;
  readonly agent: AgentIdentity;
  readonly scopeOf: ScopeOf;
  /** A short digest of a text; the platform's, because it runs for every object. */
  readonly hash: (text: string) => string;
  readonly settings?: ClusterSettings;
  readonly project?: ProjectRules;
  /** Objects into which values of the cluster's Secrets were filled: problems must not quote them. */
  readonly isFilled?: (manifest: Manifest) => boolean;
}

/** How many objects are prepared between two pauses. */
const SLICE = 32;

/**
 * Makes a bundle's objects ready for this cluster: namespaces defaulted (or dropped from cluster-scoped kinds), annotations read, tracking
 * metadata added, list-map duplicates normalised, the namespace of CreateNamespace added.
 * An object that is protected, forbidden by its project, defined twice or of an unknown kind is blocked with its problem; the others are not
 * affected.
 */
export function prepareBundle(bundle: Bundle, options: PrepareOptions): PreparedBundle {
  const slices = prepareInSlices(bundle, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/** The same in slices, so that a large bundle does not keep others waiting: something else may run between two of them. */
export function* prepareInSlices(bundle: Bundle, options: PrepareOptions): Generator<undefined, PreparedBundle> {
  const preparation = new Preparation(bundle, options);
  let count = 0;
  for (const manifest of bundle.objects) {
    preparation.add(manifest);
    if (++count % SLICE === 0) yield undefined;
  }
  return preparation.finish();
}

class Preparation {
  readonly #options: PrepareOptions;
  readonly #scopeOf: ScopeOf;
  readonly #objects = new Map<ObjectKey, PreparedObject>();
  readonly #hooks = new Map<ObjectKey, PreparedObject>();
  readonly #skipped: ObjectKey[] = [];
  readonly #blocked: BlockedObject[] = [];
  readonly #warnings: Problem[] = [];

  constructor(bundle: Bundle, options: PrepareOptions) {
    this.#options = options;
    this.#scopeOf = withOwnDefinitions(bundle, options.scopeOf);
  }

  add(manifest: Manifest): void {
    const { policy: app, settings } = this.#options;
    const scope = this.#scopeOf(manifest.apiVersion, manifest.kind);
    const placed = placeObject(manifest, scope, app);
    const ref = refOf(placed);
    const key = keyOf(ref);
    const { policy, warnings } = readObjectPolicy(placed, app);
    this.#warnings.push(...warnings);
    if (isExcluded(ref, settings)) {
      this.#warnings.push(problem('apply.excluded', 'the settings exclude its kind', { where: describeRef(ref) }));
      this.#skipped.push(key);
      return;
    }
    if (policy.skip || policy.write === 'ignore') {
      this.#skipped.push(key);
      return;
    }
    const refusal = this.#refusalOf(placed, ref, { scope, policy });
    if (refusal !== undefined) {
      this.#blocked.push({ key, apiVersion: manifest.apiVersion, problem: refusal, wave: policy.wave });
      return;
    }
    this.#keep(placed, ref, policy);
  }

  #refusalOf(
    manifest: Manifest,
    ref: ObjectRef,
    { scope, policy }: { readonly scope: ReturnType<ScopeOf>; readonly policy: ObjectPolicy },
  ): Problem | undefined {
    const where = describeRef(ref);
    const protectedBy = checkProtected(manifest, ref, this.#options.agent);
    if (protectedBy !== undefined) return protectedBy;
    if (generateNameOf(manifest) !== undefined && policy.hook === undefined)
      return problem('object.generate_name', 'an object that is not a hook needs a name of its own', { where });
    if (scope === undefined)
      return problem('apply.kind_unknown', `the cluster does not serve ${manifest.kind} of ${manifest.apiVersion}`, { where });
    return checkProject(ref, scope, this.#options.project);
  }

  #keep(manifest: Manifest, ref: ObjectRef, policy: ObjectPolicy): void {
    const { hash, policy: app, isFilled } = this.#options;
    const key = keyOf(ref);
    const target = policy.hook === undefined ? this.#objects : this.#hooks;
    if (this.#objects.has(key) || this.#hooks.has(key)) {
      this.#warnings.push(
        problem('manifest.duplicate', 'defined twice, the last definition is used', { where: describeRef(ref) }),
      );
      this.#objects.delete(key);
      this.#hooks.delete(key);
    }
    const normalised = normalise(manifest, ref);
    this.#warnings.push(...normalised.warnings);
    const tracked = withTracking(normalised.manifest, ref, app);
    const secret = isSecret(manifest) || isFilled?.(manifest) === true;
    target.set(key, prepareObject(tracked, ref, { hash, ensureOnly: false, policy, secret }));
  }

  finish(): PreparedBundle {
    const namespace = this.#namespace();
    if (namespace !== undefined) this.#objects.set(namespace.key, namespace);
    return {
      objects: [...this.#objects.values()],
      hooks: [...this.#hooks.values()],
      skipped: this.#skipped,
      blocked: this.#blocked,
      warnings: this.#warnings,
    };
  }

  /** The namespace of CreateNamespace: made when it is missing; with metadata of its own, kept like any other object, but never deleted. */
  #namespace(): PreparedObject | undefined {
    const { policy: app, agent, hash } = this.#options;
    const name = app.targetNamespace;
    if (!app.createNamespace || name === undefined || name === agent.namespace) return undefined;
    const ref = { group: '', kind: 'Namespace', namespace: '', name };
    if (this.#objects.has(keyOf(ref)) || this.#blocked.some((entry) => entry.key === keyOf(ref))) return undefined;
    const { labels, annotations } = app.namespaceMetadata ?? {};
    const ensureOnly = labels === undefined && annotations === undefined;
    const metadata = {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const manifest: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata };
    const policy: ObjectPolicy = { ...defaultObjectPolicy(app), write: 'apply', recreate: false, prune: 'release', delete: 'no' };
    const tracked = ensureOnly ? manifest : withTracking(manifest, ref, app);
    return prepareObject(tracked, ref, { hash, ensureOnly, policy, secret: false });
  }
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

interface ObjectParts {
  readonly hash: (text: string) => string;
  readonly ensureOnly: boolean;
  readonly policy: ObjectPolicy;
  readonly secret: boolean;
}

/** What is sent for a manifest: without its status and what the API server writes by itself, `metadata` last (see `bodyWith`). */
export function prepareObject(
  manifest: Manifest,
  ref: ObjectRef,
  { hash: digest, ensureOnly, policy, secret }: ObjectParts,
): PreparedObject {
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
  const generateName = generateNameOf(manifest);
  const defines = definedKind(manifest);
  return {
    key: keyOf(ref),
    ref,
    apiVersion: manifest.apiVersion,
    body,
    hash: digest(body),
    stage: isTokenSecret(manifest) ? stageOf(ref) + 1 : stageOf(ref),
    ensureOnly,
    policy,
    secret,
    ...(generateName === undefined ? {} : { generateName }),
    ...(defines === undefined ? {} : { defines }),
  };
}

/** A token Secret that comes before its ServiceAccount is deleted again by the token controller. */
function isTokenSecret(manifest: Manifest): boolean {
  return manifest.kind === 'Secret' && manifest['type'] === 'kubernetes.io/service-account-token';
}

/** The beginning of a name that is left to each run; see core/objects/parse.ts for how such an object is known until then. */
function generateNameOf(manifest: Manifest): string | undefined {
  const { generateName, name } = manifest.metadata;
  return typeof generateName === 'string' && name === `${generateName}*` ? generateName : undefined;
}

/** The object where it belongs: in its App's namespace where it names none, in none where its kind lives in none. */
export function placeObject(manifest: Manifest, scope: 'namespaced' | 'cluster' | undefined, policy: AppPolicy): Manifest {
  const { namespace, ...metadata } = manifest.metadata;
  if (scope === 'cluster') return namespace === undefined ? manifest : { ...manifest, metadata };
  if (namespace !== undefined && namespace !== '') return manifest;
  if (scope === undefined) return manifest;
  return { ...manifest, metadata: { ...metadata, namespace: policy.targetNamespace ?? 'default' } };
}
