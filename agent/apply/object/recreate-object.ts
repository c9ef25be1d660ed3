import { describeRef, type JsonObject } from '../../../core/objects/object.ts';
import { bodyWith, ONLY_IF_ABSENT, type PreparedObject } from '../../../core/plan/prepare.ts';
import { problem } from '../../../core/problem/problem.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiFailure, LiveObject, Target } from '../../cluster/cluster-api.ts';
import { finalizersOf } from './finalizers.ts';
import type { ObjectTools } from './object-tools.ts';
import type { Guard } from './patch-first.ts';
import { sendObject } from './send-object.ts';

/** Longer than garbage collection takes; a finalizer that hangs must not keep others waiting, the next attempt looks again. */
const GONE_WITHIN_MS = 3_000;

/**
 * Deletes an object and makes it again. First the API server is asked whether it would take the new one at all: an object that is deleted and then
 * refused is lost. What is killed in between is made by the next sync, which finds it absent.
 */
export async function recreateObject(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  on: Guard,
): Promise<Result<LiveObject, ApiFailure>> {
  const possible = await checkCreation(tools, target, object);
  if (!possible.ok) return possible;
  const removed = await tools.api.remove(target, { ...guardOf(on), propagation: 'Background' });
  if (!removed.ok) return removed;
  const gone = await awaitGone(tools, target, object, on.uid);
  if (!gone.ok) return gone;
  return sendObject(tools, target, object, {
    dryRun: false,
    bodyOf: (sent) => bodyWith(sent, { resourceVersion: ONLY_IF_ABSENT }),
  });
}

function guardOf({ uid, resourceVersion }: Guard): Guard {
  return { uid, resourceVersion };
}

/** A dry-run under another name; not for a Service, whose addresses and ports are taken by the one that is there. */
async function checkCreation(tools: ObjectTools, target: Target, object: PreparedObject): Promise<Result<true, ApiFailure>> {
  if (object.ref.group === '' && object.ref.kind === 'Service') return ok(true);
  const tried = await sendObject(tools, { ...target, name: TRIAL }, object, {
    dryRun: true,
    bodyOf: (sent) => renamed(sent.body),
  });
  if (tried.ok) return ok(true);
  const { code, message } = tried.error.problem;
  return err({ ...tried.error, problem: problem(code, message, { where: describeRef(object.ref) }) });
}

const TRIAL = 'plumbline-trial';

function renamed(body: string): string {
  // prepareObject has made the body from an object with metadata.
  const object = JSON.parse(body) as { readonly metadata: JsonObject };
  return JSON.stringify({ ...object, metadata: { ...object.metadata, name: TRIAL } });
}

async function awaitGone(
  tools: ObjectTools,
  target: Target,
  object: PreparedObject,
  uid: string,
): Promise<Result<true, ApiFailure>> {
  const deadline = tools.clock.monotonic() + GONE_WITHIN_MS;
  for (let wait = 10; ; wait = Math.min(wait * 2, 500)) {
    const live = await tools.api.get(target, { metadataOnly: true });
    if (!live.ok && live.error.problem.code !== 'apply.unavailable') return live;
    if (live.ok && (live.value === undefined || live.value.uid !== uid)) return ok(true);
    if (tools.clock.monotonic() > deadline) {
      const finalizers = live.ok && live.value !== undefined ? finalizersOf(live.value.object) : [];
      const why = `it is being deleted to be made again, and waits for ${finalizers.length === 0 ? 'its end' : finalizers.join(', ')}`;
      return err({ status: 0, problem: problem('apply.finalizer_pending', why, { where: describeRef(object.ref) }) });
    }
    await tools.clock.sleep(wait);
  }
}
