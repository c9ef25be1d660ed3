import type { AppPolicy } from '../app/policy.ts';

/** Argo CD's phases, in their order; `Test` is Helm's, of a HelmRelease. */
export type HookPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail' | 'PreDelete' | 'PostDelete' | 'Test';
export type HookDeletePolicy = 'HookSucceeded' | 'HookFailed' | 'BeforeHookCreation';

/** What makes an object a hook: when it runs and when it goes. An object that is only `Skip` is neither applied nor a hook. */
export interface Hook {
  readonly phases: readonly HookPhase[];
  readonly deletePolicies: readonly HookDeletePolicy[];
  /** Of a Helm release: only on these actions; on all of them where absent. */
  readonly only?: readonly ('install' | 'upgrade' | 'rollback')[];
}

/**
 * How one object is to be treated: its annotations over its App's policy. Both dialects end up here, so that the engine knows only this.
 *
 *   write     `apply` server-side · `replace` the whole object · `create` only if it is missing, then left alone (Flux IfNotPresent) ·
 *             `merge` apply without owning what others set (Flux Merge) · `ignore` never written (Flux Ignore)
 *   recreate  delete and create again where the API server says that a field is immutable (never without being asked for)
 */
export interface ObjectPolicy {
  readonly write: 'apply' | 'replace' | 'create' | 'merge' | 'ignore';
  readonly recreate: boolean;
  readonly wave: number;
  readonly hook?: Hook;
  /** `skip`: in Git, but not applied (Argo CD hook `Skip`). */
  readonly skip: boolean;
  /** When Git no longer has it; `release`: it stays and is not the App's any more. */
  readonly prune: 'yes' | 'no' | 'confirm' | 'release';
  /** When the App itself is deleted. */
  readonly delete: 'yes' | 'no' | 'confirm';
  readonly pruneLast: boolean;
  readonly validate: boolean;
  readonly skipDryRunOnMissingResource: boolean;
  /** False: an object that is in the cluster but not in Git does not make the App OutOfSync (IgnoreExtraneous). */
  readonly countsWhenExtra: boolean;
  /** False: its health does not count (ignore-healthcheck). */
  readonly healthCounts: boolean;
  /** How drift of this object is treated, where that differs from its App. */
  readonly drift?: 'heal' | 'warn' | 'ignore';
}

/** What holds for an object without annotations of its own. */
export function defaultObjectPolicy(policy: AppPolicy): ObjectPolicy {
  const { sync } = policy;
  return {
    write: sync?.replace === true ? 'replace' : 'apply',
    recreate: sync?.force === true,
    wave: 0,
    skip: false,
    prune: sync?.neverPrune === true ? 'no' : sync?.confirmPrune === true ? 'confirm' : 'yes',
    delete: sync?.confirmDelete === true ? 'confirm' : 'yes',
    pruneLast: sync?.pruneLast === true,
    validate: sync?.validate !== false,
    skipDryRunOnMissingResource: sync?.skipDryRunOnMissingResource === true,
    countsWhenExtra: true,
    healthCounts: true,
  };
}
