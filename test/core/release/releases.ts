import type { ReleasePolicy } from '../../../core/app/policy.ts';
import type { ReleaseContext, ReleaseEffect, ReleaseTurn } from '../../../core/release/release-effect.ts';
import { newReleaseState, parseReleaseState, type ReleaseState } from '../../../core/release/release-state.ts';
import { type ReleaseEvent, stepRelease } from '../../../core/release/step-release.ts';

const ACTION = { disableHooks: false, disableWait: false, timeoutSeconds: 300, retries: 0 };

export type ReleaseChanges = {
  readonly name?: string;
  readonly install?: Partial<ReleasePolicy['install']>;
  readonly upgrade?: Partial<ReleasePolicy['upgrade']>;
  readonly test?: NonNullable<ReleasePolicy['test']>;
};

/** Flux' defaults, with changes. */
export function releaseOf(changes: ReleaseChanges = {}): ReleasePolicy {
  return {
    name: changes.name ?? 'web',
    namespace: 'shop',
    install: { ...ACTION, ...changes.install },
    upgrade: { ...ACTION, remediation: 'rollback', ...changes.upgrade },
    rollback: ACTION,
    uninstall: { disableHooks: false, disableWait: false, timeoutSeconds: 300 },
    ...(changes.test === undefined ? {} : { test: changes.test }),
    driftDetection: 'disabled',
  };
}

export const TESTED = { test: { ignoreFailures: false, timeoutSeconds: 300 } };

/** An effect in a few words: `install a`, `rollback a`, `stall apply.release_exhausted`. */
export function wordsOf(effect: ReleaseEffect): string {
  switch (effect.do) {
    case 'install':
    case 'upgrade':
    case 'rollback':
      return `${effect.do} ${effect.bundle}${effect.resumed ? ' on' : ''}`;
    case 'test':
      return `test ${effect.bundle}`;
    case 'uninstall':
      return `uninstall for ${effect.why}`;
    case 'stall':
      return `stall ${effect.problem.code}`;
    default:
      return effect.do;
  }
}

/** One release under one policy, of which bundles are wanted one after the other; every state goes through its stored form. */
export class ReleaseRun {
  state: ReleaseState = newReleaseState();
  now = 1_000_000;
  /** The last word. */
  effect: ReleaseEffect = { do: 'nothing' };
  #context: ReleaseContext;

  constructor(changes: ReleaseChanges = {}, context: Partial<ReleaseContext> = {}) {
    this.#context = {
      policy: releaseOf(changes),
      wanted: { bundle: 'a', attempt: 'a1' },
      isAvailable: () => true,
      now: this.now,
      ...context,
    };
  }

  want(bundle: string, context: Partial<ReleaseContext> = {}): this {
    this.#context = { ...this.#context, wanted: { bundle, attempt: `${bundle}1` }, ...context };
    return this;
  }

  with(context: Partial<ReleaseContext>): this {
    this.#context = { ...this.#context, ...context };
    return this;
  }

  tell(event: ReleaseEvent): string {
    const turn: ReleaseTurn = stepRelease(this.state, event, { ...this.#context, now: this.now });
    const stored = parseReleaseState(JSON.parse(JSON.stringify(turn.state)));
    if (!stored.ok) throw new Error(`${stored.error.message}: ${JSON.stringify(turn.state)}`);
    this.state = stored.value;
    this.effect = turn.effect;
    return wordsOf(turn.effect);
  }

  look = (): string => this.tell({ type: 'look' });
  succeed = (tests?: 'succeeded' | 'failed'): string =>
    this.tell({ type: 'released', outcome: 'succeeded', ...(tests === undefined ? {} : { tests }) });
  fail = (): string => this.tell({ type: 'released', outcome: 'failed', wrote: true });
  refuse = (): string => this.tell({ type: 'released', outcome: 'refused' });
  supersede = (wrote: boolean): string => this.tell({ type: 'released', outcome: 'superseded', wrote });
  tested = (outcome: 'succeeded' | 'failed' | 'refused'): string => this.tell({ type: 'tested', outcome });
  uninstalled = (outcome: 'succeeded' | 'failed' = 'succeeded'): string => this.tell({ type: 'uninstalled', outcome });

  /** Installed with bundle `a`, and in sync. */
  installed(): this {
    this.look();
    this.succeed();
    if (this.effect.do === 'test') this.tested('succeeded');
    if (this.effect.do !== 'nothing') throw new Error(`not installed: ${wordsOf(this.effect)}`);
    return this;
  }

  /** The history, newest first: `3 rollback a deployed`. */
  history(): readonly string[] {
    return this.state.history.map(({ revision, action, bundle, status }) => `${revision} ${action} ${bundle} ${status}`);
  }
}
