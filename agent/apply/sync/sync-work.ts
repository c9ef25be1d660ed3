import { leavesDrift } from '../../../core/diff/drift-policy.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';
import { isVerified } from '../../../core/plan/live-record.ts';
import { computePlan } from '../../../core/plan/plan.ts';
import type { KnownObject, Plan, PlanInput } from '../../../core/plan/plan-types.ts';
import type { PreparedBundle } from '../../../core/plan/prepare.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import type { AppRequest, SnapshotApp } from '../../../core/protocol/messages.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { AppRegistry } from '../app-registry.ts';
import { type AppRuntime, purposeOf } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { DriftWatch } from '../drift/drift-watch.ts';
import type { RunRecord } from '../inventory-record.ts';
import { releaseObject } from '../object/release-object.ts';
import { removeHook } from './hook-run.ts';
import { runSync, type SyncListener, type SyncReport } from './run-sync.ts';
import type { SyncMode } from './sync-mode.ts';
import { createWaits } from './sync-waits.ts';

/** A run, and how it came to this sync. */
export interface Run {
  readonly record: RunRecord;
  readonly isResumed: boolean;
  /** The one before did not end well. */
  readonly hadFailed: boolean;
}

/** What a plan is made for, where that is not what the App's newest bundle says. */
export type PlanWish = Pick<PlanInput, 'release' | 'testsOnly'> & {
  readonly bundle?: PreparedBundle;
  /** Everything goes, though the App stays. */
  readonly uninstall?: boolean;
};

const MAX_WARNINGS = 50;
const NO_OBJECTS: PreparedBundle = { objects: [], hooks: [], skipped: [], blocked: [], warnings: [] };

/** Plans and carries out one sync of one App, and keeps what a restart needs to take it up. */
export class SyncWork {
  readonly #context: ApplyContext;
  readonly #fleet: AppRegistry;
  readonly #drift: DriftWatch;
  readonly #ensured = new Set<ObjectKey>();

  constructor(context: ApplyContext, fleet: AppRegistry, drift: DriftWatch) {
    this.#context = context;
    this.#fleet = fleet;
    this.#drift = drift;
  }

  /** A namespace went away: it is made again with the next sync of an App that needs it. */
  namespaceMissing(namespace: string): void {
    this.#ensured.delete(`/Namespace//${namespace}`);
  }

  /** Why the sync that runs is to end now. */
  endsBy(runtime: AppRuntime): 'supersede' | 'terminate' | undefined {
    const { spec } = runtime;
    if (spec === undefined || purposeOf(spec) !== runtime.purpose) return 'supersede';
    return terminationsOf(runtime).length > 0 ? 'terminate' : undefined;
  }

  /** The run that a sync with hooks belongs to: a new one, or the one that a restart has interrupted. */
  runOf(runtime: AppRuntime, mode: SyncMode, startedAt: number): Run | undefined {
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
  async endOldHooks(runtime: AppRuntime): Promise<void> {
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

  /** The run has ended: well, and nothing is left of it, or not, and the next one knows. */
  closeRun(runtime: AppRuntime, report: SyncReport, run: RunRecord | undefined): void {
    const { inventory } = this.#context;
    const record = inventory.of(runtime.id);
    // Refused before its first write, it has not begun: what is known of hooks stays as it was, and none is run anew for that.
    if (run === undefined || report.refused !== undefined) return;
    if (report.outcome === 'replan') record.run = run;
    else if (report.outcome === 'synced' || report.outcome === 'held') record.run = undefined;
    else {
      run.failed = true;
      record.run = run;
    }
    inventory.touch(runtime.id);
  }

  /** The way from what is to what should be. */
  plan(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode, run: RunRecord | undefined, wish: PlanWish = {}): Plan {
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
      bundle: withWishes(wish.bundle ?? runtime.prepared ?? NO_OBJECTS, mode),
      inventory,
      prunePolicies: known.prune,
      hookObjects: [...known.hooks].filter((key) => !known.objects.has(key)),
      ownedByOther: (key) => this.#fleet.ownerOf(key, runtime.id),
      wantedByOther: (key) => this.#fleet.isWantedByOther(key, runtime.id),
      policy,
      removed: spec.state === 'removed' || wish.uninstall === true,
      confirmed: mode.confirmed || isApproved(policy.deletionApproved, known.heldSince),
      ...(mode.deletions.size === 0 ? {} : { confirmedKeys: mode.deletions }),
      expired: now >= expiresAt,
      ...(mode.asked ? {} : { isLeft: (object) => leavesDrift(policy, object.policy) }),
      ...(run === undefined ? {} : { run: { id: run.id, revision: spec.revision, startedAt: run.startedAt } }),
      ...(wish.release === undefined ? {} : { release: wish.release }),
      ...(wish.testsOnly === undefined ? {} : { testsOnly: wish.testsOnly }),
      ...(mode.selection === undefined ? {} : { selection: mode.selection }),
    });
  }

  /** Carries a plan out, hooks and waits included. */
  async carryOut(
    runtime: AppRuntime,
    spec: SnapshotApp,
    { plan, mode, run }: { readonly plan: Plan; readonly mode: SyncMode; readonly run: Run | undefined },
  ): Promise<SyncReport> {
    const { limiter, failpoints, clock } = this.#context;
    const startedAt = run?.record.startedAt ?? clock.now();
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
        options: { dryRun: mode.dryRun, asked: mode.asked || run?.hadFailed === true },
        ran: run?.isResumed === true ? run.record.hooks : new Map(),
        deletion: deletionOf(spec),
        tools,
        limiter,
        listener: this.#listen(runtime),
        waits,
        gate: () => this.#gate(runtime, plan),
        ensured: this.#ensured,
        mayGoOn: () => this.#windowOpen(runtime, spec, mode, startedAt),
        endsBy: () => this.endsBy(runtime),
        failpoint: (name) => failpoints.pass(name),
      });
    } finally {
      waits.close();
    }
  }

  /** Resolves when the windows of the App let its sync go on, or when it is to end. */
  async #windowOpen(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode, startedAt: number): Promise<void> {
    if (spec.state === 'removed') return;
    for (;;) {
      const gate = this.#fleet.gates.pause(spec, mode.asked ? 'manual' : 'auto', startedAt);
      if (gate === undefined || this.endsBy(runtime) !== undefined) return;
      const { message, code } = gate.problem;
      runtime.progress = { state: 'waiting', message, code, since: this.#context.clock.now() };
      this.#fleet.tell(runtime.id);
      await this.#context.clock.sleep(gate.againMs ?? 60_000, runtime.end.signal);
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
  async giveBack(runtime: AppRuntime, spec: SnapshotApp, plan: Plan, report: SyncReport): Promise<void> {
    if (report.outcome === 'failed' || report.outcome === 'terminated' || plan.orphaned.length === 0) return;
    const opened = await this.#gate(runtime, plan);
    if (!opened.ok) return;
    const tools = this.#fleet.toolsOf(runtime);
    await Promise.all(
      plan.orphaned.map((key) => this.#context.limiter.run(() => releaseObject(tools, key, spec.policy), runtime.id)),
    );
  }
}

/** Requests to end the sync that runs: those that have come since it began. */
export function terminationsOf({ spec, answered, startedWith }: AppRuntime): readonly AppRequest[] {
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
