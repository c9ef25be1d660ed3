import type { IgnoreRule, ObjectSelector } from './policy.ts';

/**
 * Settings that many Apps of a cluster share; they travel once in each snapshot and are named by the policies of the Apps that they hold for.
 * Read from an `argocd-cm` ConfigMap in Git.
 */
export interface ClusterSettings {
  /** Objects that are neither applied nor looked at; an inclusion list, when there is one, must match first. */
  readonly exclusions?: readonly ResourceFilter[];
  readonly inclusions?: readonly ResourceFilter[];
  /** By `group/Kind`, `group_Kind` globs resolved (`*` allowed in both). */
  readonly health?: { readonly [groupKind: string]: { readonly lua: string; readonly openLibs: boolean } };
  readonly ignore?: readonly IgnoreRule[];
  /** Changes of these fields alone are not even looked at. */
  readonly ignoreUpdates?: readonly IgnoreRule[];
  /** Rules of ClusterRoles that are aggregated do not count as differences. */
  readonly ignoreAggregatedRoles?: boolean;
}

export interface ResourceFilter {
  readonly groups: readonly string[];
  readonly kinds: readonly string[];
}

/** What the Apps of a project may touch (Argo CD's AppProject); checked by the Worker and again by the agent (threat S14). */
export interface ProjectRules {
  readonly name: string;
  /** Globs of namespaces in the cluster whose snapshot names them; one that begins with `!` forbids, whatever others allow. */
  readonly destinations: readonly { readonly namespace: string }[];
  readonly clusterAllow: readonly ProjectKind[];
  readonly clusterDeny: readonly ProjectKind[];
  /** Absent: all are allowed. */
  readonly namespaceAllow?: readonly ProjectKind[];
  readonly namespaceDeny: readonly ProjectKind[];
  /** Warn about objects in the Apps' namespaces that no App owns. */
  readonly orphaned?: { readonly warn: boolean; readonly ignore: readonly ObjectSelector[] };
}

export interface ProjectKind {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

/** What many Apps have in common travels once in a snapshot, under a key that is its digest; the Apps' policies hold the key. */
export type SharedValue =
  | { readonly kind: 'settings'; readonly key: string; readonly value: ClusterSettings }
  | { readonly kind: 'project'; readonly key: string; readonly value: ProjectRules };
