import type { App } from '../core/app/app.ts';
import type { AppChange } from './platform/ports.ts';

/** A change, and the definition that it was made from; whoever publishes asks whether that still counts. */
export interface PublishedApp {
  readonly app: App;
  readonly change: AppChange;
}

/** Rendered Apps are published as soon as this many are waiting, so that a large fleet is applied while it is still rendered. */
const FLUSH_APPS = 50;
/** What crosses from one object to another at once is limited to 32 MiB. */
const FLUSH_BYTES = 8_000_000;
/** How many batches of a cluster may wait behind the one that is being published; rendering pauses then. */
const WAITING_BATCHES = 2;

export interface Publisher {
  /** Takes a change; settles when there is room for the next. */
  add(published: PublishedApp): Promise<void>;
  /** True when a batch could not be published: nothing will be settled, so nothing more needs to be rendered. */
  hasFailed(): boolean;
  /** Publishes what waits. Rejects with the first failure, when everything that had begun is over. */
  finish(): Promise<void>;
}

interface Line {
  batch: PublishedApp[];
  bytes: number;
  behind: number;
  last: Promise<void>;
}

/** Collects changes per cluster and publishes them in batches, one after the other per cluster. */
export function createPublisher(publish: (cluster: string, batch: readonly PublishedApp[]) => Promise<void>): Publisher {
  const lines = new Map<string, Line>();
  const failures: unknown[] = [];
  const flush = (cluster: string, line: Line) => {
    const { batch } = line;
    if (batch.length === 0) return;
    line.batch = [];
    line.bytes = 0;
    line.behind++;
    // A failure is kept here and told by `finish`: a promise that nobody has awaited yet must not reject.
    line.last = line.last.then(async () => {
      try {
        if (failures.length === 0) await publish(cluster, batch);
      } catch (error) {
        failures.push(error);
      } finally {
        line.behind--;
      }
    });
  };
  return {
    async add(published) {
      const { cluster } = published.app;
      const line = lines.get(cluster) ?? { batch: [], bytes: 0, behind: 0, last: Promise.resolve() };
      lines.set(cluster, line);
      const bytes = sizeOf(published);
      if (line.bytes + bytes > FLUSH_BYTES) flush(cluster, line);
      line.batch.push(published);
      line.bytes += bytes;
      if (line.batch.length >= FLUSH_APPS) flush(cluster, line);
      if (line.behind > WAITING_BATCHES) await line.last;
    },
    hasFailed: () => failures.length > 0,
    async finish() {
      for (const [cluster, line] of lines) flush(cluster, line);
      await Promise.all([...lines.values()].map((line) => line.last));
      if (failures.length > 0) throw failures[0];
    },
  };
}

function sizeOf({ change }: PublishedApp): number {
  return change.bundle === undefined ? 2000 : JSON.stringify(change.bundle).length + 2000;
}
