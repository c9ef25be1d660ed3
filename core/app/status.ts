import type { JsonObject, ObjectKey } from '../objects/object.ts';
import type { ProblemCode } from '../problem/codes.ts';
import type { Problem } from '../problem/problem.ts';

/** Argo CD's words; Flux users know them too. */
export type SyncStatus = 'Synced' | 'OutOfSync' | 'Unknown';
export type HealthStatus = 'Healthy' | 'Suspended' | 'Progressing' | 'Missing' | 'Degraded' | 'Unknown';

/** Health of one object: the word and the reason in a sentence. */
export interface Health {
  readonly status: HealthStatus;
  readonly message?: string;
}

/** One object of an App as the agent sees it. */
export interface ResourceStatus {
  readonly key: ObjectKey;
  readonly version: string;
  readonly sync: SyncStatus;
  readonly health: Health;
  readonly problem?: Problem;
}

/** Who set a field last besides us: a manager, `Apply` or `Update` (and through which subresource), and when (RFC 3339). */
export interface FieldOwner {
  readonly field: string;
  readonly manager: string;
  readonly operation: string;
  readonly time: string;
}

/** A difference between Git and the cluster that somebody else made. */
export interface Drift {
  readonly key: ObjectKey;
  readonly kind: 'changed' | 'deleted' | 'extra';
  /** Changed fields as JSON pointers, at most 20; values are never included. */
  readonly fields: readonly string[];
  /** The field manager that wrote last and when (RFC 3339), where the API server says so. */
  readonly manager?: string;
  readonly time?: string;
  /** The owner of each changed field, where managedFields name one. */
  readonly owners?: readonly FieldOwner[];
  /** Those of the fields that the API server itself sets to something else than Git says: an admission webhook or policy, or a default. */
  readonly mutated?: readonly string[];
  readonly action: 'healed' | 'reported';
  /**
   * Policy `adopt`: what Git would have to say to match the cluster, as a JSON merge patch (RFC 7386) of the manifest; absent for Secrets.
   */
  readonly patch?: JsonObject;
}

/** The sync that is under way, or why none is. */
export interface SyncProgress {
  /** `waiting` has a reason that a person can read in `message` and a program in `code`. */
  readonly state: 'running' | 'waiting';
  readonly phase?: string;
  readonly wave?: number;
  readonly message: string;
  readonly code?: ProblemCode;
  /** Milliseconds since the epoch, agent's clock. */
  readonly since: number;
  /** The last sync failed and is tried again: for the how many-th time, how often at most (-1 is unlimited), and when (agent's clock). */
  readonly retry?: { readonly attempt: number; readonly limit: number; readonly at?: number };
}

/** What one App is in one cluster right now: level, not event; the newest `observedAt` wins. */
export interface AppStatus {
  readonly app: string;
  readonly generation: number;
  readonly revision: string;
  readonly bundle: string;
  readonly sync: SyncStatus;
  readonly health: Health;
  readonly resources: readonly ResourceStatus[];
  readonly problems: readonly Problem[];
  readonly drift: readonly Drift[];
  readonly progress?: SyncProgress;
  /** Milliseconds since the epoch by the agent's clock. */
  readonly observedAt: number;
}
