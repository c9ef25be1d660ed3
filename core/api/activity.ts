import type { AppStatus } from '../app/status.ts';
import type { Problem } from '../problem/problem.ts';

/** What is worth telling somebody about: the names of Argo CD's triggers where it has them, so that its annotations keep their meaning. */
export const NOTICE_KINDS = [
  'sync-started',
  'sync-succeeded',
  'sync-failed',
  'health-degraded',
  'health-recovered',
  'drift-found',
  'drift-healed',
  'rolled-back',
  'approval-needed',
  'deletion-held',
  'agent-silent',
  'agent-back',
  'signature-refused',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/**
 * GET /api/activity and the stream: one thing that happened. `seq` counts per journal: each cluster has one, and the installation itself
 * (`cluster` is then empty: sign-ins, tokens, sources).
 */
export interface ActivityEvent {
  readonly seq: number;
  /** Milliseconds since the epoch, the Worker's clock. */
  readonly time: number;
  readonly cluster: string;
  /** Empty when it is about the cluster or the installation as a whole. */
  readonly app: string;
  readonly project?: string;
  /** A short word: `deploy`, `held`, `health`, `drift`, `rollback`, `pin`, `action`, `sign-in`, … */
  readonly kind: string;
  readonly text: string;
  /** Who did it, where a person or a token did. */
  readonly actor?: string;
  /** Why, in the actor's words. */
  readonly reason?: string;
  readonly revision?: string;
  /** Commit of the ledger that recorded it. */
  readonly ledger?: string;
  /** Set when it is worth a notification. */
  readonly notice?: NoticeKind;
}

/** What a notification may say of an App, beside its event: taken when the event happened. */
export interface NoticeApp {
  readonly id: string;
  readonly project: string;
  readonly namespace: string;
  readonly repoURL: string;
  readonly path: string;
  readonly targetRevision: string;
  /** Full id of the source commit, empty when nothing was ever rendered. */
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  readonly sync: AppStatus['sync'];
  readonly health: AppStatus['health'];
  readonly problems: readonly Problem[];
  /** Of the App's definition: `notifications.argoproj.io/*` annotations, as they stand there. */
  readonly subscriptions: { readonly [annotation: string]: string };
  /** Labels of the App's definition: what selectors of subscriptions ask for. */
  readonly labels?: { readonly [name: string]: string };
  /** `Application`, `Kustomization` or `HelmRelease`, and where it is defined: what Flux' `eventSources` select by. */
  readonly origin: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** An event on its way to the people who asked for it. `cluster` and `seq` together name it for ever. */
export interface Notice extends ActivityEvent {
  readonly notice: NoticeKind;
  /** undefined for an event about a cluster. */
  readonly about?: NoticeApp;
}
