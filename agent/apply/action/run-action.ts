import type { ActionEffect, ActionRequest } from '../../../core/action/action-kind.ts';
import { planAction } from '../../../core/action/plan-action.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import { describeRef, type JsonObject, type Manifest, type ObjectKey, refOf, refOfKey } from '../../../core/objects/object.ts';
import { checkProject } from '../../../core/plan/allowed-object.ts';
import { checkProtected } from '../../../core/plan/protected-object.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { AppRequest, ObjectResult } from '../../../core/protocol/messages.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, ClusterApi, LiveObject, Target } from '../../cluster/cluster-api.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { Fleet } from '../fleet.ts';
import { inspectObject } from '../inspect.ts';

/** What a person asked for is not what Git says: its fields are another manager's, so that no sync takes them for ours. */
const MANAGER = 'plumbline-action';
const MAX_ATTEMPTS = 5;
const GONE_WAIT_MS = 200;
const GONE_LOOKS = 150;

export interface ActionAsk {
  readonly app: string;
  readonly key: ObjectKey;
  readonly name: string;
  readonly request: AppRequest;
}

/**
 * Does one action: reads the object, works out what the action comes to, and writes that on exactly the version that was read, as the App's ServiceAccount
 * where it has one. The agent's own things are out of reach, and so is what the App's project does not allow (threat S14).
 * Gives what was done; fails with `action.*`, `question.gone`, `apply.protected`, `apply.project`, or what the API server says.
 */
export async function runAction(
  context: ApplyContext,
  fleet: Fleet,
  ask: ActionAsk,
): Promise<Result<ObjectResult['action'], Problem>> {
  const runtime = fleet.apps.get(ask.app);
  const ref = refOfKey(ask.key);
  if (runtime?.spec === undefined || ref === undefined) return err(gone(ask));
  for (let attempt = 0; ; attempt++) {
    const inspected = await inspectObject(fleet, { app: ask.app, key: ask.key, compare: false });
    if (!inspected.ok) return inspected;
    const { target, live } = inspected.value;
    const isOther = live !== undefined && ask.request.uid !== undefined && live.uid !== ask.request.uid;
    // What was to be deleted is gone already: the first time was cut short before it could be told.
    if (ask.name === 'delete' && ask.request.uid !== undefined && (live === undefined || isOther)) return ok('pruned');
    if (live === undefined || (isOther && ask.name !== 'retry')) return err(gone(ask));
    const refused = refuses(context, fleet, { runtime, target, object: live.object });
    if (refused !== undefined) return err(refused);
    // A Job that has another uid than the one that was to run again is the one that runs again.
    if (isOther) return ok('recreated');
    const planned = planAction(live.object, ref, { name: ask.name, request: toRequest(ask.request), git: inspected.value });
    if (!planned.ok) return planned;
    const made =
      planned.value.do === 'create'
        ? refuses(context, fleet, { runtime, target: undefined, object: planned.value.object })
        : undefined;
    if (made !== undefined) return err(made);
    const tools = fleet.toolsOf(runtime);
    const standing = await tools.mayStillWrite?.();
    if (standing?.ok === false) return standing;
    const done = await write(context, tools.api, { target, live, effect: planned.value });
    if (done.ok) return done;
    if (done.error.status !== 409 || attempt === MAX_ATTEMPTS) return err(done.error.problem);
  }
}

function toRequest({ id, at = 0, parameters = {} }: AppRequest): ActionRequest {
  return { id, at: `${new Date(at).toISOString().slice(0, 19)}Z`, parameters };
}

function gone({ key }: ActionAsk): Problem {
  const ref = refOfKey(key);
  return problem('question.gone', 'the object is not there any more', { where: ref === undefined ? key : describeRef(ref) });
}

/** Why the App may not have this object changed. */
function refuses(
  { identity, api }: ApplyContext,
  fleet: Fleet,
  { runtime, target, object }: { readonly runtime: AppRuntime; readonly target: Target | undefined; readonly object: JsonObject },
): Problem | undefined {
  const manifest = object as unknown as Manifest; // an object of the API server, or one made of such
  const ref = refOf(manifest);
  const kind = target?.kind ?? api.kindOfRef(ref);
  const found = checkProtected(manifest, ref, identity);
  if (found !== undefined || runtime.spec === undefined) return found;
  return checkProject(ref, kind?.namespaced === false ? 'cluster' : 'namespaced', fleet.projectOf(runtime.spec.policy));
}

interface Write {
  readonly target: Target;
  readonly live: LiveObject;
  readonly effect: ActionEffect;
}

async function write(
  { clock }: ApplyContext,
  api: ClusterApi,
  { target, live, effect }: Write,
): Promise<Result<ObjectResult['action'], ApiFailure>> {
  const { uid, resourceVersion } = live;
  const how = { secret: false, manager: MANAGER };
  switch (effect.do) {
    case 'patch': {
      const { metadata } = effect.patch;
      const body = JSON.stringify({
        ...effect.patch,
        metadata: { ...(isJsonObject(metadata) ? metadata : {}), uid, resourceVersion },
      });
      const { subresource } = effect;
      const patched = await api.patch(target, body, subresource === undefined ? how : { ...how, subresource });
      // A kind without the subresource keeps its status beside the rest.
      const again = !patched.ok && patched.error.status === 404 && subresource !== undefined;
      const done = again ? await api.patch(target, body, how) : patched;
      return done.ok ? ok('configured') : done;
    }
    case 'create': {
      const made = targetOf(api, effect.object);
      if (made === undefined) return err(unserved(effect.object));
      const created = await api.create(made, JSON.stringify(effect.object), how);
      // The name is the request's own: what is there was made by it.
      return created.ok || created.error.status === 409 ? ok('created') : created;
    }
    case 'delete': {
      const removed = await api.remove(target, { uid, resourceVersion, propagation: 'Background' });
      return removed.ok ? ok('pruned') : removed;
    }
    case 'recreate': {
      const removed = await api.remove(target, { uid, resourceVersion, propagation: 'Background' });
      if (!removed.ok) return removed;
      for (let looks = 0; looks < GONE_LOOKS; looks++) {
        const there = await api.get(target, { metadataOnly: true });
        if (!there.ok) return there;
        if (there.value === undefined || there.value.uid !== uid) break;
        await clock.sleep(GONE_WAIT_MS);
      }
      const created = await api.create(target, JSON.stringify(effect.object), how);
      return created.ok ? ok('recreated') : created;
    }
  }
}

function targetOf(api: ClusterApi, object: Manifest): Target | undefined {
  const ref = refOf(object);
  const kind = api.kindOf(object.apiVersion, object.kind);
  return kind === undefined ? undefined : { kind, namespace: ref.namespace, name: ref.name };
}

function unserved(object: Manifest): ApiFailure {
  return {
    status: 404,
    problem: problem('apply.kind_unknown', `the cluster does not serve ${object.kind} of ${object.apiVersion}`),
  };
}
