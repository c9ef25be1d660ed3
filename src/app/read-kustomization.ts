import type { App } from '../../core/app/app.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import type { RenderKustomize } from '../../core/render/render-types.ts';
import { readControlAnnotations, toControlRules } from './control-annotations.ts';
import { definitionLabels } from './definition-labels.ts';
import { DEFAULT_BUDGET, type FleetContext } from './fleet-context.ts';
import {
  type FluxObject,
  readDecryption,
  readDependencies,
  readHealthChecks,
  readHealthExpressions,
  readImages,
  readServiceAccount,
  readSubstitute,
  withoutEmptyParts,
} from './flux-policy.ts';
import { KUSTOMIZATION_SHAPE } from './flux-shapes.ts';
import { findSource, type GitSources } from './flux-source.ts';
import { readFluxIgnore } from './ignore-rules.ts';
import { FLUX_KEYS, fluxValue, noteKeys } from './known-annotations.ts';
import { appId, FLUX_NAMESPACE, isNamespace, isObjectName } from './names.ts';
import { readOwnAnnotations } from './plumbline-annotations.ts';
import { readInterval } from './read-git-repository.ts';
import { parseRepositoryPath } from './repository-path.ts';
import { invalid, type Notes, readShape, type Shaped, warn } from './shape.ts';
import { definitionSubscriptions } from './subscriptions.ts';

type Spec = NonNullable<Shaped<typeof KUSTOMIZATION_SHAPE>['spec']>;

export interface FluxContext extends FleetContext {
  readonly sources: GitSources;
}

/** Labels carry the name, and a label value has at most 63 characters. */
const MAX_NAME = 63;
const MIN_TIMEOUT_SECONDS = 30;

/** Reads a Flux Kustomization; undefined when the notes' refusals say why it cannot be used. */
export function readKustomization(document: ManifestDocument, context: FluxContext, notes: Notes): App | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = FLUX_NAMESPACE } = manifest.metadata;
  if (!isObjectName(name) || name.length > MAX_NAME)
    invalid(notes, 'metadata.name', `is not a name that Kubernetes allows, or has more than ${MAX_NAME} characters`);
  if (!isNamespace(namespace)) invalid(notes, 'metadata.namespace', 'is not a name of a namespace');
  const id = appId({ namespace, name, home: FLUX_NAMESPACE });
  const { spec } = readShape(manifest, { shape: KUSTOMIZATION_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  const source = findSource(spec.sourceRef ?? {}, { path: 'spec.sourceRef', namespace, sources: context.sources, notes });
  const path = parseRepositoryPath(spec.path ?? '', { absolute: 'from_root' });
  if (!path.ok) invalid(notes, 'spec.path', path.error);
  const policy = readPolicy(spec, manifest, { id, name, namespace, context, notes });
  const kustomize = readOverlay(spec, notes);
  if (source?.suspended === true) warn(notes, 'spec.sourceRef', 'the GitRepository is suspended, and this App with it');
  const rules = toControlRules(readControlAnnotations(manifest, notes));
  if (notes.refusals.length > 0 || source === undefined || !path.ok) return undefined;
  return {
    id,
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
    ...definitionLabels(manifest),
    ...rules,
    ...definitionSubscriptions(manifest, notes),
    warnings: notes.warnings,
  };
}

function readPolicy(
  spec: Spec,
  manifest: Manifest,
  app: FluxObject & { readonly name: string; readonly context: FleetContext },
): AppPolicy {
  const { notes, context } = app;
  const own = readOwnAnnotations(manifest, { id: app.id, cluster: context.defaultCluster, context, notes });
  noteKeys(manifest, FLUX_KEYS, notes);
  const interval = readInterval(spec.interval, { path: 'spec.interval', notes }) ?? 0;
  const retry =
    spec.retryInterval === undefined ? interval : readInterval(spec.retryInterval, { path: 'spec.retryInterval', notes });
  // https://github.com/fluxcd/kustomize-controller/blob/api/v1.9.5/api/v1/kustomization_types.go#L383
  const timeout = spec.timeout === undefined ? interval - 30 : readInterval(spec.timeout, { path: 'spec.timeout', notes });
  if (spec.prune === undefined) invalid(notes, 'spec.prune', 'is missing');
  const targetNamespace = spec.targetNamespace ?? '';
  if (targetNamespace !== '' && !isNamespace(targetNamespace))
    invalid(notes, 'spec.targetNamespace', 'is not a name of a namespace');
  const checks = readHealthChecks(spec.healthChecks, notes);
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
    timeoutSeconds: own.timeoutSeconds ?? Math.max(timeout ?? 0, MIN_TIMEOUT_SECONDS),
    onDelete: readDeletionPolicy(spec, manifest, notes),
    budget: own.budget ?? context.budget ?? DEFAULT_BUDGET,
    ...withoutEmptyParts({
      drift: own.drift,
      awaitDeletion: spec.deletionPolicy === 'WaitForTermination',
      sync: spec.force === true ? { force: true } : undefined,
      ignore: readFluxIgnore(spec.ignore, 'spec.ignore', notes),
      dependsOn: [...readDependencies(spec.dependsOn, app), ...(own.dependsOn ?? [])],
      wait: spec.wait,
      // As in Flux, `wait` looks at everything.
      healthChecks: spec.wait === true ? undefined : checks,
      healthExpressions: readHealthExpressions(spec.healthCheckExprs, notes),
      serviceAccount: readServiceAccount(spec.serviceAccountName, app),
      substitute: readSubstitute(spec.postBuild, notes),
      decryption: readDecryption(spec.decryption, notes),
    }),
  };
}

/** A Kustomization that is itself marked as not to be pruned leaves its objects when it leaves Git. */
function readDeletionPolicy(spec: Spec, manifest: Manifest, notes: Notes): AppPolicy['onDelete'] {
  if (fluxValue(manifest, 'kustomize.toolkit.fluxcd.io/prune') === 'disabled') return 'orphan';
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

const BUILD_METADATA = ['originAnnotations', 'transformerAnnotations'];

/** What the Kustomization lays over the path, in the renderer's words. */
function readOverlay(spec: Spec, notes: Notes): JsonObject {
  const { namePrefix, nameSuffix, patches, components, ignoreMissingComponents, commonMetadata, buildMetadata } = spec;
  for (const [index, option] of (buildMetadata ?? []).entries())
    if (!BUILD_METADATA.includes(option))
      invalid(notes, `spec.buildMetadata[${index}]`, `must be ${BUILD_METADATA.join(' or ')}`);
  const overlay: { [K in keyof RenderKustomize]: RenderKustomize[K] | undefined } = {
    dialect: 'flux',
    generate: true,
    namespace: spec.targetNamespace === '' ? undefined : spec.targetNamespace,
    namePrefix,
    nameSuffix,
    images: readImages(spec.images, 'spec.images', notes),
    patches,
    components,
    ignoreMissingComponents,
    commonMetadata,
    buildMetadata,
  };
  // JSON, apart from fields that are absent: what the shape read, and texts.
  return Object.fromEntries(Object.entries(overlay).filter(([, value]) => value !== undefined)) as JsonObject;
}
