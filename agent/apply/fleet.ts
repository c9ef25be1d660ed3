import type { AppPolicy } from '../../core/app/policy.ts';
import type { ClusterSettings, ProjectRules } from '../../core/app/settings.ts';
import type { AppStatus, Health } from '../../core/app/status.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { type JsonObject, keyOf, type ObjectKey, refOfKey } from '../../core/objects/object.ts';
import { computeAppStatus } from '../../core/plan/app-status.ts';
import { type LiveRecord, newRecord } from '../../core/plan/live-record.ts';
import { blockShared } from '../../core/plan/plan.ts';
import type { PreparedBundle, PreparedObject } from '../../core/plan/prepare.ts';
import { problem } from '../../core/problem/problem.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../../core/protocol/snapshot-rules.ts';
import { type AppRuntime, isOnlyAnswered, markerOf, newAppRuntime, withoutActions } from './app-runtime.ts';
import { toolsOf } from './app-tools.ts';
import type { ApplyContext } from './apply-context.ts';
import { DriftWatch } from './drift/drift-watch.ts';
import { ObjectWatch } from './drift/object-watch.ts';
import { OrphanWatch } from './drift/orphan-watch.ts';
import { DEFINITION, Sightings } from './drift/sightings.ts';
import { healthOf, needsContent } from './health-of.ts';
import { InputWatch } from './input-watch.ts';
import { notePrunePolicy } from './inventory-record.ts';
import { hasDeleteHooks } from './needed-bundles.ts';
import type { ObjectTools } from './object/object-tools.ts';
import type { Rules } from './prepare-app.ts';
import { hasUnknownKind, Preparer } from './preparer.ts';
import { AppSync } from './sync/app-sync.ts';
import { SyncGates } from './sync/sync-gates.ts';

/** Something in it is of a kind that is not served. */
function isWaitingForKind(runtime: AppRuntime): boolean {
  return runtime.spec?.state === 'present' && runtime.prepared !== undefined && hasUnknownKind(runtime.prepared);
}

/**
 * All Apps of this cluster and all their objects: who wants and owns what, what was last seen of it. Snapshots come in through `accept`, the
 * cluster through `onLive`, `onDeleted` and `onListing`; syncs (AppSync) and heals (DriftWatch) go out.
 */
export class Fleet {
  readonly apps = new Map<string, AppRuntime>();
  /** Every object that some App owns or wants. */
  readonly records = new Map<ObjectKey, LiveRecord>();
  accepted: AcceptedSnapshot | undefined;
  /** Called with the kinds (`group/Kind`) that want to be followed. */
  onKinds: (kinds: Iterable<string>) => void = () => {};
  /** What is waited for without being owned: hooks, objects of others, what is being deleted. */
  readonly watch: ObjectWatch;
  readonly gates: SyncGates;
  readonly #context: ApplyContext;
  readonly #tell: (app: string) => void;
  readonly #sync: AppSync;
  readonly #drift: DriftWatch;
  readonly #wants = new Map<ObjectKey, Set<string>>();
  /** `group/Kind` of everything that was ever owned or wanted; a watch too many is cheap. */
  readonly #kinds = new Set<string>();
  readonly #byName = new Map<string, AppRuntime>();
  readonly inputs = new InputWatch();
  readonly orphans = new OrphanWatch();
  /** What the watches tell goes here. */
  readonly sightings: Sightings;
  readonly preparer: Preparer;

  constructor(outer: ApplyContext) {
    this.#tell = outer.sink.touch;
    const context = { ...outer, sink: { ...outer.sink, touch: (app: string) => this.#touched(app) } };
    this.#context = context;
    this.gates = new SyncGates(context, this.apps);
    this.watch = new ObjectWatch(
      (live, app, full) => this.healthOf(live, this.apps.get(app)?.spec?.policy, full),
      (app) => this.apps.get(app)?.changed.wake(),
    );
    this.preparer = new Preparer(context, {
      rulesOf: (policy) => this.#rulesOf(policy),
      filledFrom: (runtime, refs) => {
        this.inputs.follow(runtime, refs);
        this.followKinds(refs.map((ref) => keyOf({ group: '', ...ref })));
      },
      want: (runtime, prepared) => this.setWanted(runtime, prepared),
      ready: (runtime) => this.#sync.request(runtime),
    });
    this.#drift = new DriftWatch(context, this);
    this.#sync = new AppSync(context, this, this.#drift);
    this.sightings = new Sightings(context, this, this.#drift);
  }

  /** Something about an App has changed: its status is reported, its sync and those who depend on it look again. */
  #touched(app: string): void {
    this.#tell(app);
    this.apps.get(app)?.changed.wake();
    for (const waiting of this.gates.woken(app)) this.#sync.request(waiting);
  }

  healthOf(live: JsonObject, policy: AppPolicy | undefined, full: boolean): Health | Promise<Health> | undefined {
    const rules = { policy, settings: policy === undefined ? undefined : this.settingsOf(policy) };
    return full || !needsContent(live, rules) ? healthOf(this.#context, live, rules) : undefined;
  }

  /** Reports an App's status, without waking anybody. */
  tell(app: string): void {
    this.#tell(app);
  }

  /** How the objects of an App are written. */
  toolsOf(runtime: AppRuntime): ObjectTools {
    return toolsOf(this.#context, runtime);
  }

  /** Whether drift of an App may be healed now, as far as its sync windows are concerned. */
  mayHeal(runtime: AppRuntime): boolean {
    return this.gates.mayHeal(runtime);
  }

  /** Takes over a verified snapshot; `bundleOf` gives the bundles that are not prepared yet. Only Apps that it changes are touched. */
  async accept(accepted: AcceptedSnapshot, bundleOf: (digest: Digest) => Bundle | undefined): Promise<void> {
    this.accepted = accepted;
    const { keys, generation } = accepted.snapshot;
    this.#context.fence.stand({ keys, generation, digest: accepted.digest });
    const named = new Set<string>();
    const changed: AppRuntime[] = [];
    for (const spec of accepted.snapshot.apps.map(withoutActions)) {
      named.add(spec.id);
      const runtime = this.#runtimeOf(spec.id);
      runtime.generation = accepted.snapshot.generation;
      runtime.snapshotDigest = accepted.digest;
      const isSame = runtime.spec !== undefined && markerOf(runtime.spec) === markerOf(spec);
      const lacksBundle =
        (spec.bundle !== undefined && runtime.bundleDigest !== spec.bundle) ||
        (spec.fallback !== undefined && runtime.fallback?.digest !== spec.fallback);
      if (isSame && !lacksBundle) continue;
      if (await this.#adopt(runtime, spec, bundleOf)) changed.push(runtime);
    }
    this.gates.learn();
    this.orphans.learn(
      [...this.apps.values()].map(({ spec }) => ({
        namespace: spec?.policy.targetNamespace,
        rules: spec === undefined ? undefined : this.projectOf(spec.policy),
      })),
    );
    // An App that no snapshot names any more without a tombstone: missing information, so it is left alone (I2).
    for (const runtime of this.apps.values()) if (!named.has(runtime.id)) this.#abandon(runtime);
    // All wants are known before the first sync begins, so that an object which moves between Apps is handed over.
    for (const runtime of changed) this.#sync.request(runtime);
    this.#context.log(`generation ${generation}: ${changed.length} of ${accepted.snapshot.apps.length} Apps to sync`);
    this.followKinds();
  }

  #runtimeOf(id: string): AppRuntime {
    const known = this.apps.get(id);
    if (known !== undefined) return known;
    const runtime = newAppRuntime(id);
    this.apps.set(id, runtime);
    for (const [key, entry] of this.#context.inventory.of(id).objects) {
      const record = this.own(runtime, key);
      if (record !== undefined && entry.hash !== undefined)
        record.verified = { hash: entry.hash, resourceVersion: entry.resourceVersion, fingerprint: '' };
    }
    return runtime;
  }

  /** True when the App is to be synced. */
  async #adopt(runtime: AppRuntime, spec: SnapshotApp, bundleOf: (digest: Digest) => Bundle | undefined): Promise<boolean> {
    if (isOnlyAnswered(runtime, spec)) return this.#adoptAnswered(runtime, spec);
    const policyChanged = runtime.spec === undefined || JSON.stringify(runtime.spec.policy) !== JSON.stringify(spec.policy);
    const isFirst = runtime.spec === undefined;
    runtime.spec = spec;
    runtime.since = runtime.generation;
    runtime.attempt = 0;
    runtime.cancelRetry();
    this.#byName.set(spec.policy.name, runtime);
    const fallback = spec.fallback === undefined ? undefined : bundleOf(spec.fallback);
    if (spec.fallback !== runtime.fallback?.digest) runtime.fallback = undefined;
    if (fallback !== undefined && spec.fallback !== undefined) runtime.fallback = { digest: spec.fallback, bundle: fallback };
    if (spec.state === 'removed') return this.#adoptRemoval(runtime, spec, bundleOf);
    if (spec.bundle === undefined) return false;
    if (runtime.bundleDigest !== spec.bundle || policyChanged || runtime.bundle !== undefined) {
      const bundle = bundleOf(spec.bundle) ?? (runtime.bundleDigest === spec.bundle ? runtime.bundle : undefined);
      if (bundle === undefined) {
        runtime.problems = [problem('apply.unavailable', 'the bundle has not arrived yet', { where: spec.bundle })];
        // What was prepared was for another policy: the loop has to get it again.
        runtime.bundleDigest = undefined;
        return false;
      }
      if (!(await this.prepare(runtime, spec, bundle))) return false;
    }
    if (isFirst && this.#context.inventory.of(runtime.id).answered === markerOf(spec)) {
      // Known from before a restart, done and acknowledged: the watches tell whether anything has changed since.
      for (const request of spec.requests) runtime.answered.add(request.id);
      const { bundle, revision } = spec;
      runtime.last = { bundle, revision, generation: runtime.since, outcome: 'synced' };
      runtime.applied = runtime.last;
      return false;
    }
    return true;
  }

  /** Only requests that were carried out have gone: there is nothing to do, and nothing to say. */
  #adoptAnswered(runtime: AppRuntime, spec: SnapshotApp): boolean {
    const inventory = this.#context.inventory.of(runtime.id);
    if (runtime.spec !== undefined && inventory.answered === markerOf(runtime.spec)) {
      inventory.answered = markerOf(spec);
      this.#context.inventory.touch(runtime.id);
    }
    runtime.spec = spec;
    return false;
  }

  /** Nothing is wanted any more; a bundle that comes with the tombstone holds the hooks that are run before it ends. */
  async #adoptRemoval(
    runtime: AppRuntime,
    spec: SnapshotApp,
    bundleOf: (digest: Digest) => Bundle | undefined,
  ): Promise<boolean> {
    const bundle = spec.bundle === undefined ? undefined : bundleOf(spec.bundle);
    if (bundle !== undefined && hasDeleteHooks(spec)) {
      if (!(await this.prepare(runtime, spec, bundle))) return false;
    } else if (hasDeleteHooks(spec) && spec.bundle !== undefined && runtime.bundleDigest !== spec.bundle) {
      runtime.problems = [problem('apply.unavailable', 'the bundle with its hooks has not arrived yet', { where: spec.bundle })];
      this.#setWanted(runtime, []);
      return false;
    }
    this.#setWanted(runtime, []);
    return true;
  }

  prepare(runtime: AppRuntime, spec: SnapshotApp, bundle: Bundle): Promise<boolean> {
    return this.preparer.prepare(runtime, spec, bundle);
  }

  prepareOther(runtime: AppRuntime, digest: Digest): Promise<PreparedBundle | undefined> {
    return this.preparer.prepareOther(runtime, digest);
  }

  /** What the App is kept at from now on. */
  setWanted(runtime: AppRuntime, prepared: PreparedBundle): void {
    this.#setWanted(runtime, prepared.objects);
  }

  #rulesOf(policy: AppPolicy): Rules {
    return { settings: this.settingsOf(policy), project: this.projectOf(policy) };
  }

  projectOf({ project }: AppPolicy): ProjectRules | undefined {
    return project === undefined ? undefined : this.accepted?.snapshot.projects?.[project];
  }

  #setWanted(runtime: AppRuntime, objects: readonly PreparedObject[]): void {
    for (const record of runtime.records.values()) record.wanted = undefined;
    for (const key of runtime.wants) this.#wants.get(key)?.delete(runtime.id);
    runtime.wants = objects.filter((object) => !object.ensureOnly).map((object) => object.key);
    for (const object of objects) {
      if (object.ensureOnly) continue;
      const apps = this.#wants.get(object.key);
      if (apps === undefined) this.#wants.set(object.key, new Set([runtime.id]));
      else apps.add(runtime.id);
      const record = this.ownerOf(object.key, runtime.id) === undefined ? this.own(runtime, object.key) : undefined;
      if (record === undefined) continue;
      record.wanted = object;
      record.countsWhenExtra = object.policy.countsWhenExtra;
      notePrunePolicy(this.#context.inventory, runtime.id, object);
      if (record.verified?.hash !== object.hash && record.state === 'same') record.state = 'differs';
    }
  }

  #abandon(runtime: AppRuntime): void {
    if (runtime.spec === undefined && runtime.records.size === 0) {
      this.apps.delete(runtime.id);
      return;
    }
    runtime.spec = undefined;
    this.#setWanted(runtime, []);
  }

  /** The record of a key for an App, taken over from an App that does not want it any more. */
  own(runtime: AppRuntime, key: ObjectKey): LiveRecord | undefined {
    const ref = refOfKey(key);
    if (ref === undefined) return undefined;
    const known = this.records.get(key);
    if (known?.app === runtime.id) return known;
    if (known !== undefined) this.apps.get(known.app)?.records.delete(key);
    this.orphans.forget(ref);
    const record = newRecord(key, ref, runtime.id);
    if (known !== undefined) {
      record.uid = known.uid;
      record.resourceVersion = known.resourceVersion;
      record.health = known.health;
    }
    this.records.set(key, record);
    runtime.records.set(key, record);
    this.#kinds.add(`${ref.group}/${ref.kind}`);
    return record;
  }

  /** The other App that owns a key and still wants it. */
  ownerOf(key: ObjectKey, app: string): string | undefined {
    const record = this.records.get(key);
    return record !== undefined && record.app !== app && record.wanted !== undefined ? record.app : undefined;
  }

  isWantedByOther(key: ObjectKey, app: string): boolean {
    const apps = this.#wants.get(key);
    return apps !== undefined && [...apps].some((other) => other !== app);
  }

  /** Forgets an object; Apps that wanted it and could not have it get their turn. */
  drop(record: LiveRecord): void {
    const inventory = this.#context.inventory.of(record.app);
    inventory.prune.delete(record.key);
    if (inventory.objects.delete(record.key)) this.#context.inventory.touch(record.app);
    this.apps.get(record.app)?.records.delete(record.key);
    if (this.records.get(record.key) === record) this.records.delete(record.key);
    for (const app of [...(this.#wants.get(record.key) ?? [])]) {
      const waiting = this.apps.get(app);
      if (waiting !== undefined && app !== record.app) {
        if (waiting.prepared !== undefined) this.#setWanted(waiting, waiting.prepared.objects);
        this.#sync.request(waiting);
      }
    }
  }

  /** Forgets an App whose removal is done. */
  forget(runtime: AppRuntime): void {
    for (const record of [...runtime.records.values()]) this.drop(record);
    this.#context.inventory.forget(runtime.id);
    this.#context.ignore.forget(runtime.id);
  }

  /** Has the kinds followed that are owned, wanted or waited for; `keys` are of kinds that may be new. */
  followKinds(keys: readonly ObjectKey[] = []): void {
    for (const key of keys) {
      const ref = refOfKey(key);
      if (ref !== undefined) this.#kinds.add(`${ref.group}/${ref.kind}`);
    }
    // An App that waits for a kind is told by the definition that brings it.
    if ([...this.apps.values()].some(isWaitingForKind)) this.#kinds.add(DEFINITION);
    this.onKinds(this.#kinds);
  }

  /** Whoever waits for a kind tries again. */
  definitionSeen(): void {
    for (const runtime of this.apps.values()) {
      if (!isWaitingForKind(runtime)) continue;
      runtime.attempt = 0;
      this.#sync.request(runtime);
    }
  }

  request(runtime: AppRuntime): void {
    this.#sync.request(runtime);
  }

  lookAgain(runtime: AppRuntime): void {
    this.sightings.lookAgain(runtime);
  }

  byName(name: string): AppRuntime | undefined {
    return this.#byName.get(name);
  }

  /** The App's status now; undefined for an App that no snapshot names. */
  statusOf(id: string): AppStatus | undefined {
    const runtime = this.apps.get(id);
    if (runtime?.spec === undefined) return undefined;
    // What another App owns is wanted all the same: the App is not Synced without it (I9).
    const shared = (runtime.prepared?.objects ?? []).flatMap((object) => {
      const owner = object.ensureOnly ? undefined : this.ownerOf(object.key, id);
      return owner === undefined ? [] : [blockShared(object, owner)];
    });
    const blocked = [...(runtime.prepared?.blocked ?? []), ...shared];
    return computeAppStatus({
      app: runtime.spec,
      generation: runtime.generation,
      records: runtime.records.values(),
      blocked,
      problems: [
        ...runtime.problems,
        ...(runtime.pastDeadline === undefined ? [] : [runtime.pastDeadline]),
        ...this.#context.ignore.problemsOf(id),
        ...(this.projectOf(runtime.spec.policy)?.orphaned?.warn === true
          ? this.orphans.problemsOf(runtime.spec.policy.targetNamespace)
          : []),
      ],
      healed: runtime.healed,
      ...(runtime.progress === undefined ? {} : { progress: runtime.progress }),
      now: this.#context.clock.now(),
    });
  }

  /** What the App shares with others of its cluster. */
  settingsOf(policy: AppPolicy): ClusterSettings | undefined {
    return policy.settings === undefined ? undefined : this.accepted?.snapshot.settings?.[policy.settings];
  }

  namespaceMissing(runtime: AppRuntime, namespace: string): void {
    this.#sync.namespaceMissing(runtime, namespace);
  }

  reported(id: string, heals: number): void {
    this.apps.get(id)?.healed.splice(0, heals);
  }
}
