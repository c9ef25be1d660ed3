import type { App, AppRender } from '../../core/app/app.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject, Manifest } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import type { RenderHelm } from '../../core/render/render-types.ts';
import { readControlAnnotations, toControlRules } from './control-annotations.ts';
import { definitionLabels } from './definition-labels.ts';
import { DEFAULT_BUDGET } from './fleet-context.ts';
import {
  type ReleaseSpec,
  readDependencies,
  readHealthExpressions,
  readImages,
  readServiceAccount,
  withoutEmptyParts,
} from './flux-policy.ts';
import { HELM_RELEASE_SHAPE } from './flux-shapes.ts';
import { findSource } from './flux-source.ts';
import { readFluxIgnore } from './ignore-rules.ts';
import { FLUX_KEYS, fluxValue, noteKeys } from './known-annotations.ts';
import { appId, FLUX_NAMESPACE, isNamespace, isObjectName } from './names.ts';
import { readOwnAnnotations } from './plumbline-annotations.ts';
import { readInterval } from './read-git-repository.ts';
import type { FluxContext } from './read-kustomization.ts';
import { readRelease } from './release-policy.ts';
import { parseRepositoryPath } from './repository-path.ts';
import { invalid, type Notes, readShape, unsupported, warn } from './shape.ts';
import { definitionSubscriptions } from './subscriptions.ts';

/** Objects of a release carry its name in a label. */
const MAX_NAME = 63;

/**
 * Reads a Flux HelmRelease whose chart is in a GitRepository; undefined when the notes' refusals say why it cannot be used.
 *
 * The chart is rendered as for an installation (`.Release.IsInstall`, revision 1), whatever runs in the cluster: so the same commit gives the same objects,
 * as with Argo CD.
 */
export function readHelmRelease(document: ManifestDocument, context: FluxContext, notes: Notes): App | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = FLUX_NAMESPACE } = manifest.metadata;
  if (!isObjectName(name) || name.length > MAX_NAME)
    invalid(notes, 'metadata.name', `is not a name that Kubernetes allows, or has more than ${MAX_NAME} characters`);
  if (!isNamespace(namespace)) invalid(notes, 'metadata.namespace', 'is not a name of a namespace');
  const id = appId({ namespace, name, home: FLUX_NAMESPACE });
  const { spec } = readShape(manifest, { shape: HELM_RELEASE_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  readInterval(spec.interval, { path: 'spec.interval', notes });
  const located = notes.refusals.some(({ message }) => message.startsWith('spec.chartRef'))
    ? undefined
    : readChart(spec, { namespace, context, notes });
  const policy = readPolicy(spec, manifest, { id, name, namespace, context, notes });
  const helm = readHelm(spec, policy, notes);
  const tests = readTests(spec, notes);
  if (located?.source.suspended === true)
    warn(notes, 'spec.chart.spec.sourceRef', 'the GitRepository is suspended, and this App with it');
  const rules = toControlRules(readControlAnnotations(manifest, notes));
  if (notes.refusals.length > 0 || located === undefined) return undefined;
  const { source, path } = located;
  return {
    id,
    cluster: context.defaultCluster,
    project: 'default',
    origin: { dialect: 'flux', kind: 'HelmRelease', namespace, name, file, line },
    source: { repoURL: source.repoURL, revision: source.revision, path },
    render: {
      engine: 'helm',
      helm,
      marksDefinitions: true,
      ...(tests === undefined ? {} : { tests }),
      ...(policy.targetNamespace === undefined ? {} : { namespace: policy.targetNamespace }),
    },
    policy: source.suspended ? { ...policy, suspended: true } : policy,
    ...definitionLabels(manifest),
    ...rules,
    ...definitionSubscriptions(manifest, notes),
    warnings: notes.warnings,
  };
}

function readChart(spec: ReleaseSpec, at: { readonly namespace: string; readonly context: FluxContext; readonly notes: Notes }) {
  const { notes } = at;
  const chart = spec.chart?.spec;
  if (chart === undefined) return void invalid(notes, 'spec.chart', 'is missing');
  const strategy = chart.reconcileStrategy ?? 'Revision';
  if (strategy !== 'ChartVersion' && strategy !== 'Revision')
    invalid(notes, 'spec.chart.spec.reconcileStrategy', 'must be ChartVersion or Revision');
  if (chart.interval !== undefined) readInterval(chart.interval, { path: 'spec.chart.spec.interval', notes });
  const source = findSource(chart.sourceRef ?? {}, {
    path: 'spec.chart.spec.sourceRef',
    namespace: at.namespace,
    sources: at.context.sources,
    notes,
  });
  if (chart.chart === undefined || chart.chart === '') return void invalid(notes, 'spec.chart.spec.chart', 'is missing');
  const path = parseRepositoryPath(chart.chart, { absolute: 'from_root' });
  if (!path.ok) return void invalid(notes, 'spec.chart.spec.chart', path.error);
  return source === undefined ? undefined : { source, path: path.value };
}

function readPolicy(
  spec: ReleaseSpec,
  manifest: Manifest,
  app: {
    readonly id: string;
    readonly name: string;
    readonly namespace: string;
    readonly context: FluxContext;
    readonly notes: Notes;
  },
): AppPolicy {
  const { notes, context } = app;
  const own = readOwnAnnotations(manifest, { id: app.id, cluster: context.defaultCluster, context, notes });
  noteKeys(manifest, FLUX_KEYS, notes);
  const { release, timeoutSeconds, deletePropagation } = readRelease(spec, app);
  const mode = release.driftDetection;
  const isValidated = spec.install?.disableOpenAPIValidation !== true && spec.upgrade?.disableOpenAPIValidation !== true;
  const keeps = fluxValue(manifest, 'kustomize.toolkit.fluxcd.io/prune') === 'disabled';
  return {
    dialect: 'flux',
    name: app.name,
    namespace: app.namespace,
    autoSync: true,
    prune: true,
    selfHeal: mode === 'enabled',
    allowEmpty: false,
    targetNamespace: release.namespace,
    createNamespace: spec.install?.createNamespace === true,
    suspended: spec.suspend === true,
    // What passes by itself is tried again for ever; what a release makes of its own failures stands in `release`.
    retry: { limit: -1, durationSeconds: 10, factor: 2, maxDurationSeconds: 300 },
    timeoutSeconds: own.timeoutSeconds ?? timeoutSeconds,
    onDelete: keeps ? 'orphan' : 'prune',
    deletePropagation,
    deleteHooks: release.uninstall.disableHooks ? [] : ['PreDelete', 'PostDelete'],
    budget: own.budget ?? context.budget ?? DEFAULT_BUDGET,
    release,
    ...withoutEmptyParts({
      drift: own.drift ?? (mode === 'disabled' ? undefined : mode === 'warn' ? ('warn' as const) : ('heal' as const)),
      awaitDeletion: !release.uninstall.disableWait,
      sync: isValidated ? undefined : { validate: false },
      ignore: readFluxIgnore(spec.driftDetection?.ignore, 'spec.driftDetection.ignore', notes),
      dependsOn: [...readDependencies(spec.dependsOn, app), ...(own.dependsOn ?? [])],
      wait: true,
      healthExpressions: readHealthExpressions(spec.healthCheckExprs, notes),
      serviceAccount: readServiceAccount(spec.serviceAccountName, app),
    }),
  };
}

/** How the chart is rendered, in the renderer's words. */
function readHelm(spec: ReleaseSpec, { release }: AppPolicy, notes: Notes): JsonObject {
  const chart = spec.chart?.spec;
  const files = (chart?.valuesFiles ?? []).flatMap((file, index) => {
    const path = parseRepositoryPath(file, { absolute: 'from_root' });
    if (path.ok) return [path.value];
    invalid(notes, `spec.chart.spec.valuesFiles[${index}]`, path.error);
    return [];
  });
  checkStrategies(spec, notes);
  const helm: { [K in keyof RenderHelm]: RenderHelm[K] | undefined } = {
    releaseName: release?.name,
    namespace: release?.namespace,
    values: spec.values,
    chartValueFiles: files.length === 0 ? undefined : files,
    ignoreMissingValueFiles: chart?.ignoreMissingValuesFiles,
    skipCrds: release?.install.crds === 'Skip' && release.upgrade.crds === 'Skip' ? true : undefined,
    skipTests: release?.test === undefined ? true : undefined,
    skipSchemaValidation:
      spec.install?.disableSchemaValidation === true || spec.upgrade?.disableSchemaValidation === true ? true : undefined,
    postRenderers: readPostRenderers(spec, notes),
    commonMetadata: spec.commonMetadata,
  };
  // JSON, apart from fields that are absent: what the shape read, and texts.
  return Object.fromEntries(Object.entries(helm).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** `test.filters`, as Helm reads them; undefined when all tests are to run. */
function readTests(spec: ReleaseSpec, notes: Notes): AppRender['tests'] {
  const filters = spec.test?.filters ?? [];
  for (const [index, { name = '' }] of filters.entries())
    if (name === '') invalid(notes, `spec.test.filters[${index}].name`, 'is missing');
  const names = (isExcluded: boolean) =>
    filters.flatMap(({ name, exclude = false }) => (exclude === isExcluded ? (name ?? []) : []));
  return filters.length === 0 ? undefined : { include: names(false), exclude: names(true) };
}

function readPostRenderers(spec: ReleaseSpec, notes: Notes): RenderHelm['postRenderers'] {
  const renderers = (spec.postRenderers ?? []).flatMap(({ kustomize }, index) => {
    if (kustomize === undefined) return [];
    const images = readImages(kustomize.images, `spec.postRenderers[${index}].kustomize.images`, notes);
    return [
      { ...(images === undefined ? {} : { images }), ...(kustomize.patches === undefined ? {} : { patches: kustomize.patches }) },
    ];
  });
  return renderers.length === 0 ? undefined : renderers;
}

function checkStrategies(spec: ReleaseSpec, notes: Notes): void {
  const strategy = spec.postRenderStrategy ?? '';
  if (!['', 'combined', 'separate', 'nohooks'].includes(strategy))
    invalid(notes, 'spec.postRenderStrategy', 'must be nohooks, combined or separate');
  if (strategy === 'nohooks' && (spec.postRenderers ?? []).length > 0)
    unsupported(notes, 'spec.postRenderStrategy', 'hooks are sent through post-renderers too, as Helm 4 does');
  const wait = spec.waitStrategy?.name ?? 'poller';
  if (wait !== 'poller' && wait !== 'legacy') invalid(notes, 'spec.waitStrategy.name', 'must be poller or legacy');
  if (wait === 'legacy') warn(notes, 'spec.waitStrategy.name', 'objects are waited for by the rules of kstatus');
}
