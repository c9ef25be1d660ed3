import type { ClusterApi, LiveObject } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';

/** What comparing and writing one object needs. */
export interface ObjectTools {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly fingerprint: (live: LiveObject) => string;
  /** A number from 0 to 1, for jitter. */
  readonly chance: () => number;
}
