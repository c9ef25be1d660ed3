import type { App } from '../app/app.ts';
import type { Digest } from '../bundle/bundle.ts';
import type { ObjectDigest } from '../bundle/bundle-digest.ts';
import type { Manifest } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { AppRequest, Envelope, Receipt } from '../protocol/messages.ts';

/** Who wrote a source commit; `at` in milliseconds since the epoch, `zone` as Git writes it (`+0200`). */
export interface SourceAuthor {
  readonly name: string;
  readonly email: string;
  readonly at: number;
  readonly zone?: string;
}

/** Who decided it and why, where that is not the push itself. One line each, without secrets. */
export interface Because {
  readonly actor?: string;
  readonly reason?: string;
}

/** What the ledger says of an App itself: not how it is rendered, for Helm values may hold secrets. */
export type RecordedApp = Pick<App, 'id' | 'cluster' | 'project' | 'origin' | 'source' | 'policy'>;

/** An App is to run a bundle: its manifests and app.json are written. */
export interface Deploy extends Because {
  readonly kind: 'deploy';
  /** `policy`: same bundle, other policy; `rollback`: an older bundle on purpose; `unpin`: what Git has, again. It decides the words only. */
  readonly as?: 'deploy' | 'rollback' | 'policy' | 'unpin';
  readonly app: RecordedApp;
  /** Full id of the source commit. */
  readonly revision: string;
  readonly bundle: Digest;
  readonly generation: number;
  readonly objects: readonly Manifest[];
  /** Of the same objects, in the same order, as objectDigests gives them. */
  readonly digests: readonly ObjectDigest[];
  readonly author?: SourceAuthor;
  /** First line of the source commit's message. */
  readonly subject?: string;
  readonly problems: readonly Problem[];
}

/** What was to be deployed is not, or what held it back is over (`problems` empty): only the problems in app.json change. */
export interface Hold extends Because {
  readonly kind: 'hold';
  readonly app: RecordedApp;
  readonly revision: string;
  readonly problems: readonly Problem[];
}

/** An App is gone from Git: its folder goes, the receipt of its removal follows. */
export interface Remove extends Because {
  readonly kind: 'remove';
  readonly app: string;
  readonly generation: number;
  readonly onDelete: 'prune' | 'orphan';
}

/** A person asked for something that is carried out once (sync now, refresh). */
export interface Ask extends Because {
  readonly kind: 'request';
  readonly app: string;
  readonly generation: number;
  readonly request: AppRequest;
}

/** The agent says what it did. The envelope was verified by the caller, `receipt` is its payload. */
export interface Receive {
  readonly kind: 'receipt';
  readonly receipt: Receipt;
  readonly envelope: Envelope;
}

/**
 * Something that a person or Plumbline itself decided and that changes no file: an App was suspended, a token was made. `action` is a word of its own,
 * `text` one line for people. Without an App it is about the cluster or the installation.
 */
export interface Note extends Because {
  readonly kind: 'note';
  readonly app?: string;
  readonly action: string;
  readonly text: string;
  readonly generation?: number;
  /** Full id of the source commit that it is about. */
  readonly revision?: string;
  /** When it happened, where that is not when the entry was made; milliseconds since the epoch. */
  readonly time?: number;
}

export type LedgerChange = Deploy | Hold | Remove | Ask | Receive | Note;

/** Everything of one flush: it becomes one commit, whatever the number of changes. */
export interface LedgerEntry {
  readonly changes: readonly LedgerChange[];
  /**
   * Snapshots signed since the last entry: the one that carries these changes, and renewals of it. A receipt names its snapshot by digest,
   * and is proven against these.
   */
  readonly snapshots?: readonly SnapshotMark[];
}

export interface SnapshotMark {
  readonly generation: number;
  /** Digest of the snapshot's payload. */
  readonly digest: Digest;
}

/** The id of the App that a change is about; empty for a note about none. */
export function appOf(change: LedgerChange): string {
  switch (change.kind) {
    case 'deploy':
    case 'hold':
      return change.app.id;
    case 'receipt':
      return change.receipt.app;
    case 'note':
      return change.app ?? '';
    default:
      return change.app;
  }
}
