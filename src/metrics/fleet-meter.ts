import { type FleetCounters, NO_FLEET_COUNTERS } from '../../core/metrics/counters.ts';
import { observe } from '../../core/metrics/open-metrics.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { CommitInfo, Rendered, RepositoryPort } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';

/** Written down at most so often, and only with something that a journey has changed: an idle fleet writes nothing. */
const KEEP_MS = 10 * 60_000;

type Measured = Pick<RepositoryPort, 'refresh' | 'changes' | 'definitions' | 'render' | 'retain'>;

/** Counts what the Fleet asks of repositories, in memory. */
export interface FleetMeter {
  counters(): FleetCounters;
  /** The same repository; what is asked of it is measured. */
  measure(repository: Measured): Measured;
}

/** Goes on where the counters were written down last. */
export function createFleetMeter(parts: { readonly sql: Sql; readonly now: () => number }): FleetMeter {
  const { sql, now } = parts;
  let counters = readFact<FleetCounters>(sql, 'counters') ?? NO_FLEET_COUNTERS;
  let keptAt = now();
  const keep = (): void => {
    if (now() - keptAt < KEEP_MS) return;
    keptAt = now();
    writeFact(sql, 'counters', counters);
  };
  return {
    counters: () => counters,
    measure: (repository) => ({
      changes: (from, to) => repository.changes(from, to),
      definitions: (commit, path, only) => repository.definitions(commit, path, only),
      retain: (commits) => repository.retain(commits),
      async refresh(access, revisions, announced) {
        const begun = now();
        const outcomes = await repository.refresh(access, revisions, announced);
        const { polls, pollSeconds } = counters;
        const outcome = outcomeOf(outcomes);
        counters = {
          ...counters,
          polls: { ...polls, [outcome]: polls[outcome] + 1 },
          pollSeconds: observe(pollSeconds, (now() - begun) / 1000),
        };
        return outcomes;
      },
      async render(commit, job) {
        const begun = now();
        const rendered = await repository.render(commit, job);
        const { renders, renderSeconds } = counters;
        const outcome = kindOf(rendered);
        counters = {
          ...counters,
          renders: { ...renders, [outcome]: renders[outcome] + 1 },
          renderSeconds: outcome === 'cached' ? renderSeconds : observe(renderSeconds, (now() - begun) / 1000),
        };
        keep();
        return rendered;
      },
    }),
  };
}

function outcomeOf(
  outcomes: readonly Result<CommitInfo & { readonly changed?: boolean }, Problem>[],
): keyof FleetCounters['polls'] {
  if (outcomes.some((outcome) => !outcome.ok)) return 'failed';
  return outcomes.some((outcome) => outcome.ok && outcome.value.changed === true) ? 'moved' : 'unchanged';
}

function kindOf({ problem, cached }: Rendered): keyof FleetCounters['renders'] {
  if (problem !== undefined) return 'failed';
  return cached ? 'cached' : 'rendered';
}
