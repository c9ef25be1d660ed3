import { leavesDrift } from '../../../core/diff/drift-policy.ts';
import { isVerified, type LiveRecord } from '../../../core/plan/live-record.ts';
import { type Problem, toProblem } from '../../../core/problem/problem.ts';
import type { AppRequest, SnapshotApp } from '../../../core/protocol/messages.ts';
import type { AppRegistry } from '../app-registry.ts';
import { type AppRuntime, purposeOf } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { DriftWatch } from '../drift/drift-watch.ts';
import { type Done, ReleaseRounds } from './release-rounds.ts';
import { SyncFinish } from './sync-finish.ts';
import { modeOf, onlyLooking, type SyncMode } from './sync-mode.ts';
import { redactReport } from './sync-report.ts';
import { SyncWork, terminationsOf } from './sync-work.ts';

/** Syncs Apps: one sync at a time for each, a newer wish ends a running one, failures are retried by the App's policy. */
export class AppSync {
  readonly #context: ApplyContext;
  readonly #fleet: AppRegistry;
  readonly #drift: DriftWatch;
  readonly #work: SyncWork;
  readonly #end: SyncFinish;
  readonly #releases: ReleaseRounds;

  constructor(context: ApplyContext, fleet: AppRegistry, drift: DriftWatch) {
    this.#context = context;
    this.#fleet = fleet;
    this.#drift = drift;
    this.#work = new SyncWork(context, fleet, drift);
    this.#end = new SyncFinish(context, fleet, (runtime) => this.request(runtime));
    this.#releases = new ReleaseRounds(context, fleet, this.#work);
  }

  /** Asks for a sync; it begins at once, or as soon as the one that runs has ended. What has become pointless is ended. */
  request(runtime: AppRuntime): void {
    runtime.cancelRetry();
    runtime.again = true;
    if (runtime.syncing) {
      if (this.#work.endsBy(runtime) !== undefined) {
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
    this.#work.namespaceMissing(namespace);
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
      this.#fleet.lookAgain(runtime);
      this.#context.sink.touch(runtime.id);
    }
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
    if (gate?.problem.code === 'apply.window' && wish.asked) {
      this.#end.refuse(runtime, spec, gate.problem, {
        startedAt,
        requests,
        mode: wish,
        generation,
        snapshot: snapshotDigest,
        since,
      });
      runtime.again = true;
      return;
    }
    const mode = gate === undefined ? wish : onlyLooking(wish);
    await this.#work.endOldHooks(runtime);
    const done = await this.#carryOut(runtime, spec, { mode, requests, startedAt });
    const { report } = done;
    if (report.outcome === 'superseded') return this.request(runtime);
    if (report.outcome === 'replan') {
      runtime.again = true;
      return;
    }
    if (!mode.dryRun) await this.#work.giveBack(runtime, spec, done.plan, report);
    const answers = [...requests, ...(report.outcome === 'terminated' ? terminationsOf(runtime) : [])];
    this.#end.finish(runtime, spec, done.plan, redactReport(report, runtime.redact), {
      startedAt,
      requests: answers,
      mode,
      generation,
      snapshot: snapshotDigest,
      since,
      ...(done.lookAgain === undefined ? {} : { isPaced: true }),
    });
    this.#pace(runtime, done);
  }

  /** One sync, or, of a Helm release, what its state asks for: several of them, or none. */
  async #carryOut(
    runtime: AppRuntime,
    spec: SnapshotApp,
    how: { readonly mode: SyncMode; readonly requests: readonly AppRequest[]; readonly startedAt: number },
  ): Promise<Done> {
    const { mode, startedAt } = how;
    if (spec.policy.release !== undefined && spec.state === 'present' && !mode.dryRun && mode.selection === undefined)
      return this.#releases.carryOut(runtime, spec, how);
    const run = this.#work.runOf(runtime, mode, startedAt);
    const plan = this.#work.plan(runtime, spec, mode, run?.record);
    const report = await this.#work.carryOut(runtime, spec, { plan, mode, run });
    this.#work.closeRun(runtime, report, run?.record);
    return { plan, report };
  }

  /** When a release is looked at again, and why nothing happens until then. */
  #pace(runtime: AppRuntime, { lookAgain }: Done): void {
    if (lookAgain === undefined) return;
    const { problem: found, afterMs } = lookAgain;
    if (found !== undefined) {
      runtime.problems = [found, ...runtime.problems];
      runtime.progress = { state: 'waiting', message: found.message, code: found.code, since: this.#context.clock.now() };
    }
    if (afterMs !== undefined) runtime.cancelRetry = this.#context.clock.after(afterMs, () => this.request(runtime));
    this.#context.sink.touch(runtime.id);
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
