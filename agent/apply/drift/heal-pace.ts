import type { Drift } from '../../../core/app/status.ts';
import { describeRef } from '../../../core/objects/object.ts';
import { afterHeal, type HealHistory, healDelayMs, isFight } from '../../../core/plan/backoff.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';

/**
 * How fast one object is healed: at once, until somebody keeps writing against us, or the API server itself makes something else of every write
 * (threat F37); then ever more slowly, with a problem that says who changes what. Times are those of a clock that never goes back (threat F35).
 */
export class HealPace {
  #history: HealHistory | undefined;
  /** The version that our last heal left. */
  #leftAt = '';

  /** Milliseconds to wait before the next heal; 0 for none. */
  delay(now: number): number {
    return healDelayMs(this.#history, now);
  }

  /** A heal was tried; `resourceVersion` is what it left, if it succeeded. */
  healed(now: number, resourceVersion: string | undefined): void {
    this.#history = afterHeal(this.#history, now);
    this.#leftAt = resourceVersion ?? '';
  }

  /**
   * True when the object is just as our last heal left it and is not right all the same: nobody else wrote, so what changes it is the API server. Then there
   * is nothing to be gained by haste.
   */
  isSelfMade(resourceVersion: string, now: number): boolean {
    if (resourceVersion === '' || resourceVersion !== this.#leftAt) return false;
    if (!isFight(this.#history)) for (let i = 0; i < 3; i++) this.#history = afterHeal(this.#history, now);
    return true;
  }

  /** Why the next heal waits; undefined when it does not. */
  problem(object: PreparedObject, drift: Drift, now: number): Problem | undefined {
    const wait = this.delay(now);
    if (wait === 0) return undefined;
    const where = describeRef(object.ref);
    const next = `the next attempt is in ${Math.ceil(wait / 1000)} s`;
    const { fields, mutated = [], manager = 'somebody' } = drift;
    if (mutated.length > 0)
      return problem('drift.mutated', `an admission policy or webhook changes ${mutated.join(', ')} on each write; ${next}`, {
        where,
      });
    const what = drift.kind === 'deleted' ? 'the object is deleted' : `${manager} changes ${fields.join(', ')}`;
    return problem('drift.fought', `${what} again after each heal; ${next}`, { where });
  }
}
