import type { JsonObject } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';

/** Whose rules an App follows: it decides order, hooks, defaults and words. */
export type Dialect = 'argo' | 'flux';

/** Where an App was defined. */
export interface AppOrigin {
  readonly dialect: Dialect;
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly namespace: string;
  readonly name: string;
  /** Repository-relative path of the file in the fleet path, and the line where the document starts (1-based). */
  readonly file: string;
  readonly line: number;
}

/** What is rendered: a path of a Git repository at a branch, tag, `HEAD` or commit. */
export interface AppSource {
  readonly repoURL: string;
  readonly revision: string;
  /** Repository-relative, without leading `./` or trailing slash; the root is the empty string. */
  readonly path: string;
}

/** How it is rendered. `auto` asks the tree, as Argo CD does: Chart.yaml → helm, kustomization → kustomize, else directory. */
export interface AppRender {
  readonly engine: 'auto' | 'directory' | 'kustomize' | 'helm';
  readonly kustomize?: JsonObject;
  readonly helm?: JsonObject;
  readonly directory?: JsonObject;
  /** Flux: a path without kustomization.yaml gets one generated from all its YAML files. */
  readonly generateKustomization?: boolean;
  /** Flux `spec.targetNamespace` / Argo's destination namespace: given to objects of namespaced kinds that name none. */
  readonly namespace?: string;
}

/** Retries of a failed sync; durations in seconds. */
export interface RetryPolicy {
  /** Attempts after the first; -1 is unlimited. */
  readonly limit: number;
  readonly durationSeconds: number;
  readonly factor: number;
  readonly maxDurationSeconds: number;
}

/** How much may be deleted without a person: both must hold. */
export interface DeletionBudget {
  readonly count: number;
  readonly percent: number;
}

/** What the agent may do for an App; it travels in the signed snapshot. */
export interface AppPolicy {
  readonly dialect: Dialect;
  /** The name written into tracking annotations and labels (Argo CD's instance name, Flux' name). */
  readonly name: string;
  readonly namespace: string;
  readonly autoSync: boolean;
  readonly prune: boolean;
  readonly selfHeal: boolean;
  readonly allowEmpty: boolean;
  /** Default namespace for namespaced objects that name none. */
  readonly targetNamespace?: string;
  readonly createNamespace: boolean;
  readonly suspended: boolean;
  readonly retry: RetryPolicy;
  /** Healthy within this time after a sync, or the App is reported as past its deadline. Seconds. */
  readonly timeoutSeconds: number;
  /** What happens to the objects when the App itself is deleted from Git. */
  readonly onDelete: 'prune' | 'orphan';
  readonly budget: DeletionBudget;
}

/**
 * One Argo CD `Application` or one Flux `Kustomization`, parsed.
 * `id` is unique per cluster: Argo CD's instance name rule (`web`, or `team_web` outside the default namespace); safe as a path segment.
 */
export interface App {
  readonly id: string;
  readonly cluster: string;
  readonly project: string;
  readonly origin: AppOrigin;
  readonly source: AppSource;
  readonly render: AppRender;
  readonly policy: AppPolicy;
  /** Things the author should know; the App works all the same. */
  readonly warnings: readonly Problem[];
}
