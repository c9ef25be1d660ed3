import { checkDependencies, judgeReadyExpr } from '../../../core/dependency/check-dependencies.ts';
import { findCycles } from '../../../core/dependency/find-cycles.ts';
import { type AppFacts, waitsForHealth } from '../../../core/dependency/readiness.ts';
import { worstHealth } from '../../../core/health/worst-health.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { SnapshotApp } from '../../../core/protocol/messages.ts';
import { checkWindows } from '../../../core/window/check-windows.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { SyncMode } from './sync-mode.ts';

const DAY_MS = 86_400_000;
/** What an expression says may change without anything that is watched. */
const ASK_AGAIN_MS = 10_000;

/** Why a sync may not begin yet, and when to ask again (ms from now); others ask again when something changes. */
export interface Gate {
  readonly problem: Problem;
  readonly againMs?: number;
}

/**
 * What has to be so before a sync begins: its windows are open, and the Apps that it depends on are ready. Removing an App and what a person only
 * wants to look at wait for nothing.
 */
export class SyncGates {
  readonly #context: ApplyContext;
  readonly #apps: ReadonlyMap<string, AppRuntime>;
  /** Apps that others depend on, and those others. */
  readonly #dependents = new Map<string, Set<AppRuntime>>();
  /** What others know of an App's readiness, so that they are woken only when it changes. */
  readonly #told = new Map<string, string>();
  #cycles: ReadonlyMap<string, string> = new Map();

  constructor(context: ApplyContext, apps: ReadonlyMap<string, AppRuntime>) {
    this.#context = context;
    this.#apps = apps;
  }

  /** The Apps or their dependencies have changed. */
  learn(): void {
    this.#dependents.clear();
    const dependencies = new Map<string, NonNullable<SnapshotApp['policy']['dependsOn']>>();
    for (const runtime of this.#apps.values()) {
      const dependsOn = runtime.spec?.policy.dependsOn ?? [];
      if (dependsOn.length === 0) continue;
      dependencies.set(runtime.id, dependsOn);
      for (const { app, cluster } of dependsOn) {
        if (cluster !== undefined) continue;
        const known = this.#dependents.get(app);
        if (known === undefined) this.#dependents.set(app, new Set([runtime]));
        else known.add(runtime);
      }
    }
    this.#cycles = dependencies.size === 0 ? new Map() : findCycles(dependencies);
  }

  /** Those who wait for this App and should ask again, because its readiness has changed. */
  woken(app: string): Iterable<AppRuntime> {
    const dependents = this.#dependents.get(app);
    const runtime = this.#apps.get(app);
    if (dependents === undefined || runtime === undefined) return [];
    const { last, applied, spec } = runtime;
    const health = spec !== undefined && waitsForHealth(spec.policy) ? healthOf(runtime).status : '';
    // Apps that wait for each other learn of it once: else they would wake each other for ever.
    const told = this.#cycles.get(app) ?? JSON.stringify([last, applied, spec?.state, health, runtime.syncing]);
    if (this.#told.get(app) === told) return [];
    this.#told.set(app, told);
    return [...dependents].filter(({ progress }) => progress?.state === 'waiting' && progress.retry === undefined);
  }

  /** Undefined when the sync may begin. */
  async check(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode): Promise<Gate | undefined> {
    if (spec.state === 'removed' || mode.dryRun) return undefined;
    return this.#window(runtime, spec, mode) ?? (await this.#dependency(runtime, spec));
  }

  /** Why a sync that has begun may not go on now; a window that lets it end what it began (syncOverrun) does not stop it. */
  pause({ policy }: SnapshotApp, by: 'auto' | 'manual', startedAt: number): Gate | undefined {
    const windows = policy.windows ?? [];
    if (windows.length === 0) return undefined;
    const now = this.#context.clock.now();
    const answer = checkWindows(windows, { now, by, startedAt });
    return answer.allowed ? undefined : { problem: answer.problem, againMs: againAfter(answer.until, now) };
  }

  /** Whether windows let drift be healed now: that is a sync by itself. */
  mayHeal({ spec }: AppRuntime): boolean {
    const windows = spec?.policy.windows ?? [];
    return windows.length === 0 || checkWindows(windows, { now: this.#context.clock.now(), by: 'auto' }).allowed;
  }

  #window(runtime: AppRuntime, spec: SnapshotApp, mode: SyncMode): Gate | undefined {
    const windows = spec.policy.windows ?? [];
    if (windows.length === 0) return undefined;
    const now = this.#context.clock.now();
    const run = this.#context.inventory.of(runtime.id).run;
    const begun = run === undefined || run.failed ? {} : { startedAt: run.startedAt };
    const answer = checkWindows(windows, { now, by: mode.asked ? 'manual' : 'auto', ...begun });
    if (answer.allowed) return undefined;
    return { problem: answer.problem, againMs: againAfter(answer.until, now) };
  }

  async #dependency(runtime: AppRuntime, spec: SnapshotApp): Promise<Gate | undefined> {
    const { dependsOn = [] } = spec.policy;
    const waitsFor = spec.waitsFor ?? [];
    if (dependsOn.length === 0 && waitsFor.length === 0) return undefined;
    const apps = new Map<string, AppFacts>();
    for (const { app } of dependsOn) {
      const facts = factsOf(this.#apps.get(app));
      if (facts !== undefined) apps.set(app, facts);
    }
    const self = factsOf(runtime);
    if (self === undefined) return undefined;
    const answer = checkDependencies({ self, apps, cycles: this.#cycles, waitsFor });
    if (answer.ready === true) return undefined;
    if (answer.ready === false) return { problem: answer.problem };
    for (const question of answer.questions) {
      const value = await this.#context.cel?.(question.expression, question.variables);
      const found =
        value === undefined
          ? problem('apply.dependency_invalid', 'readyExpr cannot be asked here')
          : value.ok
            ? judgeReadyExpr(question, value.value)
            : value.error;
      if (found !== undefined) return { problem: found, againMs: ASK_AGAIN_MS };
    }
    return undefined;
  }
}

function againAfter(until: number | undefined, now: number): number {
  return until === undefined ? DAY_MS : Math.max(100, Math.min(until - now, DAY_MS));
}

function healthOf({ records }: AppRuntime) {
  return worstHealth(
    [...records.values()].filter(({ wanted }) => wanted?.policy.healthCounts !== false).map(({ health }) => health),
  );
}

/** What is known of an App when others ask. */
function factsOf(runtime: AppRuntime | undefined): AppFacts | undefined {
  if (runtime?.spec === undefined) return undefined;
  const { spec, applied, last, since } = runtime;
  return {
    id: runtime.id,
    state: spec.state,
    policy: spec.policy,
    wanted: { revision: spec.revision, generation: since, ...(spec.bundle === undefined ? {} : { bundle: spec.bundle }) },
    ...(applied === undefined ? {} : { applied }),
    ...(last === undefined ? {} : { sync: runtime.syncing ? { ...last, outcome: 'running' as const } : last }),
    health: healthOf(runtime),
  };
}
