import type { App } from '../core/app/app.ts';
import { type Problem, toProblem } from '../core/problem/problem.ts';
import type { Result } from '../core/result.ts';
import type { AppChange, CommitInfo } from './platform/ports.ts';
import { createPublisher, type PublishedApp } from './publisher.ts';

/**
 * The journey of a change, from a repository that may have moved to signed snapshots:
 *
 *   fetch    which revisions moved, and the objects of their commits
 *   define   where a fleet path moved: which App definitions were added, changed or removed
 *   select   which Apps a moved commit touches: exactly those whose render read something that changed
 *   render   each of them, on its own: a problem costs that App only, and so does an exception
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
  publish(cluster: string, changes: readonly PublishedApp[]): Promise<void>;
  settle(repo: string, fetched: readonly FetchedRevision[], outcomes: readonly SettledApp[]): Promise<void>;
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

/** What is left of a selected App when its change was handed on: the bundles of a thousand Apps are not kept together. */
export interface SettledApp {
  readonly selected: SelectedApp;
  /** True when the attempt could not be finished for a passing reason and must be repeated whatever changes. */
  readonly again: boolean;
}

/** What became of a selected App. */
export interface AppOutcome extends SettledApp {
  readonly change: AppChange;
}

/** How many Apps are rendered at the same time: the renderer is one thread, the rest is waiting for storage. */
const PARALLEL = 4;

/**
 * Runs the journey of one repository to its end. Throws only for bugs and lost storage, and not before everything that it had begun is over;
 * the caller keeps the repository dirty then.
 */
export async function runJourney(repo: string, stages: JourneyStages): Promise<void> {
  const fetched = await stages.fetch(repo);
  const removed = await stages.define(repo, fetched);
  const selected = await stages.select(repo, fetched);
  const publisher = createPublisher((cluster, changes) => stages.publish(cluster, changes));
  for (const { app } of removed) await publisher.add({ app, change: toRemoval(app) });
  const outcomes: SettledApp[] = [];
  const queue = [...selected];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined && !publisher.hasFailed(); next = queue.shift()) {
      const { change, again } = await renderOne(next, stages);
      outcomes.push({ selected: next, again });
      await publisher.add({ app: next.app, change });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await publisher.finish();
  await stages.settle(repo, fetched, outcomes);
}

/** Renders an App; what is thrown becomes the App's problem and is tried again, so that it cannot stop the others. */
async function renderOne(selected: SelectedApp, stages: JourneyStages): Promise<AppOutcome> {
  try {
    return await stages.render(selected);
  } catch (error) {
    const { app, at } = selected;
    const problems = [...app.warnings, toProblem(unnamed(error), app.source.path)];
    const commit = at.ok ? { commit: at.value } : {};
    return { selected, again: true, change: { definition: toDefinition(app), state: 'present', problems, ...commit } };
  }
}

/** The class of an error without its text, which may quote what was rendered. */
function unnamed(error: unknown): Error {
  return new Error(`rendering failed (${error instanceof Error ? error.name : typeof error})`);
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
