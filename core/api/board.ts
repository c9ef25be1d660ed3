import type { HealthStatus, SyncStatus } from '../app/status.ts';
import type { ActivityEvent } from './activity.ts';
import type { Reason } from './control.ts';
import type { ClusterView } from './views.ts';

/** One App in the list of all: what fits on a line. */
export interface AppRow {
  readonly cluster: string;
  readonly app: string;
  readonly project: string;
  readonly namespace: string;
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly labels: { readonly [name: string]: string };
  readonly repo: string;
  readonly path: string;
  readonly sync: SyncStatus;
  readonly health: HealthStatus;
  /** Full id of the source commit, empty when there is none. */
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  /** When what runs was decided; milliseconds since the epoch. */
  readonly since: number;
  readonly objects: number;
  readonly isPinned: boolean;
  readonly isSuspended: boolean;
  readonly isSyncing: boolean;
  /** The one reason that matters most; absent when all is well. */
  readonly why?: Reason;
}

/** GET /api/board: everything that the caller may see, and where the stream goes on. */
export interface Board {
  readonly apps: readonly AppRow[];
  readonly clusters: readonly ClusterView[];
  readonly cursor: string;
}

/** GET /api/stream?after=<cursor> (server-sent events; the id of each is the cursor behind it). After a gap: `reset`, read the board again. */
export type BoardMessage =
  | { readonly event: 'apps'; readonly data: { readonly changed: readonly AppRow[]; readonly gone: readonly AppId[] } }
  | { readonly event: 'cluster'; readonly data: ClusterView }
  | { readonly event: 'activity'; readonly data: ActivityEvent }
  /** When agents were heard of last, by cluster: once a minute. */
  | { readonly event: 'heard'; readonly data: { readonly [cluster: string]: number } }
  | { readonly event: 'reset'; readonly data: Record<string, never> };

export interface AppId {
  readonly cluster: string;
  readonly app: string;
}

/** GET /api/status: what is wrong, worst first, and why. */
export interface StatusView {
  readonly ok: boolean;
  readonly counts: { readonly apps: number; readonly healthy: number; readonly synced: number; readonly clusters: number };
  readonly wrong: readonly {
    readonly what: 'app' | 'cluster' | 'source' | 'notification';
    readonly cluster?: string;
    readonly name: string;
    readonly reason: Reason;
  }[];
}

/** GET /api/figures?app=…&cluster=…&days=…: DORA's four, from the ledger. Durations in milliseconds, medians. */
export interface Figures {
  readonly days: number;
  readonly deployments: number;
  readonly perDay: number;
  readonly leadMs?: number;
  /** 0 to 1: deployments that failed, degraded or were rolled back. */
  readonly failureRate?: number;
  readonly restoreMs?: number;
  /** Deployments per day, oldest first. */
  readonly series: readonly { readonly day: string; readonly deployments: number; readonly failed: number }[];
}
