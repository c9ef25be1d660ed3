import { findDifferences, lastWriter } from '../../../core/diff/changed-fields.ts';
import { FIELD_MANAGER } from '../../../core/diff/comparable.ts';
import { describeRef, type Json, type JsonObject } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { type Conflict, conflictsOf } from '../../../core/takeover/conflicts.ts';
import { needsTakeover } from '../../../core/takeover/managers.ts';
import { planTakeover, takesFields } from '../../../core/takeover/plan-takeover.ts';
import type { ApiFailure, LiveObject, Target } from '../../cluster/cluster-api.ts';
import type { Found } from '../drift/ignore.ts';
import { isNeverRecreated, mayRecreate, withHint } from './immutable-object.ts';
import { leftoverOf } from './leftover-field.ts';
import { liveWishes } from './live-wishes.ts';
import { targetOf } from './object-target.ts';
import { type ObjectTools, policyOf } from './object-tools.ts';
import { sendObject } from './send-object.ts';

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
      /** What the dry-run answered, where it was looked at: to tell what has drifted and who did it. */
      readonly wanted?: JsonObject;
      readonly manager?: string;
      readonly time?: string;
      /** Managers that lose fields to Git by the next write. */
      readonly conflicts?: readonly Conflict[];
      /** How the write has to be done, where that is not a plain apply; `basisOf` passes it on. */
      readonly how?: WriteHow;
    };

/** What a comparison found out that the write needs. */
export interface WriteHow {
  /** managedFields as they are to be before the apply: fields that other tools wrote because of Git become ours. */
  readonly takeOver?: readonly Json[];
  /** JSON merge patch that has to go before the apply, because the apply cannot do it. */
  readonly patchFirst?: JsonObject;
  /** Sent instead of the object's own body: with live values that Git leaves alone. `healBody` where only drift is put right. */
  readonly body?: string;
  readonly healBody?: string;
  /** The live object asks to be replaced. */
  readonly replace?: true;
  /** It is to be deleted and made again. */
  readonly recreate?: true;
  readonly conflicts?: readonly Conflict[];
  readonly purpose?: 'sync' | 'heal';
}

/** What an update builds on, and how it is done; undefined for "only if absent". Small: it is kept while a whole App is compared. */
export type WriteBasis = ({ readonly uid: string; readonly resourceVersion: string } & WriteHow) | undefined;

/** The basis of the write that a comparison asks for: a sync's, or a heal's. */
export function basisOf(compared: Comparison, purpose: 'sync' | 'heal' = 'sync'): WriteBasis {
  if (compared.state === 'absent') return undefined;
  const { uid, resourceVersion } = compared.live;
  if (compared.state === 'same') return { uid, resourceVersion };
  const { conflicts, how = {} } = compared;
  const { healBody, ...rest } = how;
  return {
    uid,
    resourceVersion,
    ...rest,
    ...(purpose === 'heal' && healBody !== undefined ? { body: healBody } : {}),
    ...(conflicts === undefined ? {} : { conflicts }),
    purpose,
  };
}

const MAX_ATTEMPTS = 5;

/** Asks the API server what applying would change (dry-run), against the live object. */
export async function compareObject(
  tools: ObjectTools,
  object: PreparedObject,
  hint: ComparisonHint = {},
): Promise<Result<Comparison, ApiFailure>> {
  const target = await targetOf(tools.api, object);
  if (!target.ok) return target;
  if (object.policy.write === 'create' || object.policy.write === 'ignore') return compareExistence(tools, target.value, object);
  let known: ComparisonHint = tools.ignore?.needsLive(object) === true ? withoutVerified(hint) : hint;
  for (let attempt = 0; ; attempt++) {
    const dryRun = sendObject(tools, target.value, object, { dryRun: true, bodyOf: (sent) => sent.body });
    // Without a hint the live object is fetched at the same time; both must have seen the same version to be compared.
    const fetched = known.live === undefined && known.verified === undefined ? await tools.api.get(target.value) : undefined;
    const wanted = await dryRun;
    if (!wanted.ok) return refused(tools, target.value, object, { failure: wanted.error, live: known.live });
    if (wanted.value.resourceVersion === '') return ok({ state: 'absent' });
    const { verified } = known;
    if (
      verified?.resourceVersion === wanted.value.resourceVersion &&
      verified.fingerprint === tools.fingerprint(wanted.value, object)
    )
      return ok({ state: 'same', live: wanted.value });
    if (fetched !== undefined && !fetched.ok) return fetched;
    const live = known.live ?? fetched?.value;
    if (live !== undefined && live.resourceVersion === wanted.value.resourceVersion)
      return ok(await toComparison(tools, object, live, wanted.value));
    // Known to differ from a verified state, but not yet in what: an update needs no more than the version to build on, unless
    // another tool's fields have to be taken over first.
    if (verified?.resourceVersion === wanted.value.resourceVersion && !needsLive(tools, object, wanted.value))
      return ok({ state: 'differs', live: wanted.value, fields: [] });
    if (attempt >= MAX_ATTEMPTS) return err({ status: 409, problem: conflict(object) });
    known = {};
  }
}

function withoutVerified({ live }: ComparisonHint): ComparisonHint {
  return live === undefined ? {} : { live };
}

function needsLive(tools: ObjectTools, object: PreparedObject, wanted: LiveObject): boolean {
  const policy = policyOf(tools);
  const wishes = liveWishes(tools, wanted.object);
  return wishes.leaveAlone || wishes.replace || (object.policy.write === 'apply' && needsTakeover(wanted.object, policy));
}

async function toComparison(
  tools: ObjectTools,
  object: PreparedObject,
  live: LiveObject,
  wanted: LiveObject,
): Promise<Comparison> {
  const wishes = liveWishes(tools, live.object);
  if (wishes.leaveAlone) return { state: 'same', live };
  const found: Found =
    tools.ignore === undefined
      ? findDifferences(live.object, wanted.object)
      : await tools.ignore.differences(object, live.object, wanted.object);
  // Flux' Merge keeps what others have added; what is replaced as a whole needs no field of anybody.
  const takeover =
    object.policy.write === 'apply'
      ? planTakeover({ live: live.object, applied: wanted.object, policy: policyOf(tools) })
      : undefined;
  const goes = takeover !== undefined && takesFields(takeover) ? takeover.goes : [];
  if (found.fields.length === 0 && goes.length === 0) return { state: 'same', live };
  const conflicts = conflictsOf(live.object, wanted.object, takeover?.managers);
  return {
    state: 'differs',
    live,
    fields: [...new Set([...found.fields, ...goes])],
    wanted: wanted.object,
    ...lastWriter(live.object, FIELD_MANAGER),
    ...(conflicts.length === 0 ? {} : { conflicts }),
    how: {
      ...(wishes.replace ? { replace: true } : {}),
      ...(wishes.replace && wishes.recreate && !isNeverRecreated(object) ? { recreate: true } : {}),
      ...(takeover === undefined ? {} : { takeOver: takeover.managedFields }),
      ...(found.body === undefined ? {} : { body: found.body }),
      ...(found.healBody === undefined ? {} : { healBody: found.healBody }),
    },
  };
}

/** An object that is only made when it is missing is right as soon as it is there. */
async function compareExistence(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
): Promise<Result<Comparison, ApiFailure>> {
  const live = await tools.api.get(target);
  if (!live.ok) return live;
  if (live.value !== undefined) return ok({ state: 'same', live: live.value });
  if (object.policy.write === 'ignore') return ok({ state: 'same', live: NOTHING });
  // Asked only to find out early what the API server would say.
  const created = await sendObject(tools, target, object, { dryRun: true, bodyOf: (sent) => sent.body });
  return created.ok ? ok({ state: 'absent' }) : err(withHint(tools, object, created.error));
}

const NOTHING: LiveObject = { object: {}, uid: '', resourceVersion: '' };

/** The dry-run was refused: perhaps only because the object has to be recreated, or changed in another way first. */
async function refused(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  { failure, live }: { readonly failure: ApiFailure; readonly live: LiveObject | undefined },
): Promise<Result<Comparison, ApiFailure>> {
  const leftover = leftoverOf(object, failure);
  const isFixed = failure.problem.code === 'apply.immutable' && !isNeverRecreated(object);
  if (leftover === undefined && !isFixed) return err(withHint(tools, object, failure));
  const got = live === undefined ? await tools.api.get(target) : ok(live);
  if (!got.ok) return got;
  if (got.value === undefined) return ok({ state: 'absent' });
  const wishes = liveWishes(tools, got.value.object);
  if (wishes.leaveAlone) return ok({ state: 'same', live: got.value });
  if (leftover === undefined && !wishes.recreate && !mayRecreate(tools, object, failure))
    return err(withHint(tools, object, failure));
  const fields = leftover?.fields ?? failure.fields?.map((field) => `/${field.replaceAll('.', '/')}`) ?? [];
  return ok({
    state: 'differs',
    live: got.value,
    fields,
    ...lastWriter(got.value.object, FIELD_MANAGER),
    how: leftover === undefined ? { recreate: true } : { patchFirst: leftover.patch },
  });
}

function conflict(object: PreparedObject) {
  return problem('apply.conflict', 'the object keeps changing while it is compared', { where: describeRef(object.ref) });
}
