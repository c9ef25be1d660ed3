import type { AppView, ClusterView } from '../../core/api/views.ts';
import { toAppRow } from '../../core/board/app-row.ts';
import { readClusterCounters } from '../metrics/cluster-counters.ts';
import type { BoardPort, ClusterNews } from '../platform/board-port.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import type { NotifierPort } from '../platform/notifier-port.ts';
import type { Sql } from '../platform/sql.ts';
import { eventsAfter } from '../report/observed-apps.ts';

/**
 * What others have to hear of a cluster: the Board of its Apps and events, the Notifier of what is worth a notification. What they do not know yet is
 * written down in the transaction that made it so, and told after it, as often as it takes: nothing is lost however often the Worker is restarted,
 * and nothing that happens in a cluster waits for them.
 *
 *   untold   Apps (or, with an empty name, the cluster) that look different since the Board was told; `n` tells a later change from an earlier one
 *   illness  Apps that were Degraded and are not Healthy again (cluster-notices.ts)
 */
export const OUTLET_MIGRATIONS: readonly string[] = [
  `CREATE TABLE untold (app TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE illness (app TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID`,
];

/** Events that stay after they were told: the list of a cluster's latest. */
const KEPT_EVENTS = 1_000;
/** How much is told at once. */
const BATCH = 500;
/** What is told waits this long, so that what an agent waits for goes first. */
const GATHER_MS = 20;

interface Told {
  readonly board: number;
  readonly notifier: number;
}

export interface OutletParts {
  /** Asked for at each use: the outlet is made before the storage is opened. */
  readonly sql: () => Sql;
  readonly name: () => string;
  readonly app: (id: string) => Promise<AppView | undefined>;
  readonly cluster: () => Promise<ClusterView>;
  readonly board: Pick<BoardPort, 'take'>;
  readonly notifier: Pick<NotifierPort, 'take'>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Keeps the object awake until the promise settles. */
  readonly keepAwake: (work: Promise<void>) => void;
  /** Called when somebody could not be told: have `soon` called again in a moment. */
  readonly onFailure: () => Promise<void>;
}

export interface Outlet {
  /** Tells what is untold; returns at once. */
  soon(): void;
}

/** Notes that Apps look different now. Call it inside the transaction that changes them. */
export function markUntold(sql: Sql, apps: Iterable<string>): void {
  for (const app of apps)
    sql.run('INSERT OR REPLACE INTO untold (app, n) VALUES (?, (SELECT coalesce(max(n), 0) + 1 FROM untold))', app);
}

export function createOutlet(parts: OutletParts): Outlet {
  let running = false;
  let again = false;
  const tell = async (): Promise<void> => {
    do {
      again = false;
      await parts.sleep(GATHER_MS);
      try {
        // A name comes with the first Apps or the first agent: before, there is nothing to tell.
        while (parts.name() !== '' && ((await tellBoard(parts)) || (await tellNotifier(parts))));
      } catch {
        await parts.onFailure();
      }
    } while (again);
    running = false;
  };
  return {
    soon() {
      again = true;
      if (running) return;
      running = true;
      parts.keepAwake(tell());
    },
  };
}

/** True when there may be more to tell. */
async function tellBoard(parts: OutletParts): Promise<boolean> {
  const { name, app, cluster, board } = parts;
  const sql = parts.sql();
  const cursor = toldOf(sql);
  const untold = sql.all<{ app: string; n: number }>('SELECT app, n FROM untold ORDER BY n LIMIT ?', BATCH);
  const events = eventsAfter(sql, name(), cursor.board);
  if (untold.length === 0 && events.length === 0) return false;
  const ids = untold.map((row) => row.app).filter((id) => id !== '');
  const views = await Promise.all(ids.map(async (id) => ({ id, view: await app(id) })));
  const news: ClusterNews = {
    cluster: name(),
    view: await cluster(),
    rows: views.flatMap(({ view }) => (view === undefined ? [] : [toAppRow(view)])),
    gone: views.flatMap(({ id, view }) => (view === undefined ? [id] : [])),
    events: events.map(({ about: _about, ...event }) => event),
    counters: readClusterCounters(sql),
  };
  await board.take(news);
  sql.transaction(() => {
    for (const row of untold) sql.run('DELETE FROM untold WHERE app = ? AND n = ?', row.app, row.n);
    putTold(sql, { board: events.at(-1)?.seq ?? cursor.board });
    return undefined;
  });
  return true;
}

async function tellNotifier(parts: OutletParts): Promise<boolean> {
  const { name, notifier } = parts;
  const sql = parts.sql();
  const cursor = toldOf(sql);
  const events = eventsAfter(sql, name(), cursor.notifier);
  const last = events.at(-1);
  if (last === undefined) return false;
  const notices = events.flatMap((event) => (event.notice === undefined ? [] : [{ ...event, notice: event.notice }]));
  if (notices.length > 0) await notifier.take(notices);
  sql.transaction(() => {
    putTold(sql, { notifier: last.seq });
    return undefined;
  });
  return true;
}

function toldOf(sql: Sql): Told {
  return readFact<Told>(sql, 'told') ?? { board: 0, notifier: 0 };
}

/** Moves on, and forgets events that everybody was told of and that are old. */
function putTold(sql: Sql, told: Partial<Told>): void {
  const now = { ...toldOf(sql), ...told };
  writeFact(sql, 'told', now);
  sql.run(
    'DELETE FROM event WHERE seq <= min((SELECT max(seq) FROM event) - ?, ?)',
    KEPT_EVENTS,
    Math.min(now.board, now.notifier),
  );
}
