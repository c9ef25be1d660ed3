import type { Notice } from '../../core/api/activity.ts';
import { GIVE_UP_MS, nextAttempt } from '../../core/notify/backoff.ts';
import type { NotifyRules } from '../../core/notify/rules.ts';
import { err, type Result } from '../../core/result.ts';
import type { Sql } from '../platform/sql.ts';
import { SENDERS } from './send.ts';
import type { Outcome, ServiceAccess, ServiceIo } from './service.ts';
import { endPause, pausedAttempts, putPause, putThread, readThread, setTrouble } from './service-tables.ts';
import {
  type DeliveryRow,
  dueDeliveries,
  nextDue,
  overdueDeliveries,
  readDelivery,
  readNotice,
  releaseLeases,
  updateDelivery,
} from './tables.ts';
import { toTask } from './task.ts';

/**
 * The outbox. What is due is sent; what is sent was written down before (the attempt, and when to try again should nobody come back from it), and what the
 * service gave is written down after. So a crash between the two sends a message once more, with the same id, and loses none.
 *
 *   order      of one line (service, recipient, App) the next waits for the one before
 *   isolation  of one service only a few are under way, and one that is in trouble is left alone for a while: others go on
 *   end        what could not be delivered for a day has failed
 */
export interface OutboxParts {
  readonly sql: Sql;
  readonly io: ServiceIo;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly rules: () => NotifyRules;
  readonly access: (service: string) => Promise<Result<ServiceAccess, string>>;
  /** How the installation is reached. */
  readonly url: string | undefined;
  readonly log: (entry: { readonly event: string; readonly service: string; readonly error: string }) => void;
}

/** How many deliveries of one service are under way. */
const OF_EACH = 2;
/** After this time an attempt from which nobody came back is made again; when the object itself has ended, at once. */
const LEASE_MS = 90_000;
/** A service that is in trouble is tried again at least this often, with whatever is due then. */
const LONGEST_PAUSE_MS = 60_000;

export interface Outbox {
  /** Starts what is due; settles when nothing is due or under way any more. */
  drain(): Promise<void>;
  /** Sends one delivery now, once, whatever happens; gives how it ended. */
  once(n: number): Promise<Outcome>;
  /** When there is something to do next. */
  next(): number | undefined;
}

/** Makes the outbox over its tables. There must be one at a time. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { sql, io } = parts;
  releaseLeases(sql);
  const running = new Map<number, { readonly service: string; readonly done: Promise<void> }>();

  const start = (): void => {
    giveUp(parts, (n) => running.has(n));
    for (const row of dueDeliveries(sql, io.now(), OF_EACH)) {
      const busy = [...running.values()].filter(({ service }) => service === row.service).length;
      if (running.has(row.n) || busy >= OF_EACH) continue;
      const done = attempt(parts, row).finally(() => running.delete(row.n));
      running.set(row.n, { service: row.service, done });
    }
  };
  return {
    async drain() {
      for (start(); running.size > 0; start()) await Promise.race([...running.values()].map(({ done }) => done));
    },
    async once(n) {
      const row = readDelivery(sql, n);
      if (row === undefined) return { state: 'failed', problem: 'it was not found' };
      const outcome = await send(parts, row);
      const problem = outcome.state === 'sent' ? {} : { problem: outcome.problem };
      updateDelivery(sql, n, { state: outcome.state === 'sent' ? 'sent' : 'failed', attempts: 1, ...problem }, io.now());
      setTrouble(sql, row, outcome.state === 'sent' ? undefined : outcome.problem, io.now());
      return outcome;
    },
    next: () => nextDue(sql),
  };
}

async function attempt(parts: OutboxParts, row: DeliveryRow): Promise<void> {
  const { sql, io } = parts;
  const now = io.now();
  const attempts = row.attempts + 1;
  const since = row.since ?? now;
  // Written down before anything is sent.
  updateDelivery(
    sql,
    row.n,
    { state: 'waiting', leased: true, attempts, nextAt: now + LEASE_MS, since, ...problemOf(row.problem) },
    now,
  );
  const outcome = await send(parts, row).catch((error: unknown): Outcome => {
    // The class alone: the text may quote what was sent.
    parts.log({ event: 'notify_failed', service: row.service, error: error instanceof Error ? error.name : 'unknown' });
    return { state: 'later', problem: 'it could not be sent: a fault of Plumbline, see its log' };
  });
  sql.transaction(() => {
    settle(parts, { ...row, attempts, since }, outcome);
    return undefined;
  });
}

async function send(parts: OutboxParts, row: DeliveryRow): Promise<Outcome> {
  const service = await parts.access(row.service);
  if (!service.ok) return { state: 'failed', problem: service.error };
  const notice = noticeOf(parts.sql, row);
  if (notice === undefined) return { state: 'failed', problem: 'what it was about is not known any more' };
  const { rules, url } = { rules: parts.rules(), url: parts.url };
  const thread = readThread(parts.sql, row.thread);
  const made = toTask(row, notice, {
    rules,
    service: service.value,
    ...(url === undefined ? {} : { url }),
    ...(thread === undefined ? {} : { thread }),
  });
  const outcome = await SENDERS[service.value.kind](made.task, service.value, parts.io);
  // Sent, but not in the words that were asked for: that is shown too.
  if (outcome.state === 'sent' && made.problems.length > 0) setTrouble(parts.sql, row, made.problems.join('; '), parts.io.now());
  else if (outcome.state === 'sent') setTrouble(parts.sql, row, undefined, parts.io.now());
  return outcome;
}

/** A test has no notice of its own. */
function noticeOf(sql: Sql, row: DeliveryRow): Notice | undefined {
  const { seq, noticeTime: time } = row.value;
  return readNotice(sql, { cluster: row.cluster, seq, time });
}

function settle({ sql, io, chance }: OutboxParts, row: DeliveryRow, outcome: Outcome): void {
  const now = io.now();
  if ('thread' in outcome && outcome.thread !== undefined) putThread(sql, row.thread, outcome.thread, now);
  const kept = { attempts: row.attempts, ...(row.since === undefined ? {} : { since: row.since }) };
  if (outcome.state === 'sent') {
    updateDelivery(sql, row.n, { state: 'sent', ...kept }, now);
    endPause(sql, row.service);
    return;
  }
  const { problem } = outcome;
  setTrouble(sql, row, problem, now);
  if (outcome.state === 'failed') {
    updateDelivery(sql, row.n, { state: 'failed', ...kept, problem }, now);
    return;
  }
  const asked = outcome.wait === undefined ? {} : { asked: outcome.wait };
  const at = nextAttempt({ attempts: row.attempts, first: row.time, now, chance: chance(), ...asked });
  updateDelivery(
    sql,
    row.n,
    at === undefined
      ? { state: 'failed', ...kept, problem: `${problem}; given up after a day` }
      : { state: 'waiting', ...kept, nextAt: at, problem },
    now,
  );
  const failures = pausedAttempts(sql, row.service) + 1;
  const pause = nextAttempt({ attempts: failures, first: now, now, chance: chance(), ...asked }) ?? now;
  putPause(sql, row.service, outcome.wait === undefined ? Math.min(pause, now + LONGEST_PAUSE_MS) : pause, failures);
}

/** Behind a service that is away a queue grows whose end is never tried: a day is enough for all of it. */
function giveUp({ sql, io }: OutboxParts, isRunning: (n: number) => boolean): void {
  const now = io.now();
  for (const row of overdueDeliveries(sql, now - GIVE_UP_MS)) {
    if (isRunning(row.n)) continue;
    const problem = row.problem ?? 'the service could not be reached for a day';
    const kept = { attempts: row.attempts, ...(row.since === undefined ? {} : { since: row.since }) };
    updateDelivery(sql, row.n, { state: 'failed', ...kept, problem }, now);
    setTrouble(sql, row, problem, now);
  }
}

function problemOf(problem: string | undefined): { readonly problem?: string } {
  return problem === undefined ? {} : { problem };
}

/** For those who have no service. */
export const noService = (name: string): Result<ServiceAccess, string> => err(`there is no service ${name.slice(0, 100)}`);
