import { flag, ignored, list, object, refused, refusedEvenEmpty, silent, text, textMap, texts } from './shape.ts';

/**
 * Every field of Flux' GitRepository (source.toolkit.fluxcd.io/v1) and Kustomization (kustomize.toolkit.fluxcd.io/v1), and what Plumbline
 * does with it. Field lists: https://github.com/fluxcd/source-controller/tree/main/config/crd/bases and
 * https://github.com/fluxcd/kustomize-controller/tree/main/config/crd/bases. docs/compatibility.md says the same for people.
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
    images: list({ name: text, newName: text, newTag: text, digest: text }),
    patches: list({ patch: text, target: selector }),
    components: texts,
    ignoreMissingComponents: flag,
    commonMetadata: object({ labels: textMap, annotations: textMap }),
    buildMetadata: texts,
    deletionPolicy: text,
    /** Health is always watched, whether somebody waits for it or not. */
    wait: silent,
    healthChecks: ignored('the health of every object is watched'),
    healthCheckExprs: ignored('health expressions are not evaluated yet; built-in rules and Ready conditions count'),
    dependsOn: ignored('the order between Apps is not kept yet; each is retried until it succeeds'),
    force: ignored('objects are never deleted in order to recreate them'),
    postBuild: refused('variables are not substituted yet'),
    decryption: refusedEvenEmpty('encrypted manifests are not supported yet'),
    kubeConfig: refusedEvenEmpty('an agent runs in each cluster instead; define the App in the fleet path of that cluster'),
    serviceAccountName: refused(
      'impersonation is not supported yet, and without it the App would have more rights than this asks for',
    ),
    ignore: refused('excepted fields are not supported yet, and would be overwritten'),
  }),
} as const;
