import type { AppStatus } from '../../core/app/status.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import { canonicalJson } from '../../core/json/canonical.ts';
import type { ObjectKey } from '../../core/objects/object.ts';
import { backoffMs, retryDelayMs } from '../../core/plan/backoff.ts';
import { isVerified, type LiveRecord } from '../../core/plan/live-record.ts';
import { computePlan, type KnownObject, type Plan } from '../../core/plan/plan.ts';
import { type Problem, problem, toProblem } from '../../core/problem/problem.ts';
import type { AppRequest, Receipt, SnapshotApp } from '../../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../../core/protocol/snapshot-rules.ts';
import { ok, type Result } from '../../core/result.ts';
import { shortHash } from '../platform/crypto.ts';
import { type AppRuntime, markerOf } from './app-runtime.ts';
import type { ApplyContext } from './apply-context.ts';
import type { DriftWatch } from './drift-watch.ts';
import { runSync, type SyncListener, type SyncReport } from './run-sync.ts';

/** What AppSync needs of the fleet. */
export interface AppRegistry {
  readonly accepted: AcceptedSnapshot | undefined;
  readonly ownerOf: (key: ObjectKey, app: string) => string | undefined;
  readonly isWantedByOther: (key: ObjectKey, app: string) => boolean;
  readonly drop: (record: LiveRecord) => void;
  readonly forget: (runtime: AppRuntime) => void;
  readonly followKinds: () => void;
  readonly prepare: (runtime: AppRuntime, spec: SnapshotApp, bundle: NonNullable<AppRuntime['bundle']>) => void;
  readonly statusOf: (id: string) => AppStatus | undefined;
}

/** Syncs Apps: one sync at a time for each, the newest wish supersedes a running one, failures are retried by the App's policy. */
export class AppSync {
  readonly #context: ApplyContext;
  readonly #fleet: AppRegistry;
  readonly #drift: DriftWatch;
  readonly #ensured = new Set<ObjectKey>();

  constructor(context: ApplyContext, fleet: AppRegistry, drift: DriftWatch) {
    this.#context = context;
    this.#fleet = fleet;
    this.#drift = drift;
  }

  /** Asks for a sync; it begins at once, or as soon as the one that runs has noticed. */
  request(runtime: AppRuntime): void {
    runtime.cancelRetry();
    runtime.again = true;
    if (runtime.syncing) return;
    runtime.syncing = true;
    void this.#loop(runtime).catch((error: unknown) => {
      runtime.problems = [toProblem(error, runtime.id)];
      this.#context.log(
        `sync of ${runtime.id} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      this.#context.sink.touch(runtime.id);
    });
  }

  /** A namespace went away: it is made again with the next sync of an App that needs it. */
  namespaceMissing(runtime: AppRuntime, namespace: string): void {
    this.#ensured.delete(`/Namespace//${namespace}`);
    this.request(runtime);
  }

  async #loop(runtime: AppRuntime): Promise<void> {
    try {
      while (runtime.again) {
        runtime.again = false;
        await this.#once(runtime);
      }
    } finally {
      runtime.syncing = false;
      // What the watches saw meanwhile and the sync did not explain.
      for (const record of runtime.records.values())
        if (record.wanted !== undefined && !isVerified(record) && isUnexplained(record)) this.#drift.check(record);
      this.#context.sink.touch(runtime.id);
    }
  }

  async #once(runtime: AppRuntime): Promise<void> {
    // Taken now: a newer snapshot may come while this one is synced.
    const { spec, generation, snapshotDigest } = runtime;
    if (spec === undefined) return;
    if (runtime.bundle !== undefined && spec.state === 'present') {
      // Something in it waits for its kind; when the API server cannot tell, what is known of kinds stays.
      await this.#context.tools.api.discover();
      if (runtime.spec !== spec) return this.request(runtime);
      this.#fleet.prepare(runtime, spec, runtime.bundle);
    }
    if (runtime.prepared === undefined && spec.state === 'present') return;
    const { clock, tools, limiter, failpoints } = this.#context;
    const startedAt = clock.now();
    const requests = spec.requests.filter((request) => !runtime.answered.has(request.id));
    const mode = modeOf(spec, requests);
    const plan = this.#plan(runtime, spec, mode);
    const report = await runSync({
      plan,
      policy: spec.policy,
      dryRun: mode.dryRun,
      tools,
      limiter,
      listener: this.#listen(runtime),
      gate: () => this.#gate(runtime, plan),
      ensured: this.#ensured,
      isSuperseded: () => runtime.again,
      failpoint: (name) => failpoints.pass(name),
    });
    if (report.outcome === 'superseded') return;
    this.#finish(runtime, spec, plan, report, { startedAt, requests, mode, generation, snapshot: snapshotDigest });
  }

  #plan(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode): Plan {
    const inventory = new Map<ObjectKey, KnownObject>();
    for (const [key, entry] of this.#context.inventory.of(runtime.id).objects) {
      const record = runtime.records.get(key);
      const current = record !== undefined && isVerified(record) && record.state === 'same' && !mode.refresh;
      inventory.set(key, { hash: entry.hash, current });
    }
    const expiresAt = this.#fleet.accepted?.snapshot.expiresAt ?? 0;
    return computePlan({
      bundle: runtime.prepared ?? { objects: [], blocked: [], warnings: [] },
      inventory,
      ownedByOther: (key) => this.#fleet.ownerOf(key, runtime.id),
      wantedByOther: (key) => this.#fleet.isWantedByOther(key, runtime.id),
      policy: spec.policy,
      removed: spec.state === 'removed',
      confirmed: mode.confirmed,
      expired: this.#context.clock.now() >= expiresAt,
    });
  }

  /** What must be durable before the first write: that this snapshot is being applied, and the keys that will be created. */
  async #gate(runtime: AppRuntime, plan: Plan): Promise<Result<true, Problem>> {
    const { accepted } = this.#fleet;
    if (accepted === undefined) return ok(true);
    const { keys, generation } = accepted.snapshot;
    const written = plan.stages.flat().filter(({ first, object }) => first !== 'nothing' && !object.ensureOnly);
    const [fenced, intended] = await Promise.all([
      this.#context.fence.raise({ keys, generation, digest: accepted.digest }),
      this.#context.inventory.intend(
        runtime.id,
        written.map(({ object }) => object.key),
      ),
    ]);
    return fenced.ok ? intended : fenced;
  }

  #listen(runtime: AppRuntime): SyncListener {
    const { records } = runtime;
    return {
      hintFor: (key) => {
        const verified = records.get(key)?.verified;
        return verified === undefined || verified.fingerprint === '' ? {} : { verified };
      },
      onCompared: (object, compared) => {
        const record = records.get(object.key);
        if (record === undefined) return;
        if (compared.state === 'same') this.#drift.verify(record, object, compared.live);
        else record.state = compared.state === 'absent' ? 'missing' : 'differs';
      },
      onWriting: (key) => {
        const record = records.get(key);
        if (record !== undefined) this.#drift.writing(record);
      },
      onWritten: (object, live) => {
        const record = records.get(object.key);
        if (record !== undefined) this.#drift.wrote(record, object, live);
      },
      onPruned: (key, pruned) => {
        const record = records.get(key);
        // What finalizers still hold stays owned until it is really gone.
        if (record !== undefined && pruned !== 'going') this.#fleet.drop(record);
      },
    };
  }

  #finish(runtime: AppRuntime, spec: SnapshotApp, plan: Plan, report: SyncReport, run: FinishedRun): void {
    for (const key of plan.orphaned) {
      const record = runtime.records.get(key);
      if (record !== undefined && record.wanted === undefined) this.#fleet.drop(record);
      else this.#context.inventory.of(runtime.id).objects.delete(key);
    }
    for (const result of report.results) {
      const record = runtime.records.get(result.key);
      if (record === undefined) continue;
      if (result.problem !== undefined) record.problem = result.problem;
      else if (result.action !== 'failed') record.problem = undefined;
      if (result.action === 'created' && run.mode.dryRun) record.state = 'missing';
      if (result.action === 'failed' && record.state === 'unknown') record.state = stateAfterFailure(result.problem);
    }
    runtime.problems = problemsOf(runtime, plan, report);
    const failed = report.outcome === 'failed';
    this.#context.log(`${runtime.id}: ${report.outcome} at generation ${run.generation}${describeResults(report)}`);
    runtime.attempt = failed ? runtime.attempt + 1 : 0;
    const isNewest = runtime.spec === spec;
    if (failed && isNewest) this.#retryLater(runtime, spec, report);
    this.#watchDeadline(runtime, spec, failed || run.mode.dryRun);
    this.#fleet.followKinds();
    if (!run.mode.silent && report.refused === undefined) this.#receipt(runtime, spec, report, run);
    for (const request of run.requests) if (!failed || request.kind === 'refresh') runtime.answered.add(request.id);
    // An App that came back meanwhile is not forgotten.
    if (spec.state === 'removed' && report.outcome === 'synced' && isNewest) this.#fleet.forget(runtime);
    this.#context.sink.touch(runtime.id);
  }

  #retryLater(runtime: AppRuntime, spec: SnapshotApp, report: SyncReport): void {
    const attempt = runtime.attempt - 1;
    const byItself = backoffMs(attempt, { base: 1_000, factor: 2, max: 60_000, chance: this.#context.chance.fraction() });
    const delay = report.retry ? byItself : retryDelayMs(attempt, spec.policy.retry);
    if (delay !== undefined) runtime.cancelRetry = this.#context.clock.after(delay, () => this.request(runtime));
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
    const content = {
      cluster: this.#context.cluster,
      generation: run.generation,
      snapshot: run.snapshot,
      app: runtime.id,
      ...(spec.bundle === undefined ? {} : { bundle: spec.bundle }),
      revision: spec.revision,
      outcome: outcomeOf(spec, report),
      results: report.results,
      problems: runtime.problems.slice(0, 100),
      requests: run.requests.map((request) => request.id),
    };
    // Named by its content: a receipt that is made again after a restart, or by a retry that changed nothing, is the same receipt.
    const id = shortHash(canonicalJson({ ...content, results: content.results.filter((result) => result.action === 'failed') }));
    if (id === runtime.lastReceipt) return;
    runtime.lastReceipt = id;
    const receipt: Receipt = { ...content, id, health, startedAt: run.startedAt, finishedAt: this.#context.clock.now() };
    const done = report.outcome !== 'failed';
    this.#context.sink.receipt(receipt, () => {
      if (!done || runtime.spec !== spec || spec.state === 'removed') return;
      this.#context.inventory.of(runtime.id).answered = markerOf(spec);
      this.#context.inventory.touch(runtime.id);
    });
  }
}

/** ` (2 created, 1 failed: apply.invalid)`; empty when nothing was done. */
function describeResults(report: SyncReport): string {
  const counts = new Map<string, number>();
  for (const { action, problem: found } of report.results) {
    const what = found === undefined ? action : `${action}: ${found.code}`;
    if (what !== 'unchanged') counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts.size === 0 ? '' : ` (${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')})`;
}

/** Seen to change, or to go, while a sync ran that did not find anything wrong with the object. */
function isUnexplained(record: LiveRecord): boolean {
  return record.state === 'same' || (record.state === 'missing' && record.problem === undefined);
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

/** How a sync is to be done. */
interface SyncMode {
  readonly dryRun: boolean;
  readonly confirmed: boolean;
  /** Look at every object again, whatever is known. */
  readonly refresh: boolean;
  /** No receipt: nobody asked, and nothing may be done. */
  readonly silent: boolean;
}

interface FinishedRun {
  readonly generation: number;
  readonly snapshot: Digest;
  readonly startedAt: number;
  readonly requests: readonly AppRequest[];
  readonly mode: SyncMode;
}

function modeOf(spec: SnapshotApp, requests: readonly AppRequest[]): SyncMode {
  const syncs = requests.filter((request) => request.kind === 'sync');
  const asked = syncs.some((request) => request.dryRun !== true);
  const automatic = spec.state === 'removed' || (spec.policy.autoSync && !spec.policy.suspended);
  const onlyDryRun = syncs.length > 0 && !asked;
  return {
    dryRun: onlyDryRun || (!asked && !automatic),
    confirmed: syncs.some((request) => request.prune === true),
    refresh: requests.length > 0,
    silent: !automatic && requests.length === 0,
  };
}

function outcomeOf(spec: SnapshotApp, report: SyncReport): Receipt['outcome'] {
  if (report.outcome === 'failed') return 'failed';
  if (report.outcome === 'held') return 'held';
  return spec.state === 'removed' ? 'removed' : 'synced';
}

function problemsOf(runtime: AppRuntime, plan: Plan, report: SyncReport): Problem[] {
  const warnings = runtime.prepared?.warnings ?? [];
  const refused = report.refused === undefined ? [] : [report.refused];
  const failures = report.results.flatMap((result) => (result.problem === undefined ? [] : [result.problem]));
  return [...refused, ...plan.problems, ...failures, ...warnings].slice(0, 100);
}
