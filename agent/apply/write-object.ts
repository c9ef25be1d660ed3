import { backoffMs } from '../../core/plan/backoff.ts';
import { bodyWith, ONLY_IF_ABSENT, type PreparedObject } from '../../core/plan/prepare.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiFailure, LiveObject } from '../cluster/cluster-api.ts';
import { compareObject } from './compare-object.ts';
import { targetOf } from './object-target.ts';
import type { ObjectTools } from './object-tools.ts';

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
export interface Written {
  readonly action: 'created' | 'configured' | 'unchanged';
  readonly live: LiveObject;
}

/** The precondition of an update; undefined for "only if absent". */
export type WriteBasis = { readonly uid: string; readonly resourceVersion: string } | undefined;

const MAX_ATTEMPTS = 5;

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
