import { flag, list, object, refused, refusedEvenEmpty, silent, text, texts } from './shape.ts';

/**
 * Every field of an Argo CD AppProject (v1alpha1) and what Plumbline does with it. Field list:
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/manifests/crds/appproject-crd.yaml. docs/compatibility.md says the same for people.
 */
const kinds = list({ group: text, kind: text });
const namedKinds = list({ group: text, kind: text, name: text });

export const PROJECT_SHAPE = {
  apiVersion: silent,
  kind: silent,
  metadata: silent,
  status: silent,
  spec: object({
    description: silent,
    sourceRepos: texts,
    destinations: list({ name: text, server: text, namespace: text }),
    sourceNamespaces: texts,
    clusterResourceWhitelist: namedKinds,
    clusterResourceBlacklist: namedKinds,
    namespaceResourceWhitelist: kinds,
    namespaceResourceBlacklist: kinds,
    orphanedResources: object({ warn: flag, ignore: list({ group: text, kind: text, name: text }) }),
    syncWindows: list({
      kind: text,
      schedule: text,
      duration: text,
      timeZone: text,
      applications: texts,
      namespaces: texts,
      clusters: texts,
      andOperator: flag,
      manualSync: flag,
      syncOverrun: flag,
      description: silent,
    }),
    destinationServiceAccounts: list({ server: text, namespace: text, defaultServiceAccount: text }),
    // What a role may do is read by read-rbac.ts. Tokens of Argo CD are its own; here tokens are made by `plumb token create`.
    roles: list({ name: text, description: silent, policies: texts, groups: texts, jwtTokens: silent }),
    // A signature policy must never be skipped in silence (S17, S41).
    signatureKeys: refused('signatures of commits are not checked yet, so nothing of this project is deployed'),
    sourceIntegrity: refusedEvenEmpty('signatures of commits are not checked yet, so nothing of this project is deployed'),
    permitOnlyProjectScopedClusters: refused('clusters do not belong to projects yet, so nothing of this project is deployed'),
  }),
} as const;
