import type { AppStatus } from '../../core/app/status.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import { leavesDrift } from '../../core/diff/drift-policy.ts';
import type { ObjectKey } from '../../core/objects/object.ts';
import { backoffMs, retryDelayMs } from '../../core/plan/backoff.ts';
import { isVerified, type LiveRecord } from '../../core/plan/live-record.ts';
import { computePlan, type KnownObject, type Plan } from '../../core/plan/plan.ts';
import type { PreparedBundle } from '../../core/plan/prepare.ts';
import { type Problem, problem, toProblem } from '../../core/problem/problem.ts';
import type { AppRequest, Receipt, SnapshotApp } from '../../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../../core/protocol/snapshot-rules.ts';
import { ok, type Result } from '../../core/result.ts';
import { type AppRuntime, markerOf, purposeOf } from './app-runtime.ts';
import type { ApplyContext } from './apply-context.ts';
import type { DriftWatch } from './drift-watch.ts';
import { removeHook } from './hook-run.ts';
import type { RunRecord } from './inventory-record.ts';
import type { ObjectTools } from './object-tools.ts';
import type { ObjectWatch } from './object-watch.ts';
import { releaseObject } from './release-object.ts';
import { runSync, type SyncListener, type SyncReport } from './run-sync.ts';
import type { SyncGates } from './sync-gates.ts';
import { modeOf, onlyLooking, type SyncMode } from './sync-mode.ts';
import { describeResults, problemsOf, receiptId, redactReport, toReceipt } from './sync-report.ts';
import { createWaits } from './sync-waits.ts';

/** What AppSync needs of the fleet. */
export interface AppRegistry {
  readonly accepted: AcceptedSnapshot | undefined;
  readonly ownerOf: (key: ObjectKey, app: string) => string | undefined;
  readonly isWantedByOther: (key: ObjectKey, app: string) => boolean;
  readonly drop: (record: LiveRecord) => void;
  readonly forget: (runtime: AppRuntime) => void;
  readonly followKinds: (keys?: readonly ObjectKey[]) => void;
  readonly prepare: (runtime: AppRuntime, spec: SnapshotApp, bundle: NonNullable<AppRuntime['bundle']>) => Promise<boolean>;
  readonly statusOf: (id: string) => AppStatus | undefined;
  readonly toolsOf: (runtime: AppRuntime) => ObjectTools;
  readonly watch: ObjectWatch;
  readonly gates: SyncGates;
  /** The App's status is to be reported; `touch` of the sink wakes its own sync too. */
  readonly tell: (app: string) => void;
}

/** Syncs Apps: one sync at a time for each, a newer wish ends a running one, failures are retried by the App's policy. */
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

  /** Asks for a sync; it begins at once, or as soon as the one that runs has ended. What has become pointless is ended. */
  request(runtime: AppRuntime): void {
    runtime.cancelRetry();
    runtime.again = true;
    if (runtime.syncing) {
      if (this.#endsBy(runtime) !== undefined) {
        runtime.end.abort();
        runtime.changed.wake();
      }
      return;
    }
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
        if (record.wanted !== undefined && !isVerified(record) && isUnexplained(record, runtime)) this.#drift.check(record);
      this.#context.sink.touch(runtime.id);
    }
  }

  /** Why the sync that runs is to end now. */
  #endsBy(runtime: AppRuntime): 'supersede' | 'terminate' | undefined {
    const { spec } = runtime;
    if (spec === undefined || purposeOf(spec) !== runtime.purpose) return 'supersede';
    return terminationsOf(runtime).length > 0 ? 'terminate' : undefined;
  }

  async #once(runtime: AppRuntime): Promise<void> {
    // Taken now: a newer snapshot may come while this one is synced.
    const { spec, generation, snapshotDigest, since } = runtime;
    if (spec === undefined) return;
    if (runtime.bundle !== undefined && spec.state === 'present') {
      // Something in it waits for its kind; when the API server cannot tell, what is known of kinds stays.
      await this.#context.tools.api.discover();
      const isPrepared = runtime.spec === spec && (await this.#fleet.prepare(runtime, spec, runtime.bundle));
      if (runtime.spec !== spec) return this.request(runtime);
      if (!isPrepared) return;
    }
    if (spec.state === 'present' && (runtime.prepared === undefined || runtime.bundleDigest !== spec.bundle)) return;
    const startedAt = this.#context.clock.now();
    runtime.purpose = purposeOf(spec);
    runtime.end = new AbortController();
    runtime.startedWith = new Set(spec.requests.map((request) => request.id));
    const requests = spec.requests.filter((request) => !runtime.answered.has(request.id));
    const wish = modeOf(spec, requests, runtime.stopped === runtime.purpose);
    const gate = await this.#fleet.gates.check(runtime, spec, wish);
    if (runtime.spec !== spec) return this.request(runtime);
    this.#noteGate(runtime, gate);
    const mode = gate === undefined ? wish : onlyLooking(wish);
    await this.#endOldHooks(runtime);
    const run = this.#runOf(runtime, mode, startedAt);
    const plan = this.#plan(runtime, spec, mode, run?.record);
    const report = await this.#carryOut(runtime, spec, { plan, mode, run });
    const answers = [...requests, ...(report.outcome === 'terminated' ? terminationsOf(runtime) : [])];
    const ended: FinishedRun = { startedAt, requests: answers, mode, generation, snapshot: snapshotDigest, since };
    this.#closeRun(runtime, report, run?.record);
    if (report.outcome === 'superseded') return this.request(runtime);
    if (report.outcome === 'replan') {
      runtime.again = true;
      return;
    }
    if (!mode.dryRun) await this.#giveBack(runtime, spec, plan, report);
    this.#finish(runtime, spec, plan, redactReport(report, runtime.redact), ended);
  }

  /** Says why nothing is begun, and asks again in time. */
  #noteGate(runtime: AppRuntime, gate: { readonly problem: Problem; readonly againMs?: number } | undefined): void {
    runtime.cancelGate();
    const { clock } = this.#context;
    if (gate === undefined) {
      runtime.progress = undefined;
      return;
    }
    const { message, code } = gate.problem;
    const since = runtime.progress?.code === code ? runtime.progress.since : clock.now();
    runtime.progress = { state: 'waiting', message, code, since };
    if (gate.againMs !== undefined) runtime.cancelGate = clock.after(Math.max(gate.againMs, 100), () => this.request(runtime));
    this.#fleet.tell(runtime.id);
  }

  /** The run that a sync with hooks belongs to: a new one, or the one that a restart has interrupted. */
  #runOf(runtime: AppRuntime, mode: SyncMode, startedAt: number): Run | undefined {
    const hooks = runtime.prepared?.hooks ?? [];
    const known = this.#context.inventory.of(runtime.id).run;
    if (mode.dryRun || (hooks.length === 0 && known === undefined)) return undefined;
    const isResumed = known !== undefined && known.what === runtime.purpose && !known.failed;
    if (isResumed) return { record: known, isResumed: true, hadFailed: false };
    const id = `${runtime.purpose.slice(0, 8)}-${startedAt.toString(36)}`;
    const record: RunRecord = { id, what: runtime.purpose, startedAt, hooks: new Map(), failed: false };
    return { record, isResumed: false, hadFailed: known !== undefined };
  }

  /** Hooks that a restart has left running, of a sync that is of no use any more, are ended like those of one that is superseded. */
  async #endOldHooks(runtime: AppRuntime): Promise<void> {
    const { run, hooks } = this.#context.inventory.of(runtime.id);
    if (run === undefined || run.what === runtime.purpose) return;
    const running = [...run.hooks].filter(([, state]) => state === 'running');
    if (running.length === 0 || !(await this.#context.fence.check()).ok) return;
    const tools = this.#fleet.toolsOf(runtime);
    for (const [id] of running) {
      const key = id.slice(id.indexOf(' ') + 1);
      const removed = await removeHook(tools, key);
      if (removed.ok) run.hooks.set(id, 'terminated');
      if (removed.ok && removed.value === 'gone') hooks.delete(key);
    }
    run.failed = true;
    this.#context.inventory.touch(runtime.id);
  }

  #closeRun(runtime: AppRuntime, report: SyncReport, run: RunRecord | undefined): void {
    const { inventory } = this.#context;
    const record = inventory.of(runtime.id);
    if (run === undefined) return;
    if (report.outcome === 'replan') record.run = run;
    else if (report.outcome === 'synced' || report.outcome === 'held') record.run = undefined;
    else {
      run.failed = true;
      record.run = run;
    }
    inventory.touch(runtime.id);
  }

  #plan(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode, run: RunRecord | undefined): Plan {
    const known = this.#context.inventory.of(runtime.id);
    const inventory = new Map<ObjectKey, KnownObject>();
    for (const [key, entry] of known.objects) {
      const record = runtime.records.get(key);
      const current = record !== undefined && isVerified(record) && record.state === 'same' && !mode.refresh;
      inventory.set(key, { hash: entry.hash, current });
    }
    const now = (this.#context.workerNow ?? this.#context.clock.now)();
    const expiresAt = this.#fleet.accepted?.snapshot.expiresAt ?? 0;
    const { policy } = spec;
    return computePlan({
      bundle: withWishes(runtime.prepared ?? NO_OBJECTS, mode),
      inventory,
      prunePolicies: known.prune,
      hookObjects: [...known.hooks].filter((key) => !known.objects.has(key)),
      ownedByOther: (key) => this.#fleet.ownerOf(key, runtime.id),
      wantedByOther: (key) => this.#fleet.isWantedByOther(key, runtime.id),
      policy,
      removed: spec.state === 'removed',
      confirmed: mode.confirmed || isApproved(policy.deletionApproved, known.heldSince),
      expired: now >= expiresAt,
      ...(mode.asked ? {} : { isLeft: (object) => leavesDrift(policy, object.policy) }),
      ...(run === undefined ? {} : { run: { id: run.id, revision: spec.revision, startedAt: run.startedAt } }),
      ...(mode.selection === undefined ? {} : { selection: mode.selection }),
    });
  }

  async #carryOut(
    runtime: AppRuntime,
    spec: SnapshotApp,
    { plan, mode, run }: { readonly plan: Plan; readonly mode: SyncMode; readonly run: Run | undefined },
  ): Promise<SyncReport> {
    const { limiter, failpoints } = this.#context;
    const tools = this.#fleet.toolsOf(runtime);
    const hookKeys = plan.steps.flatMap((step) => step.stages.flat()).filter(({ first }) => first === 'hook');
    if (hookKeys.length > 0) this.#fleet.followKinds(hookKeys.map(({ object }) => object.key));
    const waits = createWaits({
      context: this.#context,
      runtime,
      tools,
      watch: this.#fleet.watch,
      run: run?.record,
      tell: () => this.#fleet.tell(runtime.id),
      follow: (key) => this.#fleet.followKinds([key]),
    });
    try {
      return await runSync({
        app: runtime.id,
        plan,
        policy: spec.policy,
        options: { dryRun: mode.dryRun, asked: mode.asked || runtime.attempt > 0 || run?.hadFailed === true },
        ran: run?.isResumed === true ? run.record.hooks : new Map(),
        deletion: deletionOf(spec),
        tools,
        limiter,
        listener: this.#listen(runtime),
        waits,
        gate: () => this.#gate(runtime, plan),
        ensured: this.#ensured,
        endsBy: () => this.#endsBy(runtime),
        failpoint: (name) => failpoints.pass(name),
      });
    } finally {
      waits.close();
    }
  }

  /** What must be durable before the first write: that this snapshot is being applied, and the keys that will be created. */
  async #gate(runtime: AppRuntime, plan: Plan): Promise<Result<true, Problem>> {
    const { accepted } = this.#fleet;
    if (accepted === undefined) return ok(true);
    const { keys, generation } = accepted.snapshot;
    const written = plan.steps
      .flatMap((step) => step.stages.flat())
      .filter(({ first, object }) => first !== 'nothing' && first !== 'hook' && !object.ensureOnly);
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
        if (pruned === 'going') return;
        if (record !== undefined) this.#fleet.drop(record);
        this.#context.inventory.of(runtime.id).hooks.delete(key);
      },
      onWarnings: (warnings) => {
        runtime.writeWarnings = [...runtime.writeWarnings, ...warnings].slice(-MAX_WARNINGS);
      },
    };
  }

  /** Objects that stay and are not the App's any more carry no trace of it; what cannot be reached now is let go all the same. */
  async #giveBack(runtime: AppRuntime, spec: SnapshotApp, plan: Plan, report: SyncReport): Promise<void> {
    if (report.outcome === 'failed' || report.outcome === 'terminated' || plan.orphaned.length === 0) return;
    const opened = await this.#gate(runtime, plan);
    if (!opened.ok) return;
    const tools = this.#fleet.toolsOf(runtime);
    await Promise.all(
      plan.orphaned.map((key) => this.#context.limiter.run(() => releaseObject(tools, key, spec.policy), runtime.id)),
    );
  }

  #finish(runtime: AppRuntime, spec: SnapshotApp, plan: Plan, report: SyncReport, run: FinishedRun): void {
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
    if (failed && isNewest) this.#retryLater(runtime, spec, report);
    this.#noteEnd(runtime, spec, report, run);
    this.#watchDeadline(runtime, spec, failed || isTerminated || run.mode.dryRun);
    this.#fleet.followKinds();
    if (!run.mode.silent && report.refused === undefined) this.#receipt(runtime, spec, report, run);
    for (const request of run.requests) if (!failed || request.kind !== 'sync') runtime.answered.add(request.id);
    // Only a part was synced: an App that follows Git by itself goes on with the rest.
    if (run.mode.selection !== undefined && run.mode.automatic && !failed) runtime.again = true;
    // An App that came back meanwhile is not forgotten.
    if (spec.state === 'removed' && report.outcome === 'synced' && isNewest) this.#fleet.forget(runtime);
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

const MAX_WARNINGS = 50;
const NO_OBJECTS: PreparedBundle = { objects: [], hooks: [], skipped: [], blocked: [], warnings: [] };

/** A run, and how it came to this sync. */
interface Run {
  readonly record: RunRecord;
  readonly isResumed: boolean;
  /** The one before did not end well. */
  readonly hadFailed: boolean;
}

interface FinishedRun {
  readonly generation: number;
  readonly snapshot: Digest;
  readonly startedAt: number;
  readonly requests: readonly AppRequest[];
  readonly mode: SyncMode;
  /** The generation that brought this state of the App. */
  readonly since: number;
}

/** Seen to change, or to go, while a sync ran that did not find anything wrong with the object, or was not to touch it. */
function isUnexplained(record: LiveRecord, { spec }: AppRuntime): boolean {
  const isLeft = spec !== undefined && record.wanted !== undefined && leavesDrift(spec.policy, record.wanted.policy);
  return (
    record.state === 'same' ||
    (isLeft && record.state === 'differs') ||
    (record.state === 'missing' && record.problem === undefined)
  );
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

/** Requests to end the sync that runs: those that have come since it began. */
function terminationsOf({ spec, answered, startedWith }: AppRuntime): readonly AppRequest[] {
  const requests = spec?.requests ?? [];
  return requests.filter(({ kind, id }) => kind === 'terminate' && !answered.has(id) && !startedWith.has(id));
}

/** A person's approval counts for deletions that were held when it was given, not for later ones. */
function isApproved(approved: string | undefined, heldSince: number): boolean {
  return approved !== undefined && heldSince > 0 && Date.parse(approved) >= heldSince;
}

/** The objects as a request wants them treated, this once. */
function withWishes(bundle: PreparedBundle, { force, replace }: SyncMode): PreparedBundle {
  if (!force && !replace) return bundle;
  const objects = bundle.objects.map((object) => ({
    ...object,
    policy: { ...object.policy, ...(force ? { recreate: true } : {}), ...(replace ? { write: 'replace' as const } : {}) },
  }));
  return { ...bundle, objects };
}

function deletionOf({ state, policy }: SnapshotApp) {
  const removal = state === 'removed';
  return { removal, ...(removal && policy.deletePropagation !== undefined ? { propagation: policy.deletePropagation } : {}) };
}
