import type { Drift } from '../../core/app/status.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { ObjectKey } from '../../core/objects/object.ts';
import type { LiveRecord } from '../../core/plan/live-record.ts';
import type { PreparedBundle } from '../../core/plan/prepare.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import { shortHash } from '../platform/crypto.ts';

/** One App while the agent runs. */
export interface AppRuntime {
  readonly id: string;
  /** What the accepted snapshot says; undefined once no snapshot names the App any more: then it is left alone. */
  spec: SnapshotApp | undefined;
  generation: number;
  snapshotDigest: Digest;
  /** The bundle that was prepared; undefined while there is none, and then nothing is decided (I2). */
  prepared: PreparedBundle | undefined;
  bundleDigest: Digest | undefined;
  /** Kept only while some of its objects are blocked, to prepare them again. */
  bundle: Bundle | undefined;
  /** Keys of the objects that Git wants. */
  wants: readonly ObjectKey[];
  readonly records: Map<ObjectKey, LiveRecord>;
  /** A sync runs; another one is wanted after it. */
  syncing: boolean;
  again: boolean;
  /** Failed syncs in a row. */
  attempt: number;
  cancelRetry: () => void;
  cancelDeadline: () => void;
  problems: readonly Problem[];
  pastDeadline: Problem | undefined;
  readonly healed: Drift[];
  /** Requests that were carried out. */
  readonly answered: Set<string>;
  /** The last receipt that was handed to the reporter, by its content. */
  lastReceipt: string;
}

/** An App of which nothing is known yet. */
export function newAppRuntime(id: string): AppRuntime {
  return {
    id,
    spec: undefined,
    generation: 0,
    snapshotDigest: '',
    prepared: undefined,
    bundleDigest: undefined,
    bundle: undefined,
    wants: [],
    records: new Map(),
    syncing: false,
    again: false,
    attempt: 0,
    cancelRetry: () => {},
    cancelDeadline: () => {},
    problems: [],
    pastDeadline: undefined,
    healed: [],
    answered: new Set(),
    lastReceipt: '',
  };
}

/** Two specs with the same marker need the same done: it decides whether a new snapshot touches an App at all. */
export function markerOf(spec: SnapshotApp): string {
  return shortHash(canonicalJson(spec));
}

/** Whether objects of the App may be changed without a person asking. */
export function mayHeal(runtime: AppRuntime): boolean {
  const { spec } = runtime;
  if (spec === undefined || spec.state === 'removed' || spec.policy.suspended) return false;
  return spec.policy.autoSync && spec.policy.selfHeal;
}
