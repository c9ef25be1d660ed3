import type { Notice } from '../../core/api/activity.ts';

/** What the Notifier answers: it delivers notices to those who asked for them. */
export interface NotifierPort {
  /** Takes notices of a cluster, in order; one that it has already is ignored (`cluster` and `seq` name it). Returns when they are stored. */
  take(notices: readonly Notice[]): Promise<void>;
  /** What does not work and a person should know of: services, subscriptions, templates, deliveries that failed. */
  problems(): Promise<readonly { readonly where: string; readonly message: string }[]>;
  /** Deliveries by state, for /metrics. */
  counts(): Promise<{ readonly [state: string]: number }>;
  /** Cron: what is due, should an alarm have been lost. */
  tick(): Promise<void>;
}
