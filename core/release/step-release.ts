import { assertNever } from '../result.ts';
import { decideRelease, isTestFailureIgnored } from './decide-release.ts';
import type { ReleaseContext, ReleaseTurn } from './release-effect.ts';
import { type ReleaseRecord, type ReleaseState, truncateHistory } from './release-state.ts';

/**
 * A Helm release of Flux as a state machine: what happened goes in, what is to be done comes out, and the state in between is stored
 * before it is done. One round of it is what helm-controller does in one reconciliation
 * (https://github.com/fluxcd/helm-controller/blob/v1.6.3/internal/reconcile/atomic_release.go):
 *
 *   look ─► install or upgrade ─► test ─► done                     in sync: nothing
 *                    │              │
 *                    └── failed ────┴─► rollback or uninstall ─► later: look again, until the retries are used up: stalled
 *
 * A round installs or upgrades at most once and ends with a remediation. Failures are counted per attempt: another chart, other values or
 * another definition begin at zero. With RetryOnFailure nothing is undone: after its interval a failed release is upgraded again.
 *
 * Different from upstream: what a crash interrupted goes on where it was instead of being upgraded anew, and what a newer commit stops is
 * no failure.
 */
export type ReleaseEvent =
  /** Something changed, a person asked, a time has come, or the agent has started. */
  | { readonly type: 'look' }
  /**
   * The end of an install, upgrade or rollback. `refused`: nothing was begun, because a check before it failed. `superseded`: stopped for
   * something newer; `wrote` says whether any object besides hooks was written. `tests` when they ran in the same go.
   */
  | {
      readonly type: 'released';
      readonly outcome: 'succeeded' | 'failed' | 'refused' | 'superseded';
      readonly wrote?: boolean;
      readonly tests?: 'succeeded' | 'failed';
    }
  /** `refused`: the tests could not be run. */
  | { readonly type: 'tested'; readonly outcome: 'succeeded' | 'failed' | 'refused' }
  | { readonly type: 'uninstalled'; readonly outcome: 'succeeded' | 'failed' };

/** The next state, to be stored first, and what to do then. */
export function stepRelease(state: ReleaseState, event: ReleaseEvent, context: ReleaseContext): ReleaseTurn {
  switch (event.type) {
    case 'look':
      return look(state, context);
    case 'released':
      return afterAction(state, event, context);
    case 'tested':
      return afterTests(state, event.outcome, context);
    case 'uninstalled':
      return afterUninstall(state, event.outcome, context);
    default:
      return assertNever(event);
  }
}

function look(before: ReleaseState, context: ReleaseContext): ReleaseTurn {
  const { requests = {}, wanted, now } = context;
  const isNew = before.attempt !== wanted.attempt;
  const isReset = requests.reset !== undefined && requests.reset !== before.handled.reset;
  const state: ReleaseState = {
    ...before,
    attempt: wanted.attempt,
    ...(requests.reset === undefined ? {} : { handled: { ...before.handled, reset: requests.reset } }),
    ...(isNew || isReset ? { failures: { install: 0, upgrade: 0 } } : {}),
  };
  const [latest] = state.history;
  const isRunning = latest?.status === 'running';
  if (isRunning && !isNew)
    return { state, effect: { do: latest.action, bundle: latest.bundle, revision: latest.revision, resumed: true } };
  const force = requests.force !== undefined && requests.force !== state.handled.force;
  if (state.retryAt !== undefined && now < state.retryAt && !isNew && !isReset && !force)
    return waitForRetry(state, state.retryAt);
  const { retryAt: _, ...rest } = state;
  const asked: ReleaseState = { ...rest, handled: { ...state.handled, ...(force ? { force: requests.force } : {}) } };
  return decideRelease(isRunning ? withLatest(asked, { status: 'failed' }) : asked, context, { force });
}

function afterAction(
  state: ReleaseState,
  event: Extract<ReleaseEvent, { type: 'released' }>,
  context: ReleaseContext,
): ReleaseTurn {
  const [latest] = state.history;
  if (latest?.status !== 'running') return look(state, context);
  const isRollback = latest.action === 'rollback';
  if (event.outcome === 'refused') return { state: withoutLatest(state), effect: { do: 'retry' } };
  if (event.outcome === 'superseded') {
    // An install of which there is nothing yet is still to be done: its hooks prepare what upgrades rely on.
    const isUndone = latest.action === 'install' && event.wrote !== true;
    return look(isUndone ? withoutLatest(state) : withLatest(state, { status: 'failed' }), context);
  }
  if (event.outcome === 'failed') {
    const failed = withLatest(state, { status: 'failed' });
    return isRollback ? endRound(failed, context) : afterFailure(failed, context);
  }
  const deployed = succeed(state, latest);
  if (isRollback) return endRound(deployed, context);
  const settled =
    retryInterval(deployed, context) === undefined ? deployed : { ...deployed, failures: { install: 0, upgrade: 0 } };
  return event.tests === undefined ? goOn(settled, context) : afterTests(settled, event.tests, context);
}

function afterTests(state: ReleaseState, outcome: 'succeeded' | 'failed' | 'refused', context: ReleaseContext): ReleaseTurn {
  if (outcome === 'refused') return { state, effect: { do: 'retry' } };
  const tested = withLatest(state, { tests: outcome });
  const isFailure = outcome === 'failed' && state.lastAction !== undefined && !isTestFailureIgnored(state, context.policy);
  return isFailure ? afterFailure(tested, context) : goOn(tested, context);
}

function afterUninstall(state: ReleaseState, outcome: 'succeeded' | 'failed', context: ReleaseContext): ReleaseTurn {
  if (outcome === 'failed') return { state, effect: { do: 'retry' } };
  const { target, history, ...rest } = state;
  const { name, namespace } = context.policy;
  if (target !== undefined && (target.name !== name || target.namespace !== namespace))
    return { state: { ...rest, failures: { install: 0, upgrade: 0 }, history: [] }, effect: { do: 'retry' } };
  return endRound(withLatest(state, { status: 'uninstalled' }), context);
}

/** Counts a failure of the last install or upgrade, and sees to it: in this round, or after the interval. */
function afterFailure(state: ReleaseState, context: ReleaseContext): ReleaseTurn {
  const action = state.lastAction ?? 'upgrade';
  const failures = { ...state.failures, [action]: state.failures[action] + 1 };
  const interval = retryInterval(state, context);
  if (interval === undefined) return goOn({ ...state, failures }, context);
  const retryAt = context.now + interval * 1000;
  return waitForRetry({ ...state, failures, retryAt, history: state.history.slice(0, 5) }, retryAt);
}

/** What comes next in the same round; another install or upgrade belongs to the next one. */
function goOn(state: ReleaseState, context: ReleaseContext): ReleaseTurn {
  const next = decideRelease(state, context, { force: false });
  return next.effect.do === 'install' || next.effect.do === 'upgrade' ? { state, effect: { do: 'retry' } } : next;
}

/** After a remediation: nothing more now, but whoever has no retries left is told at once. */
function endRound(state: ReleaseState, context: ReleaseContext): ReleaseTurn {
  const next = decideRelease(state, context, { force: false });
  const isEnd = next.effect.do === 'stall' || next.effect.do === 'nothing';
  return isEnd ? next : { state, effect: { do: 'retry' } };
}

function waitForRetry(state: ReleaseState, until: number): ReleaseTurn {
  const message = `the release failed; it is upgraded again at ${new Date(until).toISOString().slice(0, 19)}Z`;
  return { state, effect: { do: 'wait', until, problem: { code: 'apply.release_waiting', message } } };
}

/** Seconds; undefined where failures are remediated. */
function retryInterval(state: ReleaseState, { policy }: ReleaseContext): number | undefined {
  return state.lastAction === undefined ? undefined : policy[state.lastAction].retryIntervalSeconds;
}

function succeed(state: ReleaseState, latest: ReleaseRecord): ReleaseState {
  const others = state.history
    .slice(1)
    .map((record): ReleaseRecord => (record.status === 'deployed' ? { ...record, status: 'superseded' } : record));
  return { ...state, history: truncateHistory([{ ...latest, status: 'deployed' }, ...others], false) };
}

function withLatest(state: ReleaseState, change: Partial<ReleaseRecord>): ReleaseState {
  return { ...state, history: state.history.map((record, i) => (i === 0 ? { ...record, ...change } : record)) };
}

function withoutLatest(state: ReleaseState): ReleaseState {
  return { ...state, history: state.history.slice(1) };
}
