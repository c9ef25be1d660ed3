import type { AppPolicy } from '../app/policy.ts';
import type { ObjectKey } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { HeldDeletion } from './deletion-budget.ts';
import type { HookObject, RunIdentity } from './hook-object.ts';
import type { HookPhase } from './object-policy.ts';
import type { BlockedObject, PreparedBundle, PreparedObject } from './prepare.ts';
import type { PrunePolicy } from './prune-policy.ts';

/** What is known about an object of an App before anything is asked. */
export interface KnownObject {
  /** Hash of the prepared object when live was last seen equal to it; undefined when that never was. */
  readonly hash: string | undefined;
  /** True when live has not changed since, as far as the watches tell. */
  readonly current: boolean;
}

/** What a Helm release is about to do; it decides which of its hooks run. */
export type ReleaseStep = 'install' | 'upgrade' | 'rollback';

export interface PlanInput {
  readonly bundle: PreparedBundle;
  /** Keys that the App owns, from its inventory. */
  readonly inventory: ReadonlyMap<ObjectKey, KnownObject>;
  /** How owned objects go, where that is not the usual. */
  readonly prunePolicies?: ReadonlyMap<ObjectKey, PrunePolicy>;
  /** Objects that hooks have left behind; they go with the App. */
  readonly hookObjects?: readonly ObjectKey[];
  /** The other App that owns a key and wants it still; that one goes first. */
  readonly ownedByOther: (key: ObjectKey) => string | undefined;
  /** True when another App wants the key: an object that moves between Apps is handed over, not deleted. */
  readonly wantedByOther: (key: ObjectKey) => boolean;
  readonly policy: AppPolicy;
  readonly removed: boolean;
  /** A person asked to prune, whatever the policy and the budget say. */
  readonly confirmed: boolean;
  /** A person has seen these and confirmed them, and no others. */
  readonly confirmedKeys?: ReadonlySet<ObjectKey>;
  /** The snapshot has expired: nothing is pruned. */
  readonly expired: boolean;
  /** Names and marks what its hooks make; without one, hooks are left out (a dry run, a comparison). */
  readonly run?: RunIdentity;
  /** Only these objects, and no hooks (selective sync). */
  readonly selection?: ReadonlySet<ObjectKey>;
  readonly release?: ReleaseStep;
  /** Only the tests of a release are run. */
  readonly testsOnly?: boolean;
  /** True for objects whose drift stays: what Git did not change is compared, but not written. */
  readonly isLeft?: (object: PreparedObject) => boolean;
}

/**
 * One object and what is tried first: `create` expects it absent; `update` (Git changed it) and `compare` (the cluster may have) ask the
 * API server what applying would change; `hook` is run.
 */
export interface PlannedObject {
  readonly object: PreparedObject;
  readonly first: 'create' | 'update' | 'compare' | 'nothing' | 'hook';
  /** A difference is told, not written away. */
  readonly isLeft?: true;
  /** Of a hook. */
  readonly hook?: HookObject & { readonly phase: HookPhase };
}

export type StepPhase = HookPhase | 'Delete';

/** What is done together: first the deletions, then the writes, then it is waited for what has to be healthy or gone before the next step. */
export interface PlanStep {
  readonly phase: StepPhase;
  readonly wave: number;
  /** Deleted stage after stage. */
  readonly prunes: readonly (readonly ObjectKey[])[];
  /** Written stage after stage, each stage side by side; hooks are among them. */
  readonly stages: readonly (readonly PlannedObject[])[];
  /** Must be healthy before the next step. */
  readonly await: readonly ObjectKey[];
  /** What was deleted must be gone before the next step. */
  readonly awaitGone: boolean;
  /** Of this wave, but not applied as things are. */
  readonly blocked: readonly BlockedObject[];
  /** Its failure is told, but does not fail the sync. */
  readonly mayFail?: boolean;
}

/** The way from what is to what should be, as data. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** Run when a step has failed. */
  readonly onFailure: readonly PlannedObject[];
  /** After a failure, the rest of its wave (Argo CD) or nothing more (Flux) is written. */
  readonly afterFailure: 'rest-of-step' | 'nothing';
  /** How it is judged whether something waited for is ready. */
  readonly readiness: AppPolicy['dialect'];
  /** What is as it should be already is not waited for (ApplyOutOfSyncOnly). */
  readonly awaitChangedOnly: boolean;
  /** How long it is waited for one step; 0 is for ever. */
  readonly awaitSeconds: number;
  /** Not applied, with the reason. */
  readonly blocked: readonly BlockedObject[];
  /** Left to the App that has it. */
  readonly shared: readonly BlockedObject[];
  /** Would be deleted if a person confirmed it. */
  readonly held: readonly HeldDeletion[];
  /** No longer in Git, but kept by policy; the App stays OutOfSync. */
  readonly kept: readonly ObjectKey[];
  /** Given back without being deleted: the App was removed and leaves its objects, or they are skipped or excluded now. */
  readonly orphaned: readonly ObjectKey[];
  /** Another App took them over. */
  readonly moved: readonly ObjectKey[];
  /** Reasons to begin nothing at all. */
  readonly refusals: readonly Problem[];
  readonly problems: readonly Problem[];
}
