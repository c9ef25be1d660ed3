import type { Digest } from '../bundle/bundle.ts';
import type { ObjectKey } from '../objects/object.ts';
import type { ProblemCode } from '../problem/codes.ts';

/** When a pin ends by itself: with the next commit that changes the App (the default), at a time, or only when somebody unpins. */
export type PinUntil =
  | { readonly kind: 'newer-commit' }
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'unpin' };

/** Who decided something, when (milliseconds since the epoch, Worker's clock) and why. */
export interface Decided {
  readonly actor: string;
  readonly reason?: string;
  readonly at: number;
}

/** The App runs this bundle instead of what Git has now; drift is healed to it. */
export interface Pin extends Decided {
  readonly revision: string;
  readonly subject: string;
  readonly bundle: Digest;
  /** Commit of the ledger whose state it is. */
  readonly entry: string;
  readonly until: PinUntil;
  /** Set when no person did it: health was not reached in time, or was lost. */
  readonly automatic?: 'deadline' | 'degraded';
  /** What it went back from. */
  readonly from: { readonly revision: string; readonly bundle: Digest };
}

/** A render that waits for people. A new commit makes a new one. */
export interface ApprovalState {
  readonly bundle: Digest;
  readonly revision: string;
  readonly needed: number;
  /** Role whose people may approve; undefined: whoever has the permission. */
  readonly role?: string;
  readonly approvals: readonly Decided[];
  readonly since: number;
}

/** What people decided about an App beyond Git; part of AppView. Absent parts are not in force. */
export interface AppControl {
  readonly pin?: Pin;
  readonly suspended?: Decided;
  /** Break-glass: drift is not healed until then. */
  readonly glass?: Decided & { readonly until: number };
  /** Sync windows do not hold until then. */
  readonly windows?: Decided & { readonly until: number };
  readonly approval?: ApprovalState;
  /** What Git has and a pin or an approval holds back. */
  readonly next?: { readonly revision: string; readonly subject: string; readonly bundle: Digest };
  /** It was to be rolled back by itself, and could not be. */
  readonly rollbackFailed?: { readonly revision: string; readonly text: string; readonly at: number };
  /** Deletions above the budget that wait: the objects. */
  readonly deletions?: { readonly objects: readonly ObjectKey[]; readonly total: number };
  /** Deleted by a person though its definition is still in Git; `restore` brings it back. */
  readonly deleted?: Decided & { readonly cascade: 'prune' | 'orphan' };
}

/** Why an App is not simply Synced and Healthy, in words. The first of a list matters most. */
export interface Reason {
  readonly code: ProblemCode | ReasonCode;
  /** `waits for wave 2: Job shop/migrate Running`, `outside sync window until 18:00 Europe/Berlin`. */
  readonly text: string;
  /** `bad`: somebody should act; `wait`: it goes on by itself; `info`: somebody wanted it so. */
  readonly severity: 'bad' | 'wait' | 'info';
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** What to do about it, where there is something. */
  readonly fix?: string;
}

export type ReasonCode =
  | 'pinned'
  | 'suspended'
  | 'glass'
  | 'windows'
  | 'approval'
  | 'deleted'
  | 'agent_silent'
  | 'agent_missing'
  | 'manual'
  | 'syncing'
  | 'retrying'
  | 'degraded'
  | 'progressing'
  | 'missing'
  | 'drift'
  | 'rollback_failed'
  | 'notification';

/** POST …/rollback: `to` is `1` (the entry before), `2`, …, a revision (at least 7 digits) or a commit of the ledger. */
export interface RollbackInput {
  readonly to: string;
  readonly reason?: string;
  /** Seconds; or until `newer-commit` (default) or `unpin`. */
  readonly until?: 'newer-commit' | 'unpin' | number;
}

/** POST …/revert: a real `git revert` of the App's source commit. */
export interface RevertInput {
  /** The commit to undo; the App's revision when absent. */
  readonly commit?: string;
  readonly reason?: string;
  /** `push` to the branch, or `propose` a pull or merge request. */
  readonly how: 'push' | 'propose';
}
export interface RevertAnswer {
  /** The new commit. */
  readonly commit: string;
  readonly branch: string;
  /** Of the pull or merge request. */
  readonly url?: string;
}

/** One deployment of an App: what GET …/history?deployments=1 lists, newest first. `n` counts back: 0 is what runs now. */
export interface Deployment {
  readonly n: number;
  /** Commit of the ledger. */
  readonly entry: string;
  readonly time: number;
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  readonly bundle: Digest;
  readonly generation: number;
  readonly action: 'deploy' | 'rollback' | 'policy';
  readonly actor?: string;
  readonly reason?: string;
  /** What the agent said of it last. */
  readonly outcome?: 'synced' | 'failed' | 'held';
  readonly health?: string;
  /** Milliseconds from the source commit to Healthy, where it became so. */
  readonly leadMs?: number;
}

/** GET …/compare?from=<entry>&to=<entry>: what differs between two states of the ledger, Secrets masked. */
export interface RenderedDiff {
  readonly from: string;
  readonly to: string;
  readonly files: readonly { readonly key: ObjectKey; readonly from?: string; readonly to?: string }[];
}
