import type { TreeDelta } from '../../core/api/tree.ts';
import type { AppStatus } from '../../core/app/status.ts';
import { backoffMs } from '../../core/plan/backoff.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { signEnvelope } from '../../core/protocol/dsse.ts';
import { RECEIPT_TYPE, type Receipt, type Report, type ReportResponse } from '../../core/protocol/messages.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import type { Result } from '../../core/result.ts';
import type { Clock } from '../platform/clock.ts';
import { shortHash } from '../platform/crypto.ts';

/**
 * Tells the Worker what happened. Statuses are levels: only the newest of each App is kept, and one that says what the Worker already knows
 * is not sent. Receipts are spooled until they are acknowledged. Everything that gathers within a moment travels in one report, and a report
 * is sent again under the same id until the Worker has acknowledged it.
 *
 * Trees travel with the rest, as what has changed in them, and of each App at most four times a second; what does not fit into a report waits for the next.
 *
 * The spool lives in memory only: after a restart every App whose receipt was not acknowledged is synced again (see inventory-store.ts),
 * which gives the same receipt under the same id.
 */
export interface ReporterOptions {
  readonly send: (report: Report) => Promise<Result<ReportResponse, Problem>>;
  readonly statusOf: (app: string) => AppStatus | undefined;
  /** How many heals a status that was acknowledged contained. */
  readonly onReported: (app: string, heals: number) => void;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly cluster: string;
  readonly generation: () => number;
  readonly agent: () => Report['agent'];
  /** What has changed in an App's tree since this was asked last, and that the Worker wants it whole. */
  readonly trees?: { readonly delta: (app: string) => TreeDelta | undefined; readonly resend: (app: string) => void };
  /** Called when a report was acknowledged. */
  readonly onAcknowledged: () => void;
}

export interface Reporter {
  readonly receipt: (receipt: Receipt, acknowledged: () => void) => void;
  readonly touch: (app: string) => void;
  /** Something in an App's tree has changed. */
  readonly touchTree: (app: string) => void;
  readonly problem: (found: Problem) => void;
  /** Sends until the signal is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const GATHER_MS = 50;
const MAX_RECEIPTS = 5_000;
const MAX_PER_REPORT = 500;
const MAX_PROBLEMS = 100;
const TREE_EVERY_MS = 250;
/** Nodes in one report: receipts that come meanwhile must not wait for long. */
const MAX_NODES = 2_000;

interface Spooled {
  readonly receipt: Receipt;
  readonly acknowledged: () => void;
}

/** Makes a reporter with an empty spool. */
export function createReporter(options: ReporterOptions): Reporter {
  const { clock } = options;
  let receipts: Spooled[] = [];
  let problems: Problem[] = [];
  const touched = new Set<string>();
  const lastSent = new Map<string, string>();
  /** Apps whose trees have changed, and when each is due (monotonic ms); when each was told last. */
  const trees = new Map<string, number>();
  const treesTold = new Map<string, number>();
  let wake = (): void => {};
  let number = 0;
  let rttMs: number | undefined;

  const hasTrees = (): boolean => {
    const now = clock.monotonic();
    for (const due of trees.values()) if (due <= now) return true;
    return false;
  };
  const isEmpty = (): boolean => receipts.length === 0 && problems.length === 0 && touched.size === 0 && !hasTrees();

  const touchTree = (app: string): void => {
    if (options.trees === undefined || trees.has(app)) return;
    const now = clock.monotonic();
    const due = Math.max(now, (treesTold.get(app) ?? Number.NEGATIVE_INFINITY) + TREE_EVERY_MS);
    trees.set(app, due);
    if (due <= now) wake();
    else clock.after(due - now + 1, () => wake());
  };

  const collectTrees = (): TreeDelta[] => {
    const deltas: TreeDelta[] = [];
    const now = clock.monotonic();
    let nodes = 0;
    for (const [app, due] of trees) {
      if (due > now) continue;
      if (deltas.length === MAX_PER_REPORT || nodes >= MAX_NODES) break;
      trees.delete(app);
      const delta = options.trees?.delta(app);
      if (delta === undefined) continue;
      treesTold.set(app, now);
      deltas.push(delta);
      nodes += delta.changed.length;
    }
    return deltas;
  };

  const collect = () => {
    const spooled = receipts.slice(0, MAX_PER_REPORT);
    const found = problems;
    const statuses: AppStatus[] = [];
    const marks = new Map<string, string>();
    for (const app of touched) {
      if (statuses.length === MAX_PER_REPORT) break;
      touched.delete(app);
      const status = options.statusOf(app);
      if (status === undefined) continue;
      const mark = shortHash(JSON.stringify({ ...status, observedAt: 0 }));
      if (lastSent.get(app) === mark) continue;
      marks.set(app, mark);
      statuses.push(status);
    }
    return { spooled, found, statuses, marks };
  };

  const deliver = async (report: Report, signal: AbortSignal): Promise<boolean> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const since = clock.monotonic();
      const sent = await options.send(report);
      if (sent.ok && sent.value.acknowledged.includes(report.id)) {
        rttMs = Math.round(clock.monotonic() - since);
        for (const app of sent.value.resendTrees ?? []) {
          options.trees?.resend(app);
          touchTree(app);
        }
        return true;
      }
      await clock.sleep(backoffMs(attempt, { base: 200, factor: 2, max: 30_000, chance: options.chance() }), signal);
    }
    return false;
  };

  return {
    receipt(receipt, acknowledged) {
      receipts.push({ receipt, acknowledged });
      if (receipts.length > MAX_RECEIPTS) {
        receipts = receipts.slice(-MAX_RECEIPTS);
        problems.push(problem('bug', `more than ${MAX_RECEIPTS} receipts waited for the Worker, the oldest were dropped`));
      }
      wake();
    },
    touch(app) {
      touched.add(app);
      wake();
    },
    touchTree,
    problem(found) {
      // The same problem again says nothing new while it still waits to be sent.
      if (
        problems.length < MAX_PROBLEMS &&
        !problems.some((known) => known.code === found.code && known.message === found.message)
      )
        problems.push(found);
      wake();
    },
    async run(signal) {
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        if (isEmpty()) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = () => {};
        }
        await clock.sleep(GATHER_MS, signal);
        const { spooled, found, statuses, marks } = collect();
        const changed = collectTrees();
        if (spooled.length === 0 && statuses.length === 0 && found.length === 0 && changed.length === 0) continue;
        const agent = options.agent();
        const report: Report = {
          id: `${agent.startedAt}-${++number}`,
          cluster: options.cluster,
          generation: options.generation(),
          receipts: await Promise.all(spooled.map(({ receipt }) => signEnvelope(RECEIPT_TYPE, receipt, options.signer))),
          statuses,
          problems: found,
          ...(changed.length === 0 ? {} : { trees: changed }),
          agent: { ...agent, ...(rttMs === undefined ? {} : { rttMs }) },
        };
        if (!(await deliver(report, signal))) return;
        options.onAcknowledged();
        receipts = receipts.filter((entry) => !spooled.includes(entry));
        problems = problems.filter((entry) => !found.includes(entry));
        for (const { acknowledged } of spooled) acknowledged();
        for (const status of statuses) {
          lastSent.set(status.app, marks.get(status.app) ?? '');
          options.onReported(status.app, status.drift.filter((drift) => drift.action === 'healed').length);
        }
      }
    },
  };
}
