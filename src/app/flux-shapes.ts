import { FLUX_IGNORE, FLUX_SELECTOR } from './ignore-rules.ts';
import { flag, ignored, integer, list, map, object, refused, refusedEvenEmpty, silent, text, textMap, texts } from './shape.ts';

/**
 * Every field of Flux' GitRepository (source.toolkit.fluxcd.io/v1) and Kustomization (kustomize.toolkit.fluxcd.io/v1), and what Plumbline
 * does with it. Field lists: https://github.com/fluxcd/source-controller/tree/main/config/crd/bases and
 * https://github.com/fluxcd/kustomize-controller/tree/main/config/crd/bases. docs/compatibility.md says the same for people.
 */
const expressions = list({ apiVersion: text, kind: text, current: text, inProgress: text, failed: text });
const dependencies = list({ name: text, namespace: text, readyExpr: text });
const images = list({ name: text, newName: text, newTag: text, digest: text });
const patches = list({ patch: text, target: FLUX_SELECTOR });
const metadata = object({ labels: textMap, annotations: textMap });
/** S06: a kubeconfig may name programs to run; an agent in the other cluster needs none. */
const kubeConfig = refusedEvenEmpty(
  'Plumbline takes no kubeconfig: install an agent in that cluster with `plumb cluster add`, and define the App in its fleet path',
);

export const GIT_REPOSITORY_SHAPE = {
  apiVersion: silent,
  kind: silent,
  metadata: silent,
  status: silent,
  spec: object({
    url: text,
    interval: text,
    suspend: flag,
    ref: object({
      branch: text,
      tag: text,
      commit: text,
      name: text,
      semver: refused('version ranges over tags are not supported yet'),
    }),
    // A signature policy must never be skipped in silence, not even a malformed one (S17, S41).
    verify: refusedEvenEmpty('signatures of commits are not checked yet, so nothing is applied from this source'),
    secretRef: ignored('Plumbline holds the credentials: give them with `plumb fleet add`'),
    serviceAccountName: ignored('Plumbline holds the credentials: give them with `plumb fleet add`'),
    provider: ignored('Plumbline holds the credentials: give them with `plumb fleet add`'),
    proxySecretRef: ignored('the Worker reaches the host directly'),
    ignore: ignored('files are not left out; give each Kustomization a path that holds only what it deploys'),
    timeout: ignored('fetches have a timeout of their own'),
    sparseCheckout: ignored('only what an App reads is used'),
    include: refused('files of other repositories are not laid into this one yet'),
    recurseSubmodules: refused('submodules are not fetched yet'),
  }),
} as const;

export const KUSTOMIZATION_SHAPE = {
  apiVersion: silent,
  kind: silent,
  metadata: silent,
  status: silent,
  spec: object({
    interval: text,
    retryInterval: text,
    timeout: text,
    path: text,
    prune: flag,
    suspend: flag,
    targetNamespace: text,
    sourceRef: object({ apiVersion: silent, kind: text, name: text, namespace: text }),
    namePrefix: text,
    nameSuffix: text,
    images,
    patches,
    components: texts,
    ignoreMissingComponents: flag,
    commonMetadata: metadata,
    buildMetadata: texts,
    deletionPolicy: text,
    wait: flag,
    healthChecks: list({ apiVersion: text, kind: text, name: text, namespace: text }),
    healthCheckExprs: expressions,
    dependsOn: dependencies,
    force: flag,
    postBuild: object({
      substitute: textMap,
      substituteFrom: list({ kind: text, name: text, optional: flag }),
      substituteStrategy: text,
    }),
    decryption: object({
      provider: text,
      secretRef: object({ name: text }),
      serviceAccountName: refused('keys of cloud providers are not supported, only age keys in a Secret'),
    }),
    kubeConfig,
    serviceAccountName: text,
    ignore: FLUX_IGNORE,
  }),
} as const;

const strategy = object({ name: text, retryInterval: text });
const action = {
  timeout: text,
  disableHooks: flag,
  disableWait: flag,
  disableWaitForJobs: ignored('Jobs are waited for as all other objects; disableWait waits for none'),
} as const;
const validated = {
  disableOpenAPIValidation: flag,
  disableSchemaValidation: flag,
  disableTakeOwnership: ignored('an object that nobody owns is taken over; one of another App never is'),
} as const;

/**
 * Every field of Flux' HelmRelease (helm.toolkit.fluxcd.io/v2). Field list:
 * https://github.com/fluxcd/helm-controller/blob/api/v1.6.4/api/v2/helmrelease_types.go
 */
export const HELM_RELEASE_SHAPE = {
  apiVersion: silent,
  kind: silent,
  metadata: silent,
  status: silent,
  spec: object({
    chart: object({
      metadata: ignored('no HelmChart object is made'),
      spec: object({
        chart: text,
        version: ignored('a chart in Git has the version of its commit'),
        sourceRef: object({ apiVersion: silent, kind: text, name: text, namespace: text }),
        interval: text,
        /** Every commit that changes the chart counts, whether its version was raised or not. */
        reconcileStrategy: text,
        valuesFiles: texts,
        ignoreMissingValuesFiles: flag,
        verify: refusedEvenEmpty('signatures of charts are not checked yet, so nothing is deployed from it'),
      }),
    }),
    chartRef: refusedEvenEmpty(
      'charts from registries and artifacts are not supported yet; a chart in a GitRepository is (spec.chart)',
    ),
    interval: text,
    timeout: text,
    suspend: flag,
    releaseName: text,
    targetNamespace: text,
    storageNamespace: ignored('nothing is stored in Helm’s format; the ledger keeps the history'),
    maxHistory: ignored('the ledger keeps the whole history'),
    persistentClient: silent,
    serviceAccountName: text,
    kubeConfig,
    dependsOn: dependencies,
    values: map,
    valuesFrom: refused(
      'the chart is rendered outside the cluster, which never sees its ConfigMaps and Secrets; put the values into spec.values or into a file of the chart’s repository',
    ),
    commonMetadata: metadata,
    healthCheckExprs: expressions,
    postRenderers: list({ kustomize: object({ images, patches }) }),
    postRenderStrategy: text,
    waitStrategy: object({ name: text }),
    driftDetection: object({ mode: text, ignore: FLUX_IGNORE }),
    install: object({
      ...action,
      ...validated,
      strategy,
      crds: text,
      skipCRDs: flag,
      createNamespace: flag,
      replace: silent,
      serverSideApply: flag,
      remediation: object({ retries: integer, ignoreTestFailures: flag, remediateLastFailure: flag }),
    }),
    upgrade: object({
      ...action,
      ...validated,
      strategy,
      crds: text,
      serverSideApply: text,
      remediation: object({ retries: integer, ignoreTestFailures: flag, remediateLastFailure: flag, strategy: text }),
      force: ignored('has no effect with server-side apply, upstream either'),
      cleanupOnFail: ignored('a rollback removes what the failed upgrade brought'),
      preserveValues: refused('values of an earlier release are nowhere in Git'),
      chartNameChangeStrategy: ignored('a release whose chart was renamed is updated in place'),
    }),
    rollback: object({
      ...action,
      serverSideApply: text,
      force: ignored('has no effect with server-side apply, upstream either'),
      cleanupOnFail: ignored('a rollback removes what the failed upgrade brought'),
      recreate: ignored('has no effect upstream either'),
    }),
    uninstall: object({
      timeout: text,
      disableHooks: flag,
      disableWait: flag,
      deletionPropagation: text,
      keepHistory: ignored('the ledger keeps the whole history'),
    }),
    test: object({
      enable: flag,
      timeout: text,
      ignoreFailures: flag,
      filters: list({ name: text, exclude: flag }),
    }),
  }),
} as const;
