import { driftPolicyOf } from '../../../core/diff/drift-policy.ts';
import { isJsonObject } from '../../../core/objects/json-object.ts';
import { keyOf, type ObjectKey, type ObjectRef } from '../../../core/objects/object.ts';
import { isOlder, type LiveRecord } from '../../../core/plan/live-record.ts';
import { trackedApp } from '../../../core/plan/tracking.ts';
import type { KindInfo, LiveObject } from '../../cluster/cluster-api.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import type { InputWatch } from '../input-watch.ts';
import type { Preparer } from '../preparer.ts';
import type { DriftWatch } from './drift-watch.ts';
import type { ObjectWatch } from './object-watch.ts';
import type { OrphanWatch } from './orphan-watch.ts';

/** The kind that brings kinds. */
export const DEFINITION = 'apiextensions.k8s.io/CustomResourceDefinition';
const HOOK = ['argocd.argoproj.io/hook', 'helm.sh/hook'];
const COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options';

/** What sightings need of the fleet. */
export interface SightedFleet {
  readonly apps: ReadonlyMap<string, AppRuntime>;
  readonly records: ReadonlyMap<ObjectKey, LiveRecord>;
  readonly watch: ObjectWatch;
  readonly inputs: InputWatch;
  readonly orphans: OrphanWatch;
  readonly preparer: Preparer;
  readonly own: (runtime: AppRuntime, key: ObjectKey) => LiveRecord | undefined;
  readonly byName: (name: string) => AppRuntime | undefined;
  readonly request: (runtime: AppRuntime) => void;
  readonly definitionSeen: () => void;
}

/** Hands what the watches tell to whoever has to know: the record of the object, who waits for it, is filled from it, or looks for its kind. */
export class Sightings {
  readonly #context: ApplyContext;
  readonly #fleet: SightedFleet;
  readonly #drift: DriftWatch;

  constructor(context: ApplyContext, fleet: SightedFleet, drift: DriftWatch) {
    this.#context = context;
    this.#fleet = fleet;
    this.#drift = drift;
  }

  /** Something of a followed kind was listed or changed. */
  onLive(ref: ObjectRef, live: LiveObject, full: boolean): void {
    if (`${ref.group}/${ref.kind}` === DEFINITION) this.#fleet.definitionSeen();
    const key = keyOf(ref);
    this.#fleet.watch.onLive(key, live, full);
    for (const runtime of this.#fleet.inputs.seen(key, live.resourceVersion)) this.#fleet.preparer.again(runtime);
    const record = this.#fleet.records.get(key);
    if (record === undefined) this.#unowned(ref, live);
    else if (record.uid !== live.uid || !isOlder(live.resourceVersion, record)) this.#drift.seen(record, live, full);
  }

  /** It was deleted. */
  onDeleted(ref: ObjectRef, live: LiveObject): void {
    const key = keyOf(ref);
    this.#fleet.watch.onDeleted(key, live);
    for (const runtime of this.#fleet.inputs.seen(key, '')) this.#fleet.preparer.again(runtime);
    this.#fleet.orphans.forget(ref);
    for (const runtime of this.#fleet.apps.values()) runtime.strangers.delete(key);
    const record = this.#fleet.records.get(key);
    if (record !== undefined && (record.uid === live.uid || record.uid === '')) this.#drift.gone(record, live.resourceVersion);
  }

  /** A list of a kind begins; afterwards what it did not show is known to be missing (and not before: threat F06). */
  onListing(kind: KindInfo): (resourceVersion: string) => void {
    const expected = [...this.#fleet.records.values()].filter(({ ref }) => ref.group === kind.group && ref.kind === kind.kind);
    for (const record of expected) this.#drift.expect(record);
    const watched = this.#fleet.watch.onListing(`${kind.group}/${kind.kind}/`);
    return (resourceVersion) => {
      watched(resourceVersion);
      for (const record of expected)
        if (!this.#drift.wasSeen(record) && !(Number(record.resourceVersion) > Number(resourceVersion)))
          this.#drift.gone(record, resourceVersion);
    };
  }

  /** An App's sync has ended: what it did not explain is looked at again. */
  lookAgain(runtime: AppRuntime): void {
    const strangers = [...runtime.strangers.values()];
    runtime.strangers.clear();
    for (const { ref, live } of strangers) if (!this.#fleet.records.has(keyOf(ref))) this.#adoptExtra(ref, live);
  }

  #unowned(ref: ObjectRef, live: LiveObject): void {
    this.#adoptExtra(ref, live);
    if (this.#fleet.records.has(keyOf(ref)) || !this.#fleet.orphans.onLive(ref, live.object)) return;
    for (const { id, spec } of this.#fleet.apps.values())
      if (spec?.policy.targetNamespace === ref.namespace) this.#context.sink.touch(id);
  }

  /** An object that says it is an App's, but that neither Git nor the inventory knows: it becomes the App's to prune or to report. */
  #adoptExtra(ref: ObjectRef, live: LiveObject): void {
    const name = trackedApp(live.object, ref);
    const runtime = name === undefined ? undefined : this.#fleet.byName(name);
    const metadata = live.object['metadata'];
    if (runtime?.prepared === undefined || runtime.spec === undefined) return;
    if (runtime.syncing) {
      // Its own sync may be making it just now: looked at again when that has ended.
      runtime.strangers.set(keyOf(ref), { ref, live });
      return;
    }
    if (isJsonObject(metadata) && metadata['deletionTimestamp'] !== undefined) return;
    if (ref.namespace === this.#context.identity.namespace) return;
    const annotations = isJsonObject(metadata) && isJsonObject(metadata['annotations']) ? metadata['annotations'] : {};
    // A hook is its sync's, and goes by its own policy.
    if (HOOK.some((hook) => annotations[hook] !== undefined)) return;
    // What is in Git but left alone (skipped, excluded) is nobody's to prune.
    if (runtime.prepared.skipped.includes(keyOf(ref))) return;
    const record = this.#fleet.own(runtime, keyOf(ref));
    if (record === undefined) return;
    record.uid = live.uid;
    record.resourceVersion = live.resourceVersion;
    record.state = 'differs';
    record.health = { status: 'Healthy' };
    record.countsWhenExtra = !String(annotations[COMPARE_OPTIONS] ?? '').includes('IgnoreExtraneous');
    record.drift = { key: record.key, kind: 'extra', fields: [], action: 'reported' };
    this.#context.inventory.of(runtime.id).objects.set(record.key, { hash: undefined, resourceVersion: live.resourceVersion });
    this.#context.inventory.touch(runtime.id);
    // An extra object is drift as well: where drift only is reported, it goes with the next sync.
    if (driftPolicyOf(runtime.spec.policy, {}) === 'heal') this.#fleet.request(runtime);
    else this.#context.sink.touch(runtime.id);
  }
}
