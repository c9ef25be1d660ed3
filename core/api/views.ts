import type { App } from '../app/app.ts';
import type { AppStatus, Drift, ResourceStatus } from '../app/status.ts';
import type { Digest } from '../bundle/bundle.ts';
import type { Problem } from '../problem/problem.ts';
import type { AppRequest, Envelope, PublicKey } from '../protocol/messages.ts';
import type { ActivityEvent } from './activity.ts';
import type { AppControl, Reason } from './control.ts';

/** What the Worker's JSON API answers: shared by the Worker and by everything that shows it to people. */

/** An App without how it is rendered: Helm values may hold secrets, and only rendering needs them. */
export type AppDefinition = Omit<App, 'render' | 'warnings'>;

/** GET /api/apps (there without `status.resources`, see AppSummary) and GET /api/apps/<cluster>/<app>. */
export interface AppView {
  readonly cluster: string;
  readonly app: string;
  readonly state: 'present' | 'removed';
  readonly definition: AppDefinition;
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  /** When the source commit was made; milliseconds since the epoch. */
  readonly committedAt?: number;
  readonly bundle?: Digest;
  readonly problems: readonly Problem[];
  readonly status?: AppStatus;
  readonly requests: readonly AppRequest[];
  /** What people decided beyond Git. */
  readonly control?: AppControl;
  /** Why it is not simply Synced and Healthy, the most important first. */
  readonly reasons?: readonly Reason[];
  /** What the caller may do with it: actions of core/api/access.ts (`sync`, `rollback`, …). */
  readonly can?: readonly string[];
}

/** GET /api/fleet: a fleet path, at the commit that was read last. */
export interface FleetSource {
  readonly id: string;
  readonly url: string;
  readonly revision: string;
  readonly path: string;
  readonly cluster: string;
  readonly commit?: string;
  readonly problems: readonly Problem[];
}

/** GET /api/keys: public halves only. */
export interface FleetKeys {
  readonly root?: PublicKey;
  readonly envelope?: Envelope;
  readonly version: number;
  /** Online keys that this installation holds: listed or waiting to be listed. */
  readonly online: readonly PublicKey[];
  /** Every key that ever signed a ledger commit. */
  readonly everSigned: readonly PublicKey[];
}

/** GET /api/clusters. Times in milliseconds since the epoch. */
export interface ClusterView {
  readonly name: string;
  readonly uid?: string;
  readonly generation: number;
  readonly keys: number;
  readonly lastSeen?: number;
  readonly agent?: {
    readonly version: string;
    readonly rssBytes: number;
    readonly startedAt: number;
    /** How long the Worker took to answer the agent, in milliseconds. */
    readonly rttMs?: number;
  };
  /** Since when nothing was heard of the agent, once that is too long ago. */
  readonly silentSince?: number;
  readonly apps: { readonly total: number; readonly synced: number; readonly healthy: number };
  readonly problems: readonly Problem[];
}

/** GET /api/clusters/<name>: also what the ledger of the cluster is verified with. */
export interface ClusterDetails extends ClusterView {
  /** Newest commit of the ledger; undefined while there is none. */
  readonly ledgerHead?: string;
  /** Keys of the cluster's agents: they verify the receipts in the ledger. */
  readonly agentKeys: readonly PublicKey[];
}

/** GET /api/events: `seq` counts per cluster. */
export type ClusterEvent = ActivityEvent;

/** GET /api/apps/<cluster>/<app>/history: one commit of the ledger. */
export interface HistoryEntry {
  readonly commit: string;
  readonly time: number;
  readonly message: string;
  readonly generation: number;
}

/** One App in the list of all: how many objects it has instead of which. */
export type AppSummary = Omit<AppView, 'status'> & {
  readonly status?: Omit<AppStatus, 'resources'> & { readonly objects: number };
};

/** GET /api/apps/<cluster>/<app>/diff: what somebody changed, what is not as desired, and the desired objects with Secret values masked. */
export interface AppDiff {
  readonly revision: string;
  readonly drift: readonly Drift[];
  readonly outOfSync: readonly ResourceStatus[];
  readonly desired: readonly { readonly key: string; readonly yaml: string }[];
  /** As `desired`: what Git has and a pin or an approval holds back. */
  readonly next?: readonly { readonly key: string; readonly yaml: string }[];
}

/** POST /api/clusters: the install URL carries a token that serves one cluster once. */
export interface ClusterAdded {
  readonly name: string;
  readonly token: string;
  readonly install: string;
}

/** GET /api/webhook: where Git hosts send push events. */
export interface WebhookView {
  readonly path: string;
}

/** POST /api/webhook: also the secret that signs them. It is no GET, and it is written down who asked, because it is a credential (S13). */
export interface WebhookSecret extends WebhookView {
  readonly secret: string;
}
