import type { JsonObject, ObjectKey } from '../objects/object.ts';

/** Whose rules an App follows: it decides order, hooks, defaults and words. */
export type Dialect = 'argo' | 'flux';

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

/** Selects objects; every part that is given must match: globs for Apps of Argo CD, regular expressions for whole texts for Apps of Flux. */
export interface ObjectSelector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  /** Kubernetes selector syntax: `tier in (a,b),!legacy`. */
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

/** Differences that do not count: Argo CD's `ignoreDifferences`, Flux' `ignore`. */
export interface IgnoreRule extends ObjectSelector {
  /** JSON pointers (RFC 6901). */
  readonly pointers?: readonly string[];
  readonly jq?: readonly string[];
  /** Fields that these field managers own. */
  readonly managers?: readonly string[];
}

/** What counts as healthy for one kind, in CEL over the object's top-level fields (Flux' `healthCheckExprs`). */
export interface HealthExpression {
  readonly apiVersion: string;
  readonly kind: string;
  readonly current: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

/** An App that must be ready before this one is synced. */
export interface Dependency {
  /** Its id in its cluster. */
  readonly app: string;
  /** Its cluster, when it is another one than this App's: then the Worker says when it is ready (`SnapshotApp.waitsFor`). */
  readonly cluster?: string;
  /** CEL over `self` and `dep` (Flux' Kustomization objects, as far as they are modelled). */
  readonly readyExpr?: string;
}

/** What of an App's own definition expressions may read (`self` and `dep` of `readyExpr`). */
export interface AppDefinition {
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  /** As it stands in Git. */
  readonly spec?: JsonObject;
}

/** Options of a sync that change how objects are written and deleted; each is Argo CD's or Flux' default when absent. */
export interface SyncPolicy {
  /** Replace (or create) instead of applying. */
  readonly replace?: boolean;
  /** Delete and create again what cannot be changed (Flux `force`, Argo CD `Force=true` with `Replace=true`). */
  readonly force?: boolean;
  /** False: unknown and duplicate fields are dropped by the API server instead of refused. */
  readonly validate?: boolean;
  readonly serverSideApply?: boolean;
  /** False: fields of client-side apply are not taken over. */
  readonly migrateClientSideApply?: boolean;
  /** The manager whose fields are taken over, besides the well-known ones. */
  readonly migrationManager?: string;
  readonly skipDryRunOnMissingResource?: boolean;
  readonly applyOutOfSyncOnly?: boolean;
  readonly prunePropagation?: 'foreground' | 'background' | 'orphan';
  readonly pruneLast?: boolean;
  /** Nothing that left Git is deleted, whoever asks; an object's own `Prune=true` wins (`Prune=false`). */
  readonly neverPrune?: boolean;
  /** Deletions wait for a person (`Prune=confirm`, `Delete=confirm`). */
  readonly confirmPrune?: boolean;
  readonly confirmDelete?: boolean;
  readonly failOnSharedResource?: boolean;
  readonly respectIgnoreDifferences?: boolean;
  /** Fields that only the API server would change (defaults, admission) count as differences (`IncludeMutationWebhook=true`); in Flux they always do. */
  readonly includeMutations?: boolean;
}

/** When syncs are allowed: Argo CD's `syncWindows`. An active deny wins; with allow windows, one of them must be active. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  /** Five-field cron expression of its beginning. */
  readonly schedule: string;
  readonly durationSeconds: number;
  /** IANA name; UTC when absent. */
  readonly timeZone?: string;
  /** A person may sync all the same. */
  readonly manualSync?: boolean;
  /** A sync that has begun may go on. */
  readonly syncOverrun?: boolean;
}

/** Values for `${name}` in manifests (Flux' `postBuild`); the agent fills them in after verification. */
export interface SubstitutePolicy {
  readonly values: { readonly [name: string]: string };
  /** ConfigMaps and Secrets in the App's namespace; later ones win, `values` win over all. */
  readonly from: readonly { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly optional: boolean }[];
  /** Substitute even when no variable is set. */
  readonly always: boolean;
}

/** How a Helm release is installed, upgraded and rolled back (Flux HelmRelease); durations in seconds. */
export interface ReleasePolicy {
  readonly name: string;
  readonly namespace: string;
  readonly install: ReleaseAction;
  readonly upgrade: ReleaseAction & { readonly remediation: 'rollback' | 'uninstall' };
  readonly rollback: ReleaseAction;
  readonly uninstall: Omit<ReleaseAction, 'retries'>;
  /** Tests (`helm.sh/hook: test`) run after install and upgrade. */
  readonly test?: { readonly ignoreFailures: boolean; readonly timeoutSeconds: number };
  /** `helm.toolkit.fluxcd.io/driftDetection` of an object wins. */
  readonly driftDetection: 'enabled' | 'warn' | 'disabled';
}

export interface ReleaseAction {
  readonly disableHooks: boolean;
  readonly disableWait: boolean;
  readonly timeoutSeconds: number;
  /** Failed tests count as no failure of this action; `test.ignoreFailures` where absent. */
  readonly ignoreTestFailures?: boolean;
  /** Retries before remediation; -1 is unlimited. */
  readonly retries: number;
  /** Remediate (or uninstall) after the last retry too. */
  readonly remediateLast?: boolean;
  /** Retry without remediation (strategy RetryOnFailure), after this time. */
  readonly retryIntervalSeconds?: number;
  readonly crds?: 'Skip' | 'Create' | 'CreateReplace';
}

/** What the agent may do for an App; it travels in the signed snapshot. Absent parts have no effect. */
export interface AppPolicy {
  readonly dialect: Dialect;
  /** The name written into tracking annotations and labels (Argo CD's instance name, Flux' name). */
  readonly name: string;
  readonly namespace: string;
  readonly autoSync: boolean;
  readonly prune: boolean;
  readonly selfHeal: boolean;
  /** What happens to drift when nobody syncs; `heal` where absent and selfHeal is on. `adopt` reports the patch that Git would need. */
  readonly drift?: 'heal' | 'warn' | 'adopt';
  /** Nothing is healed for now, whatever objects say themselves: a person has broken the glass. */
  readonly healOff?: true;
  readonly allowEmpty: boolean;
  /** Default namespace for namespaced objects that name none. */
  readonly targetNamespace?: string;
  readonly createNamespace: boolean;
  /** Labels and annotations of the namespace that createNamespace makes and then keeps. */
  readonly namespaceMetadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  readonly suspended: boolean;
  readonly retry: RetryPolicy;
  /** Healthy within this time after a sync, or the App is reported as past its deadline. Seconds. */
  readonly timeoutSeconds: number;
  /** What happens to the objects when the App itself is deleted from Git. */
  readonly onDelete: 'prune' | 'orphan';
  /** A deleted App stays until its objects are really gone (Flux `WaitForTermination`, Argo CD's foreground finalizer). */
  readonly awaitDeletion?: boolean;
  readonly deletePropagation?: 'foreground' | 'background' | 'orphan';
  /** Run the PreDelete or PostDelete hooks when the App is deleted (Argo CD's finalizers). */
  readonly deleteHooks?: readonly ('PreDelete' | 'PostDelete')[];
  readonly budget: DeletionBudget;
  readonly sync?: SyncPolicy;
  readonly ignore?: readonly IgnoreRule[];
  /** RFC 3339: a person has approved the deletions that wait (`argocd.argoproj.io/deletion-approved`). */
  readonly deletionApproved?: string;
  readonly dependsOn?: readonly Dependency[];
  /** Only of Apps that have, or are read by, a `readyExpr`. */
  readonly definition?: AppDefinition;
  /** A sync ends when every object is healthy (Flux `wait`). */
  readonly wait?: boolean;
  /** Only these must be healthy (Flux `healthChecks`). */
  readonly healthChecks?: readonly ObjectKey[];
  readonly healthExpressions?: readonly HealthExpression[];
  /** Act as this ServiceAccount instead of the agent. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly commonMetadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  readonly substitute?: SubstitutePolicy;
  /** SOPS: the Secret with the age keys, in the App's namespace. */
  readonly decryption?: { readonly secret?: string };
  readonly windows?: readonly SyncWindow[];
  readonly release?: ReleasePolicy;
  /** Keys of the snapshot's `settings` and `projects`. */
  readonly settings?: string;
  readonly project?: string;
}

export type StringMap = { readonly [key: string]: string };
