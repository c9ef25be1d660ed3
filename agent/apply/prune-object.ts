import { isObject } from '../../core/diff/comparable.ts';
import { type ObjectKey, refOfKey } from '../../core/objects/object.ts';
import { describeKey } from '../../core/plan/deletion-budget.ts';
import { isTracked, type TrackingPolicy } from '../../core/plan/tracking.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiFailure, ClusterApi, LiveObject } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';

/** `gone`: not there (any more). `going`: finalizers keep it for now. `kept`: not ours any more, or marked to be kept. */
export type Pruned = 'gone' | 'going' | 'kept';

const MAX_ATTEMPTS = 4;

/**
 * Deletes one object that Git no longer has. It is looked at first, whatever was known: only an object that still carries its App's tracking
 * metadata and does not ask to be kept is deleted, and only as it was seen (uid and resourceVersion).
 * A kind that is not served has no objects, unless its server just does not answer: then the object stays in the inventory (I2).
 */
export async function pruneObject(
  tools: { readonly api: ClusterApi; readonly clock: Clock },
  key: ObjectKey,
  policy: TrackingPolicy,
): Promise<Result<Pruned, ApiFailure>> {
  const ref = refOfKey(key);
  if (ref === undefined) return ok('gone');
  const kind = await servedKind(tools.api, ref);
  if (!kind.ok) return kind;
  if (kind.value === undefined) return ok('gone');
  const target = { kind: kind.value, namespace: ref.namespace, name: ref.name };
  for (let attempt = 0; ; attempt++) {
    const live = await tools.api.get(target, { metadataOnly: true });
    if (!live.ok) return live;
    if (live.value === undefined) return ok('gone');
    if (!isTracked(live.value.object, ref, policy) || asksToBeKept(live.value)) return ok('kept');
    if (isGoing(live.value)) return ok('going');
    const removed = await tools.api.remove(target, {
      uid: live.value.uid,
      resourceVersion: live.value.resourceVersion,
      propagation: policy.dialect === 'argo' ? 'Foreground' : 'Background',
    });
    if (removed.ok) return ok(removed.value === 'going' ? 'going' : 'gone');
    if (removed.error.problem.code !== 'apply.conflict' || attempt >= MAX_ATTEMPTS) return removed;
    await tools.clock.sleep(20 * (attempt + 1));
  }
}

type Served = Awaited<ReturnType<ClusterApi['kindOfRef']>>;

async function servedKind(
  api: ClusterApi,
  ref: { readonly group: string; readonly kind: string },
): Promise<Result<Served, ApiFailure>> {
  const known = api.kindOfRef(ref);
  if (known !== undefined) return ok(known);
  const discovered = await api.discover();
  if (!discovered.ok) return discovered;
  const kind = api.kindOfRef(ref);
  if (kind === undefined && api.isGroupStale(ref.group)) {
    const away = problem('apply.unavailable', `the server of API group ${ref.group} does not answer`, {
      where: describeKey(`${ref.group}/${ref.kind}//`),
    });
    return err({ status: 0, problem: away });
  }
  return ok(kind);
}

function metadataOf(live: LiveObject) {
  const metadata = live.object['metadata'];
  return isObject(metadata) ? metadata : {};
}

function isGoing(live: LiveObject): boolean {
  return metadataOf(live)['deletionTimestamp'] !== undefined;
}

/** Argo CD's `Prune=false`, Helm's `keep` and Flux' `prune: Disabled`, which people set on live objects to save them. */
function asksToBeKept(live: LiveObject): boolean {
  const { annotations, labels } = metadataOf(live);
  const value = (key: string): string => {
    const found = (isObject(annotations) ? annotations[key] : undefined) ?? (isObject(labels) ? labels[key] : undefined);
    return typeof found === 'string' ? found : '';
  };
  return (
    value('argocd.argoproj.io/sync-options')
      .split(',')
      .some((option) => option.trim() === 'Prune=false') ||
    value('helm.sh/resource-policy') === 'keep' ||
    value('kustomize.toolkit.fluxcd.io/prune').toLowerCase() === 'disabled'
  );
}
