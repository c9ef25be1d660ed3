import type { Drift, Health } from '../app/status.ts';
import type { ObjectKey, ObjectRef } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { PreparedObject } from './prepare.ts';

/** When a live object was last seen to be as it should. */
export interface Verified {
  /** Hash of the prepared object that it was equal to. */
  readonly hash: string;
  readonly resourceVersion: string;
  /** Of the live object without what the server writes by itself; empty when only its version is known (after a restart). */
  readonly fingerprint: string;
}

/**
 * Everything that is remembered of one object: a few fields and hashes, never the object.
 *
 *   unknown   nothing was seen yet: no decision is taken (threat F06)
 *   same      live was observed equal to `wanted` (I9)
 *   differs   live is there and applying would change it
 *   missing   live is not there
 */
export interface LiveRecord {
  readonly key: ObjectKey;
  readonly ref: ObjectRef;
  readonly app: string;
  /** What Git wants; undefined when it no longer does. */
  wanted: PreparedObject | undefined;
  state: 'unknown' | 'same' | 'differs' | 'missing';
  uid: string;
  resourceVersion: string;
  verified: Verified | undefined;
  health: Health;
  /** A program is finding out about its health: what stands there may be of an older state. */
  judging: boolean;
  /** False: it does not make its App OutOfSync although Git does not have it (IgnoreExtraneous). */
  countsWhenExtra: boolean;
  drift: Drift | undefined;
  problem: Problem | undefined;
}

/** A record of which nothing is known. */
export function newRecord(key: ObjectKey, ref: ObjectRef, app: string): LiveRecord {
  return {
    key,
    ref,
    app,
    wanted: undefined,
    state: 'unknown',
    uid: '',
    resourceVersion: '',
    verified: undefined,
    health: { status: 'Unknown' },
    judging: false,
    countsWhenExtra: true,
    drift: undefined,
    problem: undefined,
  };
}

/** True when live is known to be what this wanted object makes of it. */
export function isVerified(record: LiveRecord): boolean {
  const { verified, wanted } = record;
  return (
    verified !== undefined &&
    wanted !== undefined &&
    verified.hash === wanted.hash &&
    verified.resourceVersion === record.resourceVersion
  );
}

/** True when `version` is older than what the record has seen. Versions that are not numbers cannot be ordered: nothing is older then. */
export function isOlder(version: string, record: LiveRecord): boolean {
  return Number(version) < Number(record.resourceVersion);
}
