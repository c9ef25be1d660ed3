import type { Drift, SyncProgress } from '../../core/app/status.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { ObjectKey, ObjectRef } from '../../core/objects/object.ts';
import type { LiveRecord } from '../../core/plan/live-record.ts';
import type { PreparedBundle } from '../../core/plan/prepare.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import type { ResolveInput } from '../../core/resolve/resolve-input.ts';
import type { LiveObject } from '../cluster/cluster-api.ts';
import { shortHash } from '../platform/crypto.ts';
import { createSignal, type Signal } from './sync/signal.ts';

/** One App while the agent runs. */
export interface AppRuntime {
  readonly id: string;
  /** What the accepted snapshot says; undefined once no snapshot names the App any more: then it is left alone. */
  spec: SnapshotApp | undefined;
  generation: number;
  /** The generation that brought what the App is to be now. */
  since: number;
  snapshotDigest: Digest;
  /** The bundle that was prepared; undefined while there is none, and then nothing is decided (I2). */
  prepared: PreparedBundle | undefined;
  bundleDigest: Digest | undefined;
  /** Kept only while it may have to be prepared again: some of its objects are blocked, or it is filled from the cluster. */
  bundle: Bundle | undefined;
  /** The bundle that a failed release goes back to, as it came. */
  fallback: { readonly digest: Digest; readonly bundle: Bundle } | undefined;
  /** What it was filled from, as it was then. */
  inputs: readonly ResolveInput[];
  /** Takes values of Secrets out of everything that is said about the App. */
  redact: (text: string) => string;
  /** What was found while it was filled. */
  resolveWarnings: readonly Problem[];
  /** Keys of the objects that Git wants. */
  wants: readonly ObjectKey[];
  readonly records: Map<ObjectKey, LiveRecord>;
  /** Objects that say they are the App's and that were seen while it was synced. */
  readonly strangers: Map<ObjectKey, { readonly ref: ObjectRef; readonly live: LiveObject }>;
  /** A sync runs; another one is wanted after it. */
  syncing: boolean;
  again: boolean;
  /** What the sync that runs is for; another one ends it. */
  purpose: string;
  /** Requests that were there when it began. */
  startedWith: ReadonlySet<string>;
  /** Ends what the sync that runs waits for. */
  end: AbortController;
  /** Woken when something about the App's objects has changed. */
  readonly changed: Signal;
  /** The sync that is under way, or why none is. */
  progress: SyncProgress | undefined;
  /** The purpose whose sync a person has ended: nothing begins it again by itself. */
  stopped: string | undefined;
  /** The last sync that ended, and the last that ended well. */
  last: SyncEnd | undefined;
  applied: SyncEnd | undefined;
  /** Cancels the look at what it waits for before it begins: a window, another App. */
  cancelGate: () => void;
  /** Failed syncs in a row. */
  attempt: number;
  cancelRetry: () => void;
  cancelDeadline: () => void;
  problems: readonly Problem[];
  /** What the writes of the sync that runs have to say besides failures. */
  writeWarnings: readonly Problem[];
  pastDeadline: Problem | undefined;
  readonly healed: Drift[];
  /** Requests that were carried out. */
  readonly answered: Set<string>;
  /** The last receipt that was handed to the reporter, by its content. */
  lastReceipt: string;
}

/** How a sync ended. */
export interface SyncEnd {
  readonly bundle: Digest;
  readonly revision: string;
  readonly generation: number;
  readonly outcome: 'synced' | 'held' | 'failed';
  readonly message?: string;
}

/** An App of which nothing is known yet. */
export function newAppRuntime(id: string): AppRuntime {
  return {
    id,
    spec: undefined,
    generation: 0,
    since: 0,
    snapshotDigest: '',
    prepared: undefined,
    bundleDigest: undefined,
    bundle: undefined,
    fallback: undefined,
    inputs: [],
    redact: (text) => text,
    resolveWarnings: [],
    wants: [],
    records: new Map(),
    strangers: new Map(),
    syncing: false,
    again: false,
    purpose: '',
    startedWith: new Set(),
    end: new AbortController(),
    changed: createSignal(),
    progress: undefined,
    stopped: undefined,
    last: undefined,
    applied: undefined,
    cancelGate: () => {},
    attempt: 0,
    cancelRetry: () => {},
    cancelDeadline: () => {},
    problems: [],
    writeWarnings: [],
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

/** What a sync is for: when this changes, one that runs is of no use any more. */
export function purposeOf(spec: SnapshotApp): string {
  const known = PURPOSES.get(spec);
  if (known !== undefined) return known;
  const { state, bundle, policy } = spec;
  const purpose = shortHash(canonicalJson({ state, bundle: bundle ?? null, policy }));
  PURPOSES.set(spec, purpose);
  return purpose;
}

/** Asked for at every step of a sync. */
const PURPOSES = new WeakMap<SnapshotApp, string>();

/** Whether objects of the App may be changed without a person asking. */
export function mayHeal(runtime: AppRuntime): boolean {
  const { spec } = runtime;
  if (spec === undefined || spec.state === 'removed' || spec.policy.suspended) return false;
  return spec.policy.autoSync && spec.policy.selfHeal;
}

/** A spec that says what the one before said, without requests that were answered. */
export function isOnlyAnswered(runtime: AppRuntime, spec: SnapshotApp): boolean {
  const before = runtime.spec;
  if (before === undefined || runtime.syncing || runtime.bundleDigest !== spec.bundle) return false;
  const known = new Set(before.requests.map((request) => request.id));
  if (before.requests.length === 0 || !spec.requests.every(({ id }) => known.has(id) && runtime.answered.has(id))) return false;
  return markerOf({ ...before, requests: [] }) === markerOf({ ...spec, requests: [] });
}

/** Kinds of requests that syncs answer. */
const SYNC_REQUESTS: ReadonlySet<string> = new Set(['sync', 'refresh', 'terminate', 'reset']);

/** An App without the requests that are no matter of its syncs: actions, and what a newer Worker may ask for. */
export function withoutActions(spec: SnapshotApp): SnapshotApp {
  if (spec.requests.every(({ kind }) => SYNC_REQUESTS.has(kind))) return spec;
  return { ...spec, requests: spec.requests.filter(({ kind }) => SYNC_REQUESTS.has(kind)) };
}

/** The other requests. */
export function actionsOf(spec: SnapshotApp): SnapshotApp['requests'] {
  return spec.requests.filter(({ kind }) => !SYNC_REQUESTS.has(kind));
}
