import { emptyHistogram, type Histogram } from './open-metrics.ts';

/** What a cluster counts, since it is there. Durations in seconds. */
export interface ClusterCounters {
  readonly syncs: { readonly synced: number; readonly failed: number; readonly held: number };
  readonly syncSeconds: Histogram;
  readonly drift: { readonly found: number; readonly healed: number };
  readonly rollbacks: number;
  /** Requests of people that no receipt has answered: now. */
  readonly openRequests: number;
}

/** What the Fleet counts, since its object was started or last wrote it down. Durations in seconds. */
export interface FleetCounters {
  /** Times that a host was asked where its revisions are, by how that ended. */
  readonly polls: { readonly unchanged: number; readonly moved: number; readonly failed: number };
  readonly pollSeconds: Histogram;
  readonly renders: { readonly rendered: number; readonly cached: number; readonly failed: number };
  readonly renderSeconds: Histogram;
}

/** Gauges of the Fleet: now. */
export interface FleetMetrics extends FleetCounters {
  readonly sources: number;
  readonly repositories: number;
  /** Repositories with work to do. */
  readonly dirty: number;
}

const SYNC_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const WORK_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const NO_CLUSTER_COUNTERS: Omit<ClusterCounters, 'openRequests'> = {
  syncs: { synced: 0, failed: 0, held: 0 },
  syncSeconds: emptyHistogram(SYNC_BOUNDS),
  drift: { found: 0, healed: 0 },
  rollbacks: 0,
};

export const NO_FLEET_COUNTERS: FleetCounters = {
  polls: { unchanged: 0, moved: 0, failed: 0 },
  pollSeconds: emptyHistogram(WORK_BOUNDS),
  renders: { rendered: 0, cached: 0, failed: 0 },
  renderSeconds: emptyHistogram(WORK_BOUNDS),
};
