import type { AppStatus, Drift, Health, ResourceStatus, SyncProgress, SyncStatus } from '../app/status.ts';
import { worstHealth } from '../health/worst-health.ts';
import type { Problem } from '../problem/problem.ts';
import type { SnapshotApp } from '../protocol/messages.ts';
import type { LiveRecord } from './live-record.ts';
import type { BlockedObject } from './prepare.ts';

export interface AppStatusInput {
  readonly app: SnapshotApp;
  readonly generation: number;
  readonly records: Iterable<LiveRecord>;
  readonly blocked: readonly BlockedObject[];
  readonly problems: readonly Problem[];
  /** Heals since the last report. */
  readonly healed: readonly Drift[];
  /** The sync that is under way, or why none is. */
  readonly progress?: SyncProgress;
  readonly now: number;
}

const MAX_DRIFTS = 100;

/**
 * What an App is right now. Synced if and only if every object was observed equal to the App's bundle and nothing else is owned (I9); Unknown
 * while any object was not looked at yet. As healthy as its worst object that counts, in Argo CD's order.
 */
export function computeAppStatus(input: AppStatusInput): AppStatus {
  const resources: ResourceStatus[] = input.blocked.map((blocked) => ({
    key: blocked.key,
    version: blocked.apiVersion,
    sync: 'OutOfSync',
    health: { status: 'Missing' },
    problem: blocked.problem,
  }));
  const drift: Drift[] = [...input.healed];
  const healths: Health[] = input.blocked.map(() => ({ status: 'Missing' }));
  const syncs: SyncStatus[] = input.blocked.map(() => 'OutOfSync');
  for (const record of input.records) {
    const resource = toResource(record);
    resources.push(resource);
    if (record.wanted?.policy.healthCounts !== false) healths.push(resource.health);
    if (record.wanted !== undefined || record.countsWhenExtra) syncs.push(resource.sync);
    if (record.drift !== undefined) drift.push(record.drift);
  }
  return {
    app: input.app.id,
    generation: input.generation,
    revision: input.app.revision,
    bundle: input.app.bundle ?? '',
    sync: computeSync(syncs),
    health: computeAppHealth(healths),
    resources,
    problems: input.problems,
    drift: drift.slice(0, MAX_DRIFTS),
    ...(input.progress === undefined ? {} : { progress: input.progress }),
    observedAt: input.now,
  };
}

function toResource(record: LiveRecord): ResourceStatus {
  return {
    key: record.key,
    version: record.wanted?.apiVersion ?? '',
    sync: syncOf(record),
    health: record.state === 'missing' ? { status: 'Missing' } : record.health,
    ...(record.problem === undefined ? {} : { problem: record.problem }),
  };
}

function syncOf(record: LiveRecord): SyncStatus {
  // No longer in Git, but still there: to be pruned, kept by policy, or held.
  if (record.wanted === undefined) return 'OutOfSync';
  switch (record.state) {
    case 'unknown':
      return 'Unknown';
    case 'same':
      return 'Synced';
    default:
      return 'OutOfSync';
  }
}

function computeSync(syncs: readonly SyncStatus[]): SyncStatus {
  if (syncs.includes('OutOfSync')) return 'OutOfSync';
  return syncs.includes('Unknown') ? 'Unknown' : 'Synced';
}

function computeAppHealth(healths: readonly Health[]): Health {
  const worst = worstHealth(healths);
  return worst.message === undefined ? { status: worst.status } : { status: worst.status, message: worst.message };
}
