import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';
import type { ClusterCounters } from '../../core/metrics/counters.ts';
import type { ClusterPort } from './ports.ts';

/** What a Cluster tells the Board: rows that changed, the cluster itself, and events in order. The same again changes nothing. */
export interface ClusterNews {
  readonly cluster: string;
  readonly view: ClusterView;
  readonly rows: readonly AppRow[];
  readonly gone: readonly string[];
  readonly events: readonly ActivityEvent[];
  /** What the cluster counts, for /metrics. */
  readonly counters: ClusterCounters;
}

/** Which events are asked for; absent parts do not restrict. `before` is a place that an earlier answer gave. */
export interface ActivityQuery {
  readonly cluster?: string;
  readonly app?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly before?: number;
  readonly limit: number;
}

/** An action that concerns the installation and no single cluster: who may get in, what is read, what is told to whom. */
export type InstallationEvent = Omit<ActivityEvent, 'seq' | 'time' | 'cluster'>;

/** What the Board answers: the list of all Apps, and everything that happened. */
export interface BoardPort extends Pick<ClusterPort, 'ledgerLog' | 'ledgerState' | 'ledgerEntry'> {
  take(news: ClusterNews): Promise<void>;
  /** A cluster was removed. */
  forget(cluster: string): Promise<void>;
  /** Something happened to the installation itself: a sign-in, a token, a fleet path. It is an entry of the installation's own ledger. */
  record(event: InstallationEvent): Promise<void>;
  /** When agents were heard of last (milliseconds since the epoch): kept in memory only, as it changes all the time. */
  heard(at: { readonly [cluster: string]: number }): Promise<void>;
  /** Everything, as JSON of arrays (`AppRow[]`, `ClusterView[]`); undefined when nothing has changed since `known`. */
  board(known?: string): Promise<{ readonly cursor: string; readonly apps?: string; readonly clusters?: string }>;
  /** Messages behind `after`, one JSON document per line (src/board/feed.ts). */
  stream(after?: string): Promise<ReadableStream<Uint8Array>>;
  /** What each cluster counted last. */
  counters(): Promise<{ readonly [cluster: string]: ClusterCounters }>;
  /** Events, newest first. */
  activity(query: ActivityQuery): Promise<readonly { readonly n: number; readonly event: ActivityEvent }[]>;
  /** The installation's own ledger, for `git clone`. */
  ledger(request: Request): Promise<Response>;
}
