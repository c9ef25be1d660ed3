import type { Digest } from '../../../core/bundle/bundle.ts';
import { backoffMs, retryDelayMs } from '../../../core/plan/backoff.ts';
import type { LiveRecord } from '../../../core/plan/live-record.ts';
import type { Plan } from '../../../core/plan/plan-types.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { AppRequest, Receipt, SnapshotApp } from '../../../core/protocol/messages.ts';
import type { AppRegistry } from '../app-registry.ts';
import { type AppRuntime, markerOf, purposeOf } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { SyncReport } from './run-sync.ts';
import type { SyncMode } from './sync-mode.ts';
import { describeResults, problemsOf, receiptId, toReceipt } from './sync-report.ts';

/** A sync that has ended, besides what it did. */
export interface FinishedRun {
  readonly generation: number;
  readonly snapshot: Digest;
  readonly startedAt: number;
  readonly requests: readonly AppRequest[];
  readonly mode: SyncMode;
  /** The generation that brought this state of the App. */
  readonly since: number;
  /** When and why it is looked at again is decided elsewhere (a Helm release). */
  readonly isPaced?: boolean;
}

/** Takes note of a sync that has ended: what is known of each object, problems, retries, the receipt. */
export class SyncFinish {
  readonly #context: ApplyContext;
  readonly #fleet: AppRegistry;
  readonly #again: (runtime: AppRuntime) => void;

  constructor(context: ApplyContext, fleet: AppRegistry, again: (runtime: AppRuntime) => void) {
    this.#context = context;
    this.#fleet = fleet;
    this.#again = again;
  }

  /** Takes note of a sync's end. */
  finish(runtime: AppRuntime, spec: SnapshotApp, plan: Plan, report: SyncReport, run: FinishedRun): void {
    const known = this.#context.inventory.of(runtime.id);
    if (!run.mode.dryRun)
      for (const key of [...plan.orphaned, ...plan.moved]) {
        const record = runtime.records.get(key);
        if (record !== undefined && record.wanted === undefined) this.#fleet.drop(record);
        else known.objects.delete(key);
      }
    const heldSince = plan.held.length === 0 ? 0 : known.heldSince === 0 ? run.startedAt : known.heldSince;
    if (heldSince !== known.heldSince) {
      known.heldSince = heldSince;
      this.#context.inventory.touch(runtime.id);
    }
    this.#noteResults(runtime, report, run.mode);
    runtime.problems = [...problemsOf(runtime, plan, report), ...runtime.writeWarnings];
    runtime.writeWarnings = [];
    const failed = report.outcome === 'failed';
    const isTerminated = report.outcome === 'terminated';
    if (isTerminated) runtime.problems = [problem('apply.terminated', 'the sync was ended by a person'), ...runtime.problems];
    runtime.stopped = isTerminated ? runtime.purpose : run.mode.asked ? undefined : runtime.stopped;
    this.#context.log(`${runtime.id}: ${report.outcome} at generation ${run.generation}${describeResults(report)}`);
    runtime.attempt = failed ? runtime.attempt + 1 : 0;
    const isNewest = runtime.spec === spec;
    if (failed && isNewest && run.isPaced !== true) this.#retryLater(runtime, spec, report);
    this.#noteEnd(runtime, spec, report, run);
    this.#watchDeadline(runtime, spec, failed || isTerminated || run.mode.dryRun);
    this.#fleet.followKinds();
    // Something newer has come: what was done for its sake is told by its own receipt (I3).
    const isOvertaken = runtime.spec === undefined || purposeOf(runtime.spec) !== purposeOf(spec);
    if (!run.mode.silent && report.refused === undefined && !isOvertaken) this.#receipt(runtime, spec, report, run);
    if (run.mode.gated !== true)
      for (const request of run.requests) if (!failed || request.kind !== 'sync') runtime.answered.add(request.id);
    // Only a part was synced: an App that follows Git by itself goes on with the rest.
    if (run.mode.selection !== undefined && run.mode.automatic && !failed) runtime.again = true;
    // An App that came back meanwhile is not forgotten.
    if (spec.state === 'removed' && report.outcome === 'synced' && isNewest) this.#fleet.forget(runtime);
    this.#context.sink.touch(runtime.id);
  }

  /** A person asked for a sync that may not be done: it is not put off until it may, because by then nobody expects it any more. */
  refuse(runtime: AppRuntime, spec: SnapshotApp, found: Problem, run: FinishedRun): void {
    const syncs = run.requests.filter((request) => request.kind === 'sync');
    const report: SyncReport = { outcome: 'failed', results: [], retry: false, hooks: new Map() };
    runtime.problems = [found, ...runtime.problems.filter(({ code }) => code !== found.code)];
    this.#receipt(runtime, spec, report, { ...run, requests: syncs });
    for (const request of syncs) runtime.answered.add(request.id);
    this.#context.sink.touch(runtime.id);
  }

  #noteResults(runtime: AppRuntime, report: SyncReport, mode: SyncMode): void {
    for (const result of report.results) {
      const record = runtime.records.get(result.key);
      if (record === undefined || result.hook !== undefined) continue;
      if (result.problem !== undefined) record.problem = result.problem;
      else if (result.action !== 'failed') record.problem = undefined;
      if (result.action === 'created' && mode.dryRun) record.state = 'missing';
      if (result.action === 'failed' && record.state === 'unknown') record.state = stateAfterFailure(result.problem);
    }
  }

  /** What those who depend on the App go by. */
  #noteEnd(runtime: AppRuntime, spec: SnapshotApp, report: SyncReport, run: FinishedRun): void {
    if (run.mode.dryRun || run.mode.selection !== undefined || spec.bundle === undefined) return;
    const outcome = report.outcome === 'synced' || report.outcome === 'held' ? report.outcome : 'failed';
    const message = runtime.problems[0]?.message;
    const end = { bundle: spec.bundle, revision: spec.revision, generation: run.since, outcome } as const;
    runtime.last = message === undefined ? end : { ...end, message };
    if (outcome !== 'failed') runtime.applied = runtime.last;
  }

  #retryLater(runtime: AppRuntime, spec: SnapshotApp, report: SyncReport): void {
    const attempt = runtime.attempt - 1;
    const byItself = backoffMs(attempt, { base: 1_000, factor: 2, max: 60_000, chance: this.#context.chance.fraction() });
    const delay = report.retry ? byItself : retryDelayMs(attempt, spec.policy.retry);
    if (delay === undefined) return;
    const now = this.#context.clock.now();
    const [first] = runtime.problems;
    const message =
      first === undefined ? 'the sync failed' : first.where === undefined ? first.message : `${first.where}: ${first.message}`;
    // What passes by itself is tried for as long as it takes.
    const retry = { attempt: runtime.attempt, limit: report.retry ? -1 : spec.policy.retry.limit, at: Math.round(now + delay) };
    runtime.progress = { state: 'waiting', message, ...(first === undefined ? {} : { code: first.code }), since: now, retry };
    runtime.cancelRetry = this.#context.clock.after(delay, () => this.#again(runtime));
  }

  /** Healthy in time, or a problem that says so. */
  #watchDeadline(runtime: AppRuntime, spec: SnapshotApp, skip: boolean): void {
    runtime.cancelDeadline();
    runtime.pastDeadline = undefined;
    if (skip || spec.policy.timeoutSeconds <= 0 || spec.state === 'removed') return;
    runtime.cancelDeadline = this.#context.clock.after(spec.policy.timeoutSeconds * 1000, () => {
      const health = this.#fleet.statusOf(runtime.id)?.health;
      if (health === undefined || health.status === 'Healthy' || health.status === 'Suspended') return;
      const worst = [...runtime.records.values()].find((record) => record.health.status === health.status);
      const where = worst === undefined ? {} : { where: worst.key };
      runtime.pastDeadline = problem(
        'apply.deadline',
        `not healthy within ${spec.policy.timeoutSeconds} s: ${health.status}`,
        where,
      );
      this.#context.sink.touch(runtime.id);
    });
  }

  #receipt(runtime: AppRuntime, spec: SnapshotApp, report: SyncReport, run: FinishedRun): void {
    const health = this.#fleet.statusOf(runtime.id)?.health ?? { status: 'Unknown' };
    const { cluster } = this.#context;
    const { generation, snapshot, requests } = run;
    const content = toReceipt({ cluster, generation, snapshot, runtime, spec, report, requests, dryRun: run.mode.dryRun });
    const id = receiptId(content);
    if (id === runtime.lastReceipt) return;
    runtime.lastReceipt = id;
    const receipt: Receipt = { ...content, id, health, startedAt: run.startedAt, finishedAt: this.#context.clock.now() };
    const done = report.outcome !== 'failed' && report.outcome !== 'terminated' && run.mode.selection === undefined;
    this.#context.sink.receipt(receipt, () => {
      if (!done || runtime.spec !== spec || spec.state === 'removed') return;
      this.#context.inventory.of(runtime.id).answered = markerOf(spec);
      this.#context.inventory.touch(runtime.id);
    });
  }
}

/** What a failed write says of an object that was never seen: without its namespace it cannot be there, and what is refused is not as wanted. */
function stateAfterFailure(found: Problem | undefined): LiveRecord['state'] {
  switch (found?.code) {
    case 'apply.namespace_missing':
      return 'missing';
    case 'apply.invalid':
    case 'apply.immutable':
    case 'apply.admission':
      return 'differs';
    default:
      return 'unknown';
  }
}
