import { isJsonObject } from '../../../core/objects/json-object.ts';
import { type ObjectKey, type ObjectRef, refOfKey } from '../../../core/objects/object.ts';
import { isTracked, type TrackingPolicy } from '../../../core/plan/tracking.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { TakeoverPolicy } from '../../../core/takeover/managers.ts';
import type { ApiFailure, ClusterApi, DeleteOptions, LiveObject } from '../../cluster/cluster-api.ts';
import type { Clock } from '../../platform/clock.ts';
import { finalizersOf } from './finalizers.ts';
import { servedKind } from './object-target.ts';

/** `gone`: not there (any more). `going`: finalizers keep it for now. `kept`: not ours any more, or marked to be kept. */
export type Pruned = 'gone' | 'going' | 'kept';

/** What became of an object that was to be deleted. */
export interface Deletion {
  readonly state: Pruned;
  /** What `going` waits for, by the names of its finalizers. */
  readonly finalizers: readonly string[];
}

export type PrunePolicy = TrackingPolicy & Pick<TakeoverPolicy, 'sync'>;

export interface PruneOptions {
  /** Its App is deleted (then `Delete=false` keeps it), instead of Git having lost it (then `Prune=false` does). */
  readonly removal?: boolean;
  /** Wins over the App's `PrunePropagationPolicy` and the dialect's default. */
  readonly propagation?: 'foreground' | 'background' | 'orphan';
}

const MAX_ATTEMPTS = 4;

/**
 * Deletes one object that Git no longer has. It is looked at first, whatever was known: only an object that still carries its App's tracking
 * metadata and does not ask to be kept is deleted, and only as it was seen (uid and resourceVersion).
 * A kind that is not served has no objects, unless its server just does not answer: then the object stays in the inventory (I2).
 */
export async function deleteObject(
  tools: { readonly api: ClusterApi; readonly clock: Clock },
  key: ObjectKey,
  policy: PrunePolicy,
  options: PruneOptions = {},
): Promise<Result<Deletion, ApiFailure>> {
  const ref = refOfKey(key);
  if (ref === undefined) return ok(GONE);
  const kind = await servedKind(tools.api, ref);
  if (!kind.ok) return kind;
  if (kind.value === undefined) return ok(GONE);
  const target = { kind: kind.value, namespace: ref.namespace, name: ref.name };
  for (let attempt = 0; ; attempt++) {
    // What holds a Namespace stands in its spec.
    const live = await tools.api.get(target, { metadataOnly: ref.kind !== 'Namespace' });
    if (!live.ok) return live;
    if (live.value === undefined) return ok(GONE);
    if (!isTracked(live.value.object, ref, policy) || isKept(ref, live.value, { policy, options })) return ok(KEPT);
    if (isGoing(live.value)) return ok({ state: 'going', finalizers: finalizersOf(live.value.object) });
    const removed = await tools.api.remove(target, {
      uid: live.value.uid,
      resourceVersion: live.value.resourceVersion,
      propagation: propagationOf(policy, options),
    });
    if (removed.ok)
      return ok(removed.value.state === 'going' ? { state: 'going', finalizers: finalizersOf(removed.value.object) } : GONE);
    if (removed.error.problem.code !== 'apply.conflict' || attempt >= MAX_ATTEMPTS) return removed;
    await tools.clock.sleep(20 * (attempt + 1));
  }
}

const GONE: Deletion = { state: 'gone', finalizers: [] };
const KEPT: Deletion = { state: 'kept', finalizers: [] };

const PROPAGATION = { foreground: 'Foreground', background: 'Background', orphan: 'Orphan' } as const;

/** Argo CD deletes in the foreground unless told otherwise, Flux in the background. */
function propagationOf(policy: PrunePolicy, options: PruneOptions): DeleteOptions['propagation'] {
  const byDialect = policy.dialect === 'argo' ? 'foreground' : 'background';
  return PROPAGATION[options.propagation ?? policy.sync?.prunePropagation ?? byDialect];
}

function metadataOf(live: LiveObject) {
  const metadata = live.object['metadata'];
  return isJsonObject(metadata) ? metadata : {};
}

function isGoing(live: LiveObject): boolean {
  return metadataOf(live)['deletionTimestamp'] !== undefined;
}

/** Argo CD never deletes a definition with its App: all objects of its kind, whoever made them, would go too. */
function isKept(
  ref: ObjectRef,
  live: LiveObject,
  { policy, options }: { readonly policy: PrunePolicy; readonly options: PruneOptions },
): boolean {
  const isDefinition = ref.group === 'apiextensions.k8s.io' && ref.kind === 'CustomResourceDefinition';
  return (isDefinition && options.removal === true && policy.dialect === 'argo') || asksToBeKept(live, options);
}

/** What people set on live objects to save them: Argo CD's options, Helm's `keep`, and Flux' ways to let an object alone. */
function asksToBeKept(live: LiveObject, { removal }: PruneOptions): boolean {
  const { annotations, labels } = metadataOf(live);
  const value = (key: string): string => {
    const found = (isJsonObject(annotations) ? annotations[key] : undefined) ?? (isJsonObject(labels) ? labels[key] : undefined);
    return typeof found === 'string' ? found : '';
  };
  const flux = (key: string): string => value(`kustomize.toolkit.fluxcd.io/${key}`).toLowerCase();
  const options = value('argocd.argoproj.io/sync-options')
    .split(',')
    .map((option) => option.trim());
  return (
    options.includes(removal === true ? 'Delete=false' : 'Prune=false') ||
    value('helm.sh/resource-policy') === 'keep' ||
    flux('prune') === 'disabled' ||
    flux('reconcile') === 'disabled' ||
    flux('ssa') === 'ignore'
  );
}
