import type { ReleasePolicy } from '../app/policy.ts';
import type { Digest } from '../bundle/bundle.ts';
import { problem } from '../problem/problem.ts';
import type { ReleaseContext, ReleaseTurn } from './release-effect.ts';
import { previousSuccess, type ReleaseRecord, type ReleaseState, truncateHistory } from './release-state.ts';

/**
 * What a release needs next, by how it stands
 * (https://github.com/fluxcd/helm-controller/blob/v1.6.3/internal/reconcile/state.go, `DetermineReleaseState`, and atomic_release.go,
 * `actionForState`):
 *
 *   called something else now              uninstall what it was
 *   never installed, or uninstalled        install, while there are retries; what others have installed is upgraded
 *   failed, or its tests failed            after RetryOnFailure, after a change, or by force: upgrade; while there are retries, or for the
 *                                          last failure where asked: uninstall after an install, roll back or uninstall after an upgrade
 *   deployed, but not the wanted bundle    upgrade, while there are retries (so it stands after a rollback, too)
 *   deployed, not tested                   test
 *   deployed                               nothing, or by force: upgrade
 *
 * Retries are used up when there were more failures than retries: `retries: 0` tries once.
 */
export function decideRelease(state: ReleaseState, context: ReleaseContext, { force }: { readonly force: boolean }): ReleaseTurn {
  const { policy, wanted, adopts } = context;
  const [latest] = state.history;
  const { target } = state;
  const isGone = latest === undefined || latest.status === 'uninstalled';
  if (!isGone && target !== undefined && (target.name !== policy.name || target.namespace !== policy.namespace))
    return { state, effect: { do: 'uninstall', why: 'moved', target } };
  if (latest === undefined && adopts === true) return begin('upgrade', wanted.bundle, { state, context });
  if (isGone)
    return isExhausted('install', state, policy) && !force
      ? stall('install', state)
      : begin('install', wanted.bundle, { state, context });
  if (latest.status === 'failed') return remediate(state, context, force);
  if (latest.bundle !== wanted.bundle)
    return isExhausted('upgrade', state, policy) && !force
      ? stall('upgrade', state)
      : begin('upgrade', wanted.bundle, { state, context });
  if (policy.test !== undefined && latest.tests === undefined) return { state, effect: { do: 'test', bundle: latest.bundle } };
  if (isFailedByTests(latest, state, policy)) return remediate(state, context, force);
  return settle(state, context, force);
}

function settle(state: ReleaseState, context: ReleaseContext, force: boolean): ReleaseTurn {
  const { policy, wanted } = context;
  const settled = { ...state, history: truncateHistory(state.history, isTestFailureIgnored(state, policy)) };
  return force ? begin('upgrade', wanted.bundle, { state: settled, context }) : { state: settled, effect: { do: 'nothing' } };
}

function remediate(state: ReleaseState, context: ReleaseContext, force: boolean): ReleaseTurn {
  const { policy, wanted, isAvailable } = context;
  const { lastAction } = state;
  const upgrade = () => begin('upgrade', wanted.bundle, { state, context });
  if (lastAction === undefined || policy[lastAction].retryIntervalSeconds !== undefined) return upgrade();
  if (state.failures[lastAction] === 0 || force) return upgrade();
  if (isExhausted(lastAction, state, policy) && !remediatesLast(lastAction, policy)) return stall(lastAction, state);
  const ignoreTests = isTestFailureIgnored(state, policy);
  const kept = { ...state, history: truncateHistory(state.history, ignoreTests) };
  if (lastAction === 'install' || policy.upgrade.remediation === 'uninstall') {
    const target = state.target ?? { name: policy.name, namespace: policy.namespace };
    return { state: kept, effect: { do: 'uninstall', why: 'remediation', target } };
  }
  const previous = previousSuccess(kept.history, ignoreTests);
  if (previous === undefined || !isAvailable(previous.bundle)) {
    const message = 'the upgrade failed, and there is no earlier success to go back to';
    return { state: kept, effect: { do: 'stall', problem: problem('apply.release_no_rollback', message) } };
  }
  return begin('rollback', previous.bundle, { state: kept, context });
}

/** Notes that an action is about to begin. A first installation forgets what was before it: nothing may be gone back to from it. */
function begin(
  action: ReleaseRecord['action'],
  bundle: Digest,
  { state, context }: { readonly state: ReleaseState; readonly context: ReleaseContext },
): ReleaseTurn {
  const { name, namespace } = context.policy;
  const revision = (state.history[0]?.revision ?? 0) + 1;
  const earlier = action === 'install' ? [] : state.history;
  const { retryAt: _, ...rest } = state;
  return {
    state: {
      ...rest,
      target: { name, namespace },
      ...(action === 'rollback' ? {} : { lastAction: action }),
      history: [{ revision, bundle, action, status: 'running' }, ...earlier.slice(0, 9)],
    },
    effect: { do: action, bundle, revision, resumed: false },
  };
}

function stall(action: 'install' | 'upgrade', state: ReleaseState): ReleaseTurn {
  const message = `the release failed to ${action} ${state.failures[action]} times, and no retries are left`;
  return { state, effect: { do: 'stall', problem: problem('apply.release_exhausted', message) } };
}

function isExhausted(action: 'install' | 'upgrade', state: ReleaseState, policy: ReleasePolicy): boolean {
  const { retries } = policy[action];
  return retries >= 0 && state.failures[action] > retries;
}

function remediatesLast(action: 'install' | 'upgrade', policy: ReleasePolicy): boolean {
  return policy[action].remediateLast ?? (action === 'upgrade' && policy.upgrade.retries > 0);
}

function isFailedByTests(latest: ReleaseRecord, state: ReleaseState, policy: ReleasePolicy): boolean {
  return (
    policy.test !== undefined &&
    latest.tests === 'failed' &&
    state.lastAction !== undefined &&
    !isTestFailureIgnored(state, policy)
  );
}

/** Whether failed tests are no failure: as the last action says, else as the tests do. */
export function isTestFailureIgnored(state: ReleaseState, policy: ReleasePolicy): boolean {
  const own = state.lastAction === undefined ? undefined : policy[state.lastAction].ignoreTestFailures;
  return own ?? policy.test?.ignoreFailures ?? false;
}
