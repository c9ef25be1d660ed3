import type { ActivityEvent } from '../../core/api/activity.ts';
import type { AppRow } from '../../core/api/board.ts';
import type { ClusterView } from '../../core/api/views.ts';

/** What a Cluster tells the Board: rows that changed, the cluster itself, and events in order. The same again changes nothing. */
export interface ClusterNews {
  readonly cluster: string;
  readonly view: ClusterView;
  readonly rows: readonly AppRow[];
  readonly gone: readonly string[];
  readonly events: readonly ActivityEvent[];
}

/** What the Board answers: the list of all Apps, and everything that happened. */
export interface BoardPort {
  take(news: ClusterNews): Promise<void>;
  /** A cluster was removed. */
  forget(cluster: string): Promise<void>;
  /** Something happened to the installation itself: a sign-in, a token, a fleet path. */
  record(event: Omit<ActivityEvent, 'seq' | 'time' | 'cluster'>): Promise<void>;
}
