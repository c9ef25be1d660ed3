import type { App } from '../core/app/app.ts';
import type { Problem } from '../core/problem/problem.ts';
import type { Result } from '../core/result.ts';
import type { AppChange, CommitInfo } from './platform/ports.ts';

/**
 * The journey of a change, from a repository that may have moved to signed snapshots:
 *
 *   fetch    which revisions moved, and the objects of their commits
 *   define   where a fleet path moved: which App definitions were added, changed or removed
 *   select   which Apps a moved commit touches: exactly those whose render read something that changed
 *   render   each of them, on its own: a problem costs that App only
 *   publish  per cluster: ledger, signature and delivery in one go
 *   settle   only now the new commits count as done; a crash before repeats the journey, which changes nothing twice
 *
 * The stages know nothing of each other; what travels between them is here.
 */
export interface JourneyStages {
  fetch(repo: string): Promise<readonly FetchedRevision[]>;
  define(repo: string, fetched: readonly FetchedRevision[]): Promise<readonly RemovedApp[]>;
  select(repo: string, fetched: readonly FetchedRevision[]): Promise<readonly SelectedApp[]>;
  render(selected: SelectedApp): Promise<AppOutcome>;
  publish(cluster: string, changes: readonly AppChange[]): Promise<void>;
  settle(repo: string, fetched: readonly FetchedRevision[], outcomes: readonly AppOutcome[]): Promise<void>;
}

/** A followed revision after asking the host: the commit it is at, or why that is unknown. */
export interface FetchedRevision {
  readonly revision: string;
  /** The commit up to which everything was brought before. */
  readonly from?: CommitInfo;
  readonly to: Result<CommitInfo, Problem>;
}

/** An App whose definition is gone from Git. */
export interface RemovedApp {
  readonly app: App;
}

/** An App to render, or to tell that it cannot be. */
export interface SelectedApp {
  readonly app: App;
  readonly repo: string;
  readonly at: Result<CommitInfo, Problem>;
}

/** What became of a selected App. */
export interface AppOutcome {
  readonly selected: SelectedApp;
  readonly change: AppChange;
  /** True when the attempt could not be finished for a passing reason and must be repeated whatever changes. */
  readonly again: boolean;
}

/** How many Apps are rendered at the same time: the renderer is one thread, the rest is waiting for storage. */
const PARALLEL = 4;
/** Rendered Apps are published as soon as this many are waiting, so that a large fleet is applied while it is still rendered. */
const FLUSH = 50;

/** Runs the journey of one repository to its end. Throws only for bugs and lost storage; the caller keeps the repository dirty then. */
export async function runJourney(repo: string, stages: JourneyStages): Promise<void> {
  const fetched = await stages.fetch(repo);
  const removed = await stages.define(repo, fetched);
  const selected = await stages.select(repo, fetched);
  const publisher = createPublisher(stages);
  for (const { app } of removed) publisher.add(app.cluster, toRemoval(app));
  const outcomes: AppOutcome[] = [];
  const queue = [...selected];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const outcome = await stages.render(next);
      outcomes.push(outcome);
      publisher.add(next.app.cluster, outcome.change);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await publisher.finish();
  await stages.settle(repo, fetched, outcomes);
}

/** A tombstone: the agent prunes or orphans the objects, as the App's last definition says. */
function toRemoval(app: App): AppChange {
  return { definition: toDefinition(app), state: 'removed', problems: [] };
}

/** An App without how it is rendered and without its warnings, which travel as problems. */
export function toDefinition(app: App): AppChange['definition'] {
  const { render: _render, warnings: _warnings, ...definition } = app;
  return definition;
}

/** Collects changes per cluster and publishes them in batches, one after the other per cluster. */
function createPublisher(stages: JourneyStages): { add(cluster: string, change: AppChange): void; finish(): Promise<void> } {
  const waiting = new Map<string, AppChange[]>();
  const running = new Map<string, Promise<void>>();
  const flush = (cluster: string) => {
    const batch = waiting.get(cluster) ?? [];
    if (batch.length === 0) return;
    waiting.set(cluster, []);
    const before = running.get(cluster) ?? Promise.resolve();
    running.set(
      cluster,
      before.then(() => stages.publish(cluster, batch)),
    );
  };
  return {
    add(cluster, change) {
      const batch = waiting.get(cluster) ?? [];
      waiting.set(cluster, batch);
      batch.push(change);
      if (batch.length >= FLUSH) flush(cluster);
    },
    async finish() {
      for (const cluster of waiting.keys()) flush(cluster);
      await Promise.all(running.values());
    },
  };
}
