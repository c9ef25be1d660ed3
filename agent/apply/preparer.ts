import type { AppPolicy } from '../../core/app/policy.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import type { PreparedBundle } from '../../core/plan/prepare.ts';
import { isRetried } from '../../core/problem/problem.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import { type InputRef, inputRefsOf } from '../../core/resolve/resolve-input.ts';
import type { AppRuntime } from './app-runtime.ts';
import type { ApplyContext } from './apply-context.ts';
import { prepareApp, type Rules } from './prepare-app.ts';

/** What preparing needs of the fleet. */
export interface PreparerHost {
  readonly rulesOf: (policy: AppPolicy) => Rules;
  /** The App is filled from these objects of the cluster. */
  readonly filledFrom: (runtime: AppRuntime, refs: readonly InputRef[]) => void;
  readonly want: (runtime: AppRuntime, prepared: PreparedBundle) => void;
  /** It is ready after all. */
  readonly ready: (runtime: AppRuntime) => void;
}

const AGAIN_MS = 5_000;

/** Some of its objects are of kinds that are not served. */
export function hasUnknownKind(prepared: PreparedBundle): boolean {
  return prepared.blocked.some((entry) => entry.problem.code === 'apply.kind_unknown');
}

/** Makes the objects of Apps ready for this cluster, and again when what they are filled from changes. */
export class Preparer {
  readonly #context: ApplyContext;
  readonly #host: PreparerHost;

  constructor(context: ApplyContext, host: PreparerHost) {
    this.#context = context;
    this.#host = host;
  }

  /**
   * Makes the App's objects ready; keeps the bundle only while it may have to be done again. False when that failed, or when something newer has
   * come meanwhile: then what was known before stays, and nothing is synced.
   */
  async prepare(runtime: AppRuntime, spec: SnapshotApp, bundle: Bundle): Promise<boolean> {
    const { policy } = spec;
    const refs = inputRefsOf(policy);
    if (refs.length > 0) this.#host.filledFrom(runtime, refs);
    const rules = this.#host.rulesOf(policy);
    const ready = await prepareApp(this.#context, spec, bundle, rules);
    if (runtime.spec !== spec) return false;
    if (!ready.ok) {
      runtime.problems = [ready.error];
      runtime.bundle = bundle;
      runtime.cancelRetry();
      if (isRetried(ready.error)) runtime.cancelRetry = this.#context.clock.after(AGAIN_MS, () => this.again(runtime));
      this.#context.sink.touch(runtime.id);
      return false;
    }
    const { prepared, resolved } = ready.value;
    runtime.prepared = prepared;
    this.#context.ignore.adopt(runtime.id, [...prepared.objects, ...prepared.hooks], policy, rules.settings);
    runtime.bundleDigest = spec.bundle;
    runtime.bundle = hasUnknownKind(prepared) || refs.length > 0 ? bundle : undefined;
    runtime.inputs = resolved?.inputs ?? [];
    runtime.redact = resolved?.redact ?? runtime.redact;
    runtime.resolveWarnings = resolved?.warnings ?? [];
    if (spec.state === 'present') this.#host.want(runtime, prepared);
    return true;
  }

  /** Prepares an App anew and has it synced: something that it is made of has changed. */
  again(runtime: AppRuntime): void {
    const { spec, bundle } = runtime;
    if (spec === undefined || bundle === undefined) return;
    void this.prepare(runtime, spec, bundle).then((isReady) => {
      if (isReady) this.#host.ready(runtime);
    });
  }

  /** The objects of a bundle that the App can go back to; undefined when it cannot be had. */
  async prepareOther(runtime: AppRuntime, digest: Digest): Promise<PreparedBundle | undefined> {
    const { spec, fallback } = runtime;
    if (spec === undefined || fallback?.digest !== digest) return undefined;
    const rules = this.#host.rulesOf(spec.policy);
    const ready = await prepareApp(this.#context, spec, fallback.bundle, rules);
    if (!ready.ok || runtime.spec !== spec) return undefined;
    const { prepared } = ready.value;
    this.#context.ignore.adopt(runtime.id, [...prepared.objects, ...prepared.hooks], spec.policy, rules.settings);
    return prepared;
  }
}
