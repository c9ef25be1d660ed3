import { IGNORE_DIFFERENCES } from './ignore-rules.ts';
import {
  count,
  flag,
  ignored,
  integer,
  list,
  map,
  maps,
  object,
  refused,
  refusedEvenEmpty,
  silent,
  text,
  textMap,
  texts,
} from './shape.ts';

/**
 * Every field of an Argo CD Application (v1alpha1) and what Plumbline does with it. Field list:
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/manifests/crds/application-crd.yaml. docs/compatibility.md says the same for people.
 */
const selector = object({
  group: text,
  version: text,
  kind: text,
  name: text,
  namespace: text,
  labelSelector: text,
  annotationSelector: text,
});

const kustomize = object({
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  images: texts,
  replicas: list({ name: text, count }),
  patches: list({ patch: text, path: text, target: selector, options: map }),
  components: texts,
  ignoreMissingComponents: flag,
  commonLabels: textMap,
  forceCommonLabels: flag,
  labelWithoutSelector: flag,
  labelIncludeTemplates: flag,
  commonAnnotations: textMap,
  forceCommonAnnotations: flag,
  commonAnnotationsEnvsubst: flag,
  version: ignored('one version of Kustomize is built in'),
  kubeVersion: ignored('only charts inside Kustomize would ask for it, and those are refused'),
  apiVersions: ignored('only charts inside Kustomize would ask for them, and those are refused'),
});

const helm = object({
  releaseName: text,
  namespace: text,
  valueFiles: texts,
  values: text,
  valuesObject: map,
  parameters: list({ name: text, value: text, forceString: flag }),
  fileParameters: list({ name: text, path: text }),
  ignoreMissingValueFiles: flag,
  skipCrds: flag,
  skipTests: flag,
  skipSchemaValidation: flag,
  kubeVersion: text,
  apiVersions: texts,
  passCredentials: ignored('charts come from Git here, with the credentials of the repository'),
  version: ignored('one version of Helm is built in'),
});

const directory = object({
  recurse: flag,
  include: text,
  exclude: text,
  jsonnet: refused('Jsonnet is not rendered yet'),
  disableExtensionFilter: refused('only .yaml, .yml and .json files are read'),
});

export const SOURCE_SHAPE = {
  repoURL: text,
  path: text,
  targetRevision: text,
  kustomize,
  helm,
  directory,
  name: silent,
  ref: refused('references between several sources are not supported yet'),
  chart: refused('charts from Helm repositories are not supported yet; a chart in Git is'),
  plugin: refusedEvenEmpty('plugins run programs, which the renderer never does'),
  tagPrefix: refused('version ranges over tags are not supported yet'),
} as const;

export const APPLICATION_SHAPE = {
  apiVersion: silent,
  kind: silent,
  metadata: silent,
  status: silent,
  operation: ignored('a sync is asked for with `plumb app sync`'),
  spec: object({
    project: text,
    source: map,
    /** Read by application-source.ts, as source is. */
    sources: maps,
    sourceHydrator: refusedEvenEmpty('the source hydrator is not supported yet'),
    destination: object({ name: text, server: text, namespace: text }),
    syncPolicy: object({
      automated: object({ prune: flag, selfHeal: flag, allowEmpty: flag, enabled: flag }),
      syncOptions: texts,
      retry: object({
        limit: integer,
        backoff: object({ duration: text, factor: integer, maxDuration: text }),
        /** A retry always takes the newest commit. */
        refresh: silent,
      }),
      managedNamespaceMetadata: object({ labels: textMap, annotations: textMap }),
    }),
    ignoreDifferences: IGNORE_DIFFERENCES,
    info: ignored('is not shown yet'),
    revisionHistoryLimit: ignored('the ledger keeps the whole history'),
  }),
} as const;
