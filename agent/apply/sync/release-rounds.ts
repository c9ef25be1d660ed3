import type { Digest } from '../../../core/bundle/bundle.ts';
import { canonicalJson } from '../../../core/json/canonical.ts';
import type { Json } from '../../../core/objects/object.ts';
import { backoffMs } from '../../../core/plan/backoff.ts';
import type { Plan } from '../../../core/plan/plan-types.ts';
import type { PreparedBundle } from '../../../core/plan/prepare.ts';
import type { Problem } from '../../../core/problem/problem.ts';
import type { AppRequest, ObjectResult, SnapshotApp } from '../../../core/protocol/messages.ts';
import type { ReleaseContext, ReleaseEffect } from '../../../core/release/release-effect.ts';
import { deployedBundle, newReleaseState, parseReleaseState, type ReleaseState } from '../../../core/release/release-state.ts';
import { type ReleaseEvent, stepRelease } from '../../../core/release/step-release.ts';
import { ok, type Result } from '../../../core/result.ts';
import { shortHash } from '../../platform/crypto.ts';
import type { AppRegistry } from '../app-registry.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import { isInstalled } from './installed-release.ts';
import type { SyncReport } from './run-sync.ts';
import { onlyLooking, type SyncMode } from './sync-mode.ts';
import type { PlanWish, SyncWork } from './sync-work.ts';

/** What was carried out, and when to look again where the App's own retries do not decide that. */
export interface Done {
  readonly plan: Plan;
  readonly report: SyncReport;
  readonly lookAgain?: { readonly afterMs?: number; readonly problem?: Problem };
}

interface Round {
  readonly mode: SyncMode;
  readonly requests: readonly AppRequest[];
  readonly startedAt: number;
}

const MAX_TURNS = 20;
const RETRY = { base: 1_000, factor: 2, max: 60_000 };

/**
 * Carries out what the state machine of a Helm release asks for (core/release/step-release.ts): its state is durable before anything is done,
 * so that a restart takes up what was begun. What drift is healed towards is what is deployed: after a rollback, the bundle of the last success.
 */
export class ReleaseRounds {
  readonly #context: ApplyContext;
  readonly #fleet: AppRegistry;
  readonly #work: SyncWork;

  constructor(context: ApplyContext, fleet: AppRegistry, work: SyncWork) {
    this.#context = context;
    this.#fleet = fleet;
    this.#work = work;
  }

  async carryOut(runtime: AppRuntime, spec: SnapshotApp, round: Round): Promise<Done> {
    const { inventory } = this.#context;
    let state = this.#stateOf(runtime);
    let last: Done | undefined;
    const failures: ObjectResult[] = [];
    /** The end of the round: it says "failed" for as long as something else than what Git wants is deployed. */
    const end = async (lookAgain?: Done['lookAgain']): Promise<Done> => {
      const done = last ?? (await this.#keep(runtime, spec, round, state));
      const isDeployed = deployedBundle(state) === spec.bundle;
      const report: SyncReport = isDeployed
        ? done.report
        : { ...done.report, outcome: 'failed', results: [...done.report.results, ...failures] };
      return { plan: done.plan, report, ...(lookAgain === undefined ? {} : { lookAgain }) };
    };
    const adopts = await this.#adopts(runtime, spec);
    if (!adopts.ok) return end(this.#soon(runtime, adopts.error));
    const context = this.#contextOf(runtime, spec, round, adopts.value);
    let event: ReleaseEvent = { type: 'look' };
    for (let turn = 0; context !== undefined && turn < MAX_TURNS; turn++) {
      const next = stepRelease(state, event, { ...context, now: this.#context.clock.now() });
      if (next.state !== state) {
        state = next.state;
        // The state is plain JSON; parseReleaseState reads it back.
        inventory.of(runtime.id).release = state as unknown as Json;
        const stored = await inventory.commit(runtime.id);
        if (!stored.ok) return end(this.#soon(runtime, stored.error));
      }
      const { effect } = next;
      const ended = this.#endOf(effect, runtime);
      if (ended !== undefined) return end(ended === 'settled' ? undefined : ended);
      const did = await this.#act(effect, runtime, spec, round);
      last = did?.done ?? last;
      failures.push(...(did?.done.report.results ?? []).filter(({ action }) => action === 'failed'));
      if (did?.done.report.outcome === 'superseded') {
        const { state: stopped } = stepRelease(state, did.event, { ...context, now: this.#context.clock.now() });
        inventory.of(runtime.id).release = stopped as unknown as Json;
        inventory.touch(runtime.id);
        return did.done;
      }
      event = did?.event ?? { type: 'released', outcome: 'refused' };
    }
    return end(this.#soon(runtime));
  }

  /** Whether what the release consists of is there although nothing is known of a release: it is upgraded then. */
  async #adopts(runtime: AppRuntime, { policy }: SnapshotApp): Promise<Result<boolean, Problem>> {
    const known = this.#context.inventory.of(runtime.id);
    if (known.release !== undefined || policy.release === undefined) return ok(false);
    if (known.objects.size > 0 || runtime.prepared === undefined) return ok(known.objects.size > 0);
    return isInstalled(this.#context, runtime.prepared, policy.release);
  }

  #contextOf(
    runtime: AppRuntime,
    spec: SnapshotApp,
    { requests }: Round,
    adopts: boolean,
  ): Omit<ReleaseContext, 'now'> | undefined {
    const { bundle, policy } = spec;
    if (policy.release === undefined || bundle === undefined) return undefined;
    const force = requests.findLast((request) => request.kind === 'sync' && request.force === true)?.id;
    const reset = requests.findLast((request) => request.kind === 'reset')?.id;
    return {
      policy: policy.release,
      wanted: { bundle, attempt: `${bundle} ${shortHash(canonicalJson(policy))}` },
      requests: { ...(force === undefined ? {} : { force }), ...(reset === undefined ? {} : { reset }) },
      adopts,
      isAvailable: (digest) => digest === bundle || runtime.fallback?.digest === digest,
    };
  }

  /** What is not understood counts as nothing known. */
  #stateOf(runtime: AppRuntime): ReleaseState {
    const { release } = this.#context.inventory.of(runtime.id);
    if (release === undefined) return newReleaseState();
    const parsed = parseReleaseState(release);
    return parsed.ok ? parsed.value : newReleaseState();
  }

  /** Whether a round ends with this effect: undefined when there is something to do. */
  #endOf(effect: ReleaseEffect, runtime: AppRuntime): 'settled' | NonNullable<Done['lookAgain']> | undefined {
    switch (effect.do) {
      case 'nothing':
        return 'settled';
      case 'wait':
        return { afterMs: Math.max(100, effect.until - this.#context.clock.now()), problem: effect.problem };
      case 'stall':
        return { problem: effect.problem };
      case 'retry':
        return this.#soon(runtime);
      default:
        return undefined;
    }
  }

  #soon(runtime: AppRuntime, problem?: Problem): NonNullable<Done['lookAgain']> {
    const afterMs = backoffMs(runtime.attempt, { ...RETRY, chance: this.#context.chance.fraction() });
    return problem === undefined ? { afterMs } : { afterMs, problem };
  }

  /** Nothing is to be released: what is deployed is compared and kept, without hooks; where nothing is, it is only looked at. */
  async #keep(runtime: AppRuntime, spec: SnapshotApp, round: Round, state: ReleaseState): Promise<Done> {
    const deployed = deployedBundle(state);
    const bundle = deployed === undefined ? undefined : await this.#bundleOf(runtime, spec, deployed);
    if (bundle !== undefined) this.#fleet.setWanted(runtime, bundle);
    const mode = bundle === undefined ? onlyLooking(round.mode) : round.mode;
    const plan = this.#work.plan(runtime, spec, mode, undefined, bundle === undefined ? {} : { bundle });
    const report = await this.#work.carryOut(runtime, spec, { plan, mode, run: undefined });
    return { plan, report };
  }

  async #bundleOf(runtime: AppRuntime, spec: SnapshotApp, digest: Digest): Promise<PreparedBundle | undefined> {
    return digest === spec.bundle ? runtime.prepared : this.#fleet.prepareOther(runtime, digest);
  }

  async #act(
    effect: ReleaseEffect,
    runtime: AppRuntime,
    spec: SnapshotApp,
    round: Round,
  ): Promise<{ readonly done: Done; readonly event: ReleaseEvent } | undefined> {
    switch (effect.do) {
      case 'install':
      case 'upgrade':
      case 'rollback': {
        const bundle = await this.#bundleOf(runtime, spec, effect.bundle);
        if (bundle === undefined) return undefined;
        this.#fleet.setWanted(runtime, bundle);
        const done = await this.#sync(runtime, spec, round, { bundle, release: effect.do });
        return { done, event: releasedBy(done) };
      }
      case 'test': {
        const bundle = await this.#bundleOf(runtime, spec, effect.bundle);
        if (bundle === undefined) return undefined;
        const done = await this.#sync(runtime, spec, round, { bundle, testsOnly: true });
        return { done, event: { type: 'tested', outcome: done.report.outcome === 'synced' ? 'succeeded' : 'failed' } };
      }
      case 'uninstall': {
        const done = await this.#sync(runtime, spec, round, { uninstall: true });
        const isDone = done.report.outcome === 'synced' || done.report.outcome === 'held';
        return { done, event: { type: 'uninstalled', outcome: isDone ? 'succeeded' : 'failed' } };
      }
      default:
        return undefined;
    }
  }

  async #sync(runtime: AppRuntime, spec: SnapshotApp, { mode, startedAt }: Round, wish: PlanWish): Promise<Done> {
    const asked: SyncMode = { ...mode, asked: true };
    const hooks = wish.bundle?.hooks ?? runtime.prepared?.hooks ?? [];
    const run = hooks.length === 0 ? undefined : this.#work.runOf(runtime, asked, startedAt);
    const plan = this.#work.plan(runtime, spec, asked, run?.record, wish);
    const report = await this.#work.carryOut(runtime, spec, { plan, mode: asked, run });
    this.#work.closeRun(runtime, report, run?.record);
    return { plan, report };
  }
}

/** What a sync means for the release. */
function releasedBy({ report }: Done): ReleaseEvent {
  const { outcome, results, refused } = report;
  const wrote = results.some(({ hook, action }) => hook === undefined && WRITES.has(action));
  if (outcome === 'superseded' || outcome === 'terminated') return { type: 'released', outcome: 'superseded', wrote };
  const ranHook = results.some(({ hook }) => hook !== undefined);
  const tests = testsOf(report);
  if (outcome === 'synced' || outcome === 'held') return { type: 'released', outcome: 'succeeded', ...tests };
  // Refused before anything was begun: nothing has been tried, and nothing is counted.
  if (refused !== undefined || (!wrote && !ranHook && report.retry)) return { type: 'released', outcome: 'refused' };
  // Only its tests have failed: the release itself has succeeded.
  if (tests.tests === 'failed' && !results.some(({ hook, action }) => action === 'failed' && hook?.phase !== 'Test'))
    return { type: 'released', outcome: 'succeeded', ...tests };
  return { type: 'released', outcome: 'failed', wrote };
}

const WRITES: ReadonlySet<string> = new Set(['created', 'configured', 'replaced', 'recreated', 'pruned']);

function testsOf({ results }: SyncReport): { readonly tests?: 'succeeded' | 'failed' } {
  const tests = results.filter(({ hook }) => hook?.phase === 'Test');
  if (tests.length === 0) return {};
  return { tests: tests.every(({ hook }) => hook?.state === 'succeeded') ? 'succeeded' : 'failed' };
}
