import type { Figures } from '../api/board.ts';

/**
 * DORA's four figures, from what became of each deployment. Times are milliseconds since the epoch by the Worker's clock, except the commit's own.
 *
 *   deployment           a bundle that was synced, or whose first sync failed; a rollback is none, it is part of the failure that it ends
 *   deployment frequency deployments per day
 *   lead time            from the source commit to the first moment that the App was Synced and Healthy with it: median
 *   change failure rate  deployments whose sync failed, that became Degraded while they ran, were rolled back or reverted: share of all
 *   time to restore      from such a failure to the App being Healthy again, whatever made it so: median
 */
export interface DeploymentRecord {
  readonly app: string;
  readonly project: string;
  readonly kind: 'deploy' | 'rollback';
  readonly revision: string;
  /** When its sync ended, or it was seen Healthy before that was told; absent while neither has happened. */
  readonly doneAt?: number;
  readonly committedAt?: number;
  readonly healthyAt?: number;
  readonly failedAt?: number;
  readonly restoredAt?: number;
}

const DAY_MS = 24 * 60 * 60_000;

/** Computes the figures of the last days up to now, today (UTC) among them. */
export function computeFigures(
  records: readonly DeploymentRecord[],
  span: { readonly days: number; readonly now: number },
): Figures {
  const { days, now } = span;
  const first = Math.floor(now / DAY_MS) - days + 1;
  const deployments = records.filter(({ kind, doneAt }) => kind === 'deploy' && doneAt !== undefined && doneAt >= first * DAY_MS);
  const leads = deployments.flatMap(({ committedAt, healthyAt }) =>
    committedAt === undefined || healthyAt === undefined ? [] : [Math.max(0, healthyAt - committedAt)],
  );
  const failed = deployments.filter(({ failedAt }) => failedAt !== undefined);
  const restores = failed.flatMap(({ failedAt = 0, restoredAt }) => (restoredAt === undefined ? [] : [restoredAt - failedAt]));
  const leadMs = median(leads);
  const restoreMs = median(restores);
  return {
    days,
    deployments: deployments.length,
    perDay: deployments.length / days,
    ...(leadMs === undefined ? {} : { leadMs }),
    ...(deployments.length === 0 ? {} : { failureRate: failed.length / deployments.length }),
    ...(restoreMs === undefined ? {} : { restoreMs }),
    series: seriesOf(deployments, first, days),
  };
}

function seriesOf(deployments: readonly DeploymentRecord[], first: number, days: number): Figures['series'] {
  const counts = Array.from({ length: days }, () => ({ deployments: 0, failed: 0 }));
  for (const { doneAt = 0, failedAt } of deployments) {
    const count = counts[Math.floor(doneAt / DAY_MS) - first];
    if (count === undefined) continue;
    count.deployments += 1;
    if (failedAt !== undefined) count.failed += 1;
  }
  return counts.map((count, i) => ({ day: new Date((first + i) * DAY_MS).toISOString().slice(0, 10), ...count }));
}

/** The middle value, of an even number the mean of the two in the middle; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle];
  const low = sorted.length % 2 === 0 ? sorted[middle - 1] : high;
  return high === undefined || low === undefined ? undefined : (low + high) / 2;
}
