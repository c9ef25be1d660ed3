import type { LedgerChange } from '../../core/ledger/entry.ts';
import { type ClusterCounters, NO_CLUSTER_COUNTERS } from '../../core/metrics/counters.ts';
import { observe } from '../../core/metrics/open-metrics.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { Sql } from '../platform/sql.ts';

type Counted = Omit<ClusterCounters, 'openRequests'>;

/** What a decision tells of work that was done. */
export interface Work {
  readonly changes: readonly LedgerChange[];
  readonly events: readonly { readonly notice?: string }[];
}

/** Counts a decision; writes nothing when there is nothing to count. Call it inside the decision's transaction. */
export function countDecision(sql: Sql, { changes, events }: Work): void {
  let counted: Counted | undefined;
  const update = (next: (counters: Counted) => Counted): void => {
    counted = next(counted ?? readFact<Counted>(sql, 'counters') ?? NO_CLUSTER_COUNTERS);
  };
  for (const change of changes) {
    if (change.kind === 'deploy' && change.as === 'rollback') update((had) => ({ ...had, rollbacks: had.rollbacks + 1 }));
    if (change.kind !== 'receipt') continue;
    const { outcome, dryRun, startedAt, finishedAt } = change.receipt;
    if (dryRun === true || (outcome !== 'synced' && outcome !== 'failed' && outcome !== 'held')) continue;
    update((had) => ({
      ...had,
      syncs: { ...had.syncs, [outcome]: had.syncs[outcome] + 1 },
      // What was held took no time that says anything.
      syncSeconds: outcome === 'held' ? had.syncSeconds : observe(had.syncSeconds, Math.max(0, finishedAt - startedAt) / 1000),
    }));
  }
  for (const { notice } of events) {
    if (notice !== 'drift-found' && notice !== 'drift-healed') continue;
    const kind = notice === 'drift-found' ? 'found' : 'healed';
    update((had) => ({ ...had, drift: { ...had.drift, [kind]: had.drift[kind] + 1 } }));
  }
  if (counted !== undefined) writeFact(sql, 'counters', counted);
}

/** The counters as they are now. */
export function readClusterCounters(sql: Sql): ClusterCounters {
  const openRequests = sql.all<{ n: number }>('SELECT count(*) AS n FROM request')[0]?.n ?? 0;
  return { ...(readFact<Counted>(sql, 'counters') ?? NO_CLUSTER_COUNTERS), openRequests };
}
