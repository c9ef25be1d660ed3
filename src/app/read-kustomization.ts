import type { App } from '../../core/app/app.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { RenderKustomize } from '../../core/render/render-types.ts';
import { DEFAULT_BUDGET, type FleetContext } from './fleet-context.ts';
import { KUSTOMIZATION_SHAPE } from './flux-shapes.ts';
import { appId, FLUX_NAMESPACE, isNamespace, isObjectName } from './names.ts';
import { type GitSource, readInterval } from './read-git-repository.ts';
import { parseRepositoryPath } from './repository-path.ts';
import { invalid, type Notes, readShape, type Shaped, unsupported, warn } from './shape.ts';

type Spec = NonNullable<Shaped<typeof KUSTOMIZATION_SHAPE>['spec']>;

/** The GitRepositories of a fleet: those that can be used, and why others cannot, by `namespace/name`. */
export interface GitSources {
  readonly usable: ReadonlyMap<string, GitSource>;
  readonly refused: ReadonlyMap<string, readonly Problem[]>;
}

export interface KustomizationContext extends FleetContext {
  readonly sources: GitSources;
}

/** Labels carry the name, and a label value has at most 63 characters. */
const MAX_NAME = 63;
const MIN_TIMEOUT_SECONDS = 30;

/** Reads a Flux Kustomization; undefined when the notes' refusals say why it cannot be used. */
export function readKustomization(document: ManifestDocument, context: KustomizationContext, notes: Notes): App | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = FLUX_NAMESPACE } = manifest.metadata;
  if (!isObjectName(name) || name.length > MAX_NAME)
    invalid(notes, 'metadata.name', `is not a name that Kubernetes allows, or has more than ${MAX_NAME} characters`);
  if (!isNamespace(namespace)) invalid(notes, 'metadata.namespace', 'is not a name of a namespace');
  const { spec } = readShape(manifest, { shape: KUSTOMIZATION_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  const source = findSource(spec.sourceRef ?? {}, { namespace, context, notes });
  const path = parseRepositoryPath(spec.path ?? '', { absolute: 'from_root' });
  if (!path.ok) invalid(notes, 'spec.path', path.error);
  const policy = readPolicy(spec, { name, namespace, budget: context.budget ?? DEFAULT_BUDGET, notes });
  const kustomize = readOverlay(spec, notes);
  if (source?.suspended === true) warn(notes, 'spec.sourceRef', 'the GitRepository is suspended, and this App with it');
  if (notes.refusals.length > 0 || source === undefined || !path.ok) return undefined;
  return {
    id: appId({ namespace, name, home: FLUX_NAMESPACE }),
    cluster: context.defaultCluster,
    project: 'default',
    origin: { dialect: 'flux', kind: 'Kustomization', namespace, name, file, line },
    source: { repoURL: source.repoURL, revision: source.revision, path: path.value },
    render: {
      engine: 'kustomize',
      kustomize,
      generateKustomization: true,
      ...(policy.targetNamespace === undefined ? {} : { namespace: policy.targetNamespace }),
    },
    policy: source.suspended ? { ...policy, suspended: true } : policy,
    warnings: notes.warnings,
  };
}

function findSource(
  ref: NonNullable<Spec['sourceRef']>,
  at: { readonly namespace: string; readonly context: KustomizationContext; readonly notes: Notes },
): GitSource | undefined {
  const { notes } = at;
  if (ref.kind === undefined || ref.name === undefined) return void invalid(notes, 'spec.sourceRef', 'needs a kind and a name');
  if (ref.kind !== 'GitRepository')
    return void unsupported(notes, 'spec.sourceRef.kind', `${ref.kind.slice(0, 60)} is not supported yet`);
  const key = `${ref.namespace || at.namespace}/${ref.name}`.slice(0, 330);
  const source = at.context.sources.usable.get(key);
  if (source !== undefined) return source;
  const refusals = at.context.sources.refused.get(key);
  if (refusals === undefined)
    notes.refusals.push(
      problem('app.source_unknown', `spec.sourceRef: no GitRepository ${key} is in the fleet path`, { where: notes.where }),
    );
  for (const { code, message } of refusals ?? [])
    notes.refusals.push(problem(code, `spec.sourceRef: GitRepository ${key} cannot be used: ${message}`, { where: notes.where }));
  return undefined;
}

function readPolicy(
  spec: Spec,
  app: { readonly name: string; readonly namespace: string; readonly budget: AppPolicy['budget']; readonly notes: Notes },
): AppPolicy {
  const { notes } = app;
  const interval = readInterval(spec.interval, { path: 'spec.interval', notes }) ?? 0;
  const retry =
    spec.retryInterval === undefined ? interval : readInterval(spec.retryInterval, { path: 'spec.retryInterval', notes });
  // https://github.com/fluxcd/kustomize-controller/blob/api/v1.9.5/api/v1/kustomization_types.go#L383
  const timeout = spec.timeout === undefined ? interval - 30 : readInterval(spec.timeout, { path: 'spec.timeout', notes });
  if (spec.prune === undefined) invalid(notes, 'spec.prune', 'is missing');
  const targetNamespace = spec.targetNamespace ?? '';
  if (targetNamespace !== '' && !isNamespace(targetNamespace))
    invalid(notes, 'spec.targetNamespace', 'is not a name of a namespace');
  return {
    dialect: 'flux',
    name: app.name,
    namespace: app.namespace,
    autoSync: true,
    prune: spec.prune === true,
    selfHeal: true,
    // Flux would prune everything when a path turns empty; here that waits for a person (F29).
    allowEmpty: false,
    ...(targetNamespace === '' ? {} : { targetNamespace }),
    createNamespace: false,
    suspended: spec.suspend === true,
    retry: { limit: -1, durationSeconds: retry ?? interval, factor: 1, maxDurationSeconds: retry ?? interval },
    timeoutSeconds: Math.max(timeout ?? 0, MIN_TIMEOUT_SECONDS),
    onDelete: readDeletionPolicy(spec, notes),
    budget: app.budget,
  };
}

function readDeletionPolicy(spec: Spec, notes: Notes): AppPolicy['onDelete'] {
  switch (spec.deletionPolicy ?? '') {
    case '':
    case 'MirrorPrune':
      return spec.prune === true ? 'prune' : 'orphan';
    case 'Delete':
    case 'WaitForTermination':
      return 'prune';
    case 'Orphan':
      return 'orphan';
    default:
      invalid(notes, 'spec.deletionPolicy', 'must be MirrorPrune, Delete, WaitForTermination or Orphan');
      return 'orphan';
  }
}

/** What the Kustomization lays over the path, in the renderer's words. */
function readOverlay(spec: Spec, notes: Notes): JsonObject {
  const { namePrefix, nameSuffix, patches, components, ignoreMissingComponents, commonMetadata, buildMetadata } = spec;
  const images = spec.images?.flatMap(({ name, ...image }, index) => {
    if (name !== undefined && name !== '') return [{ name, ...image }];
    invalid(notes, `spec.images[${index}].name`, 'is missing');
    return [];
  });
  const overlay: { [K in keyof RenderKustomize]: RenderKustomize[K] | undefined } = {
    dialect: 'flux',
    generate: true,
    namespace: spec.targetNamespace === '' ? undefined : spec.targetNamespace,
    namePrefix,
    nameSuffix,
    images,
    patches,
    components,
    ignoreMissingComponents,
    commonMetadata,
    buildMetadata,
  };
  // JSON, apart from fields that are absent: what the shape read, and texts.
  return Object.fromEntries(Object.entries(overlay).filter(([, value]) => value !== undefined)) as JsonObject;
}
