import { changedFields, lastWriter } from '../../core/diff/changed-fields.ts';
import { FIELD_MANAGER, isObject } from '../../core/diff/comparable.ts';
import { describeRef } from '../../core/objects/object.ts';
import { backoffMs } from '../../core/plan/backoff.ts';
import { bodyWith, ONLY_IF_ABSENT, type PreparedObject } from '../../core/plan/prepare.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiFailure, ClusterApi, LiveObject, Target } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';

/**
 * One object at the API server: what applying would change, and applying it.
 *
 * Every write is guarded, so that a write decided on old knowledge is refused instead of done (there are no fencing tokens in Kubernetes):
 *
 *   create   server-side apply with a resourceVersion that no object can have: succeeds only if the object is absent, and makes the
 *            managed fields right at once, which POST would not (its manager would be an `Update`, whose fields never go away)
 *   update   server-side apply with the uid and resourceVersion that the comparison saw
 *
 * A refused guard (409) leads to a new comparison. So does an answer that never came: a late success is seen as "same".
 */
export interface ObjectTools {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly fingerprint: (live: LiveObject) => string;
  /** A number from 0 to 1, for jitter. */
  readonly chance: () => number;
}

/** What is already known of the live object, to save requests. */
export interface ComparisonHint {
  /** Seen just now, in the version that the manifest uses. */
  readonly live?: LiveObject;
  /** When live was last known to be as it should, and how it looked then. */
  readonly verified?: { readonly resourceVersion: string; readonly fingerprint: string };
}

export type Comparison =
  | { readonly state: 'absent' }
  | { readonly state: 'same'; readonly live: LiveObject }
  | {
      readonly state: 'differs';
      readonly live: LiveObject;
      readonly fields: readonly string[];
      readonly manager?: string;
      readonly time?: string;
    };

export interface Written {
  readonly action: 'created' | 'configured' | 'unchanged';
  readonly live: LiveObject;
}

/** The precondition of an update; undefined for "only if absent". */
export type WriteBasis = { readonly uid: string; readonly resourceVersion: string } | undefined;

const MAX_ATTEMPTS = 5;

/** Asks the API server what applying would change (dry-run), against the live object. */
export async function compareObject(
  tools: ObjectTools,
  object: PreparedObject,
  hint: ComparisonHint = {},
): Promise<Result<Comparison, ApiFailure>> {
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  let known = hint;
  for (let attempt = 0; ; attempt++) {
    const dryRun = tools.api.apply(target.value, object.body, { dryRun: true, secret: object.secret });
    // Without a hint the live object is fetched at the same time; both must have seen the same version to be compared.
    const fetched = known.live === undefined && known.verified === undefined ? await tools.api.get(target.value) : undefined;
    const wanted = await dryRun;
    if (!wanted.ok) return wanted;
    if (wanted.value.resourceVersion === '') return ok({ state: 'absent' });
    const { verified } = known;
    if (verified?.resourceVersion === wanted.value.resourceVersion && verified.fingerprint === tools.fingerprint(wanted.value))
      return ok({ state: 'same', live: wanted.value });
    if (fetched !== undefined && !fetched.ok) return fetched;
    const live = known.live ?? fetched?.value;
    if (live !== undefined && live.resourceVersion === wanted.value.resourceVersion) return ok(toComparison(live, wanted.value));
    // Known to differ from a verified state, but not yet in what: an update needs no more than the version to build on.
    if (verified?.resourceVersion === wanted.value.resourceVersion)
      return ok({ state: 'differs', live: wanted.value, fields: [] });
    if (attempt >= MAX_ATTEMPTS) return err({ status: 409, problem: conflict(object) });
    known = {};
  }
}

function toComparison(live: LiveObject, wanted: LiveObject): Comparison {
  const fields = changedFields(live.object, wanted.object);
  return fields.length === 0
    ? { state: 'same', live }
    : { state: 'differs', live, fields, ...lastWriter(live.object, FIELD_MANAGER) };
}

/** Applies an object on a basis; tries again when the basis turned out old, or the API server was away for a moment. */
export async function writeObject(
  tools: ObjectTools,
  object: PreparedObject,
  basis: WriteBasis,
): Promise<Result<Written, ApiFailure>> {
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  let on = basis;
  for (let attempt = 0; ; attempt++) {
    const body = bodyWith(object, on ?? { resourceVersion: ONLY_IF_ABSENT });
    const applied = await tools.api.apply(target.value, body, { dryRun: false, secret: object.secret });
    if (applied.ok) return ok({ action: actionOf(on, applied.value), live: applied.value });
    const { code } = applied.error.problem;
    if (code !== 'apply.conflict' && code !== 'apply.unavailable') return applied;
    if (attempt >= MAX_ATTEMPTS) return applied;
    if (object.ensureOnly && code === 'apply.conflict') return ok({ action: 'unchanged', live: EMPTY });
    if (code === 'apply.unavailable' || attempt > 0)
      await tools.clock.sleep(
        applied.error.retryAfterMs ?? backoffMs(attempt, { base: 100, factor: 3, max: 5_000, chance: tools.chance() }),
      );
    const compared = await compareObject(tools, object);
    if (!compared.ok) {
      if (compared.error.problem.code === 'apply.unavailable') continue;
      return compared;
    }
    if (compared.value.state === 'same') return ok({ action: 'unchanged', live: compared.value.live });
    on =
      compared.value.state === 'absent'
        ? undefined
        : { uid: compared.value.live.uid, resourceVersion: compared.value.live.resourceVersion };
  }
}

const EMPTY: LiveObject = { object: {}, uid: '', resourceVersion: '' };

function actionOf(basis: WriteBasis, live: LiveObject): Written['action'] {
  if (basis === undefined) return 'created';
  return live.resourceVersion === basis.resourceVersion ? 'unchanged' : 'configured';
}

function conflict(object: PreparedObject) {
  return problem('apply.conflict', 'the object keeps changing while it is compared', { where: describeRef(object.ref) });
}

/** Where the object is served; asks for the kinds again when its kind is unknown. */
export async function targetOf(
  api: ClusterApi,
  object: Pick<PreparedObject, 'apiVersion' | 'ref'>,
): Promise<Result<Target, ApiFailure>> {
  const { apiVersion, ref } = object;
  let kind = api.kindOf(apiVersion, ref.kind);
  if (kind === undefined) {
    const discovered = await api.discover();
    if (!discovered.ok) return discovered;
    kind = api.kindOf(apiVersion, ref.kind);
  }
  if (kind === undefined) {
    const unknown = problem('apply.kind_unknown', `the cluster does not serve ${ref.kind} of ${apiVersion}`, {
      where: describeRef(ref),
    });
    return err({ status: 404, problem: unknown });
  }
  return ok({ kind, namespace: ref.namespace, name: ref.name });
}

/** Waits until a CustomResourceDefinition is served, at most `timeoutMs`, and learns its kinds. */
export async function awaitDefinition(tools: ObjectTools, name: string, timeoutMs: number): Promise<Result<true, ApiFailure>> {
  const kind = tools.api.kindOfRef({ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' });
  if (kind === undefined) return ok(true);
  const deadline = tools.clock.monotonic() + timeoutMs;
  for (let wait = 10; ; wait = Math.min(wait * 2, 500)) {
    const got = await tools.api.get({ kind, namespace: '', name });
    if (!got.ok && got.error.problem.code !== 'apply.unavailable') return got;
    if (got.ok && got.value !== undefined && isEstablished(got.value)) return tools.api.discover();
    if (tools.clock.monotonic() > deadline)
      return err({
        status: 0,
        problem: problem('apply.kind_unknown', 'the definition is not established yet', {
          where: `CustomResourceDefinition ${name}`,
        }),
      });
    await tools.clock.sleep(wait);
  }
}

function isEstablished(live: LiveObject): boolean {
  const status = live.object['status'];
  const conditions = isObject(status) ? status['conditions'] : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => isObject(condition) && condition['type'] === 'Established' && condition['status'] === 'True')
  );
}
