import type { Notice } from '../../core/api/activity.ts';
import type { NotifyServiceInput, NotifyView } from '../../core/api/notify.ts';
import type { GitNotify } from '../../core/notify/settings.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';

/** What the Notifier answers: it delivers notices to those who asked for them. */
export interface NotifierPort {
  /** Takes notices of a cluster, in order; one that it has already is ignored (`cluster` and `seq` name it). Returns when they are stored. */
  take(notices: readonly Notice[]): Promise<void>;
  /** Cron: what is due, should an alarm have been lost. */
  tick(): Promise<void>;
  /** What a fleet path says about notifications; undefined when it is gone. */
  putGit(source: string, value: GitNotify | undefined): Promise<void>;
  /** Sets a service by hand. Secrets that are not given stay. Fails with api.invalid. */
  putService(name: string, input: NotifyServiceInput): Promise<Result<true, Problem>>;
  /** Forgets what was set by hand; fails with api.not_found, and api.conflict for what only Git defines. */
  deleteService(name: string): Promise<Result<true, Problem>>;
  /** Sends a test at once, and once. */
  test(service: string, recipient: string): Promise<{ readonly ok: boolean; readonly problem?: string }>;
  view(): Promise<NotifyView>;
  /** What somebody has to mend. */
  problems(): Promise<NotifyView['problems']>;
  /** How many deliveries are in each state. */
  counts(): Promise<{ readonly [state: string]: number }>;
}
