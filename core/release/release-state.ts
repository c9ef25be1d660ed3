import * as v from 'valibot';
import type { Digest } from '../bundle/bundle.ts';
import { type Problem, problem } from '../problem/problem.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * How a Helm release of Flux stands: what helm-controller keeps in its status and Helm in its storage, as far as decisions need it
 * (https://github.com/fluxcd/helm-controller/blob/v1.6.3/api/v2/helmrelease_types.go, `HelmReleaseStatus`; snapshot_types.go).
 *
 * It is stored as JSON with the App's inventory, and before an action begins: the newest record is `running` then, so that a new start
 * goes on with it. Valid if and only if `parseReleaseState` accepts it: counts are not negative, and of the records, newest first, the
 * revisions fall, at most the newest runs, and at most one is deployed.
 */
export interface ReleaseState {
  /** What the release was called when it was installed; another name is another release. */
  readonly target?: { readonly name: string; readonly namespace: string };
  /** What was tried last (`ReleaseContext.wanted.attempt`): failures count for nothing else. */
  readonly attempt?: string;
  /** It decides by whose rules a failure is treated. */
  readonly lastAction?: 'install' | 'upgrade';
  readonly failures: { readonly install: number; readonly upgrade: number };
  /** Not before this time (ms; RetryOnFailure). */
  readonly retryAt?: number;
  /** Ids of the requests that were carried out last. */
  readonly handled: { readonly force?: string; readonly reset?: string };
  /** Newest first. */
  readonly history: readonly ReleaseRecord[];
}

/** One revision of a release. */
export interface ReleaseRecord {
  readonly revision: number;
  readonly bundle: Digest;
  readonly action: 'install' | 'upgrade' | 'rollback';
  /** `deployed` becomes `superseded` by the next success; a failure leaves it as it is, to be gone back to. */
  readonly status: 'running' | 'deployed' | 'superseded' | 'failed' | 'uninstalled';
  /** Absent: not tested. */
  readonly tests?: 'succeeded' | 'failed';
}

/** Records kept when none of them can be gone back to, as in helm-controller. */
const MAX_HISTORY = 5;

/** A release of which nothing is known. */
export function newReleaseState(): ReleaseState {
  return { failures: { install: 0, upgrade: 0 }, handled: {}, history: [] };
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(1024));
const recordSchema = v.strictObject({
  revision: v.pipe(count, v.minValue(1)),
  bundle: text,
  action: v.picklist(['install', 'upgrade', 'rollback']),
  status: v.picklist(['running', 'deployed', 'superseded', 'failed', 'uninstalled']),
  tests: v.exactOptional(v.picklist(['succeeded', 'failed'])),
});
const stateSchema = v.strictObject({
  target: v.exactOptional(v.strictObject({ name: text, namespace: text })),
  attempt: v.exactOptional(text),
  lastAction: v.exactOptional(v.picklist(['install', 'upgrade'])),
  failures: v.strictObject({ install: count, upgrade: count }),
  retryAt: v.exactOptional(count),
  handled: v.strictObject({ force: v.exactOptional(text), reset: v.exactOptional(text) }),
  history: v.pipe(v.array(recordSchema), v.maxLength(4 * MAX_HISTORY)),
});

/**
 * Reads what was stored; fails with `apply.release_state` when it is not what this code writes. Whoever then starts from
 * `newReleaseState()` says `adopts`, so that the release is upgraded rather than installed over itself.
 */
export function parseReleaseState(value: unknown): Result<ReleaseState, Problem> {
  const parsed = v.safeParse(stateSchema, value);
  if (parsed.success && isHistory(parsed.output.history)) return ok(parsed.output);
  const path = parsed.success ? 'history' : v.getDotPath(parsed.issues[0]);
  return err(problem('apply.release_state', `what was noted of the release is not valid${path === null ? '' : ` at ${path}`}`));
}

function isHistory(history: readonly ReleaseRecord[]): boolean {
  const falls = history.every((record, i) => i === 0 || record.revision < (history[i - 1]?.revision ?? 0));
  const runs = history.slice(1).some((record) => record.status === 'running');
  return falls && !runs && history.filter((record) => record.status === 'deployed').length <= 1;
}

/** The newest success before the newest record: what a rollback goes back to. One whose tests failed counts only where those are ignored. */
export function previousSuccess(history: readonly ReleaseRecord[], ignoreTests: boolean): ReleaseRecord | undefined {
  return history.slice(1).find((record) => isSuccess(record, ignoreTests));
}

function isSuccess(record: ReleaseRecord, ignoreTests: boolean): boolean {
  return (record.status === 'deployed' || record.status === 'superseded') && (ignoreTests || record.tests !== 'failed');
}

/** Without what no decision needs: all behind the previous success, or, without one, behind the newest few. */
export function truncateHistory(history: readonly ReleaseRecord[], ignoreTests: boolean): readonly ReleaseRecord[] {
  const previous = previousSuccess(history, ignoreTests);
  return previous === undefined ? history.slice(0, MAX_HISTORY) : history.slice(0, history.indexOf(previous) + 1);
}

/** The bundle that is live and to be kept so (drift is healed towards it); undefined while an action runs or after one that failed. */
export function deployedBundle(state: ReleaseState): Digest | undefined {
  const [latest] = state.history;
  return latest?.status === 'deployed' ? latest.bundle : undefined;
}
