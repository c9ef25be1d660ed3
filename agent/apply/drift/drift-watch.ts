import type { AppPolicy } from '../../../core/app/policy.ts';
import type { ClusterSettings } from '../../../core/app/settings.ts';
import type { Health } from '../../../core/app/status.ts';
import { driftPolicyOf, mayHealObject } from '../../../core/diff/drift-policy.ts';
import { backoffMs } from '../../../core/plan/backoff.ts';
import { isVerified, type LiveRecord } from '../../../core/plan/live-record.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { isRetried } from '../../../core/problem/problem.ts';
import type { LiveObject } from '../../cluster/cluster-api.ts';
import type { AppRuntime } from '../app-runtime.ts';
import type { ApplyContext } from '../apply-context.ts';
import { healthOf, type JudgedBy, needsContent } from '../health-of.ts';
import { basisOf, compareObject } from '../object/compare-object.ts';
import type { ObjectTools } from '../object/object-tools.ts';
import { writeObject } from '../object/write-object.ts';
import { type Deviation, describeDrift, overruled } from './describe-drift.ts';
import { HealPace } from './heal-pace.ts';

/** What DriftWatch needs to know of the Apps. */
export interface Apps {
  readonly apps: ReadonlyMap<string, AppRuntime>;
  readonly drop: (record: LiveRecord) => void;
  /** The namespace of an App's object is not there: only a sync makes it again. */
  readonly namespaceMissing: (runtime: AppRuntime, namespace: string) => void;
  readonly settingsOf: (policy: AppPolicy) => ClusterSettings | undefined;
  /** How the App's objects are written. */
  readonly toolsOf: (runtime: AppRuntime) => ObjectTools;
  /** False while sync windows let nothing be healed. */
  readonly mayHeal: (runtime: AppRuntime) => boolean;
}

/** How often it is asked whether a window has opened for an object that has drifted. */
const WINDOW_MS = 30_000;

/** What goes on with one object besides what is known of it. */
interface Attention {
  /** A write or a comparison is under way. */
  busy: boolean;
  /** What was seen meanwhile. */
  latest: { readonly live: LiveObject; readonly full: boolean } | undefined;
  seenInList: boolean;
  readonly pace: HealPace;
  failures: number;
  cancelTimer: () => void;
  /** Counts what was asked about its health: only the newest answer is taken. */
  asked: number;
}

/**
 * Turns what the watches see into knowledge, and drift into heals.
 *
 *   seen ─► as we left it? done ─► looks the same? done ─► compare by dry-run ─► same? done ─► heal at once, or report
 *
 * What one of our own writes caused is recognised by its resourceVersion; status updates, and changes of fields that the App's rules ignore, by the
 * fingerprint; only the rest costs a request. Each object follows its own drift policy (core/diff/drift-policy.ts).
 */
export class DriftWatch {
  readonly #context: ApplyContext;
  readonly #fleet: Apps;
  readonly #attention = new WeakMap<LiveRecord, Attention>();

  constructor(context: ApplyContext, fleet: Apps) {
    this.#context = context;
    this.#fleet = fleet;
  }

  /** A list begins: what it does not show by its end is gone. */
  expect(record: LiveRecord): void {
    this.#of(record).seenInList = false;
  }

  wasSeen(record: LiveRecord): boolean {
    return this.#of(record).seenInList;
  }

  /** The live object was listed or changed. */
  seen(record: LiveRecord, live: LiveObject, full: boolean): void {
    const attention = this.#of(record);
    attention.seenInList = true;
    record.uid = live.uid;
    record.resourceVersion = live.resourceVersion;
    // Metadata alone do not change what a program has said; the comparison brings the whole object.
    if (full || !needsContent(live.object, this.#judgedBy(record))) this.#updateHealth(record, live);
    if (attention.busy) attention.latest = { live, full };
    else this.#settle(record, live, full);
  }

  /** The live object was deleted, or a complete list did not show it. */
  gone(record: LiveRecord, resourceVersion: string): void {
    const attention = this.#of(record);
    record.uid = '';
    if (Number(resourceVersion) > Number(record.resourceVersion)) record.resourceVersion = resourceVersion;
    record.state = 'missing';
    record.verified = undefined;
    attention.latest = undefined;
    this.#touch(record);
    if (record.wanted === undefined) this.#fleet.drop(record);
    else if (!attention.busy) this.check(record);
  }

  /** A sync or a heal is about to write this object: what is seen until `wrote` may be its own doing. */
  writing(record: LiveRecord): void {
    this.#of(record).busy = true;
  }

  /** The write ended; with what the API server answered, if it succeeded. */
  wrote(record: LiveRecord, object: PreparedObject, live: LiveObject | undefined): void {
    const attention = this.#of(record);
    attention.busy = false;
    if (live !== undefined) {
      const { ignore } = this.#context;
      ignore.note(object, overruled(object, live, ignore.needsLive(object)));
      this.verify(record, object, live);
    }
    const { latest } = attention;
    attention.latest = undefined;
    if (latest !== undefined && Number(latest.live.resourceVersion) > Number(live?.resourceVersion ?? 0))
      this.seen(record, latest.live, latest.full);
  }

  /** Live was observed equal to what Git wants. */
  verify(record: LiveRecord, object: PreparedObject, live: LiveObject): void {
    const { inventory, tools } = this.#context;
    record.uid = live.uid;
    record.resourceVersion = live.resourceVersion;
    record.verified = { hash: object.hash, resourceVersion: live.resourceVersion, fingerprint: tools.fingerprint(live, object) };
    record.problem = undefined;
    record.drift = undefined;
    this.#of(record).failures = 0;
    this.#updateHealth(record, live);
    this.#setState(record, record.wanted?.hash === object.hash ? 'same' : 'differs');
    const { objects } = inventory.of(record.app);
    const known = objects.get(record.key);
    objects.set(record.key, { hash: object.hash, resourceVersion: live.resourceVersion });
    // A new resourceVersion alone is not worth a write: losing it costs one comparison after a restart.
    if (known?.hash !== object.hash) inventory.touch(record.app);
  }

  #settle(record: LiveRecord, live: LiveObject, full: boolean): void {
    if (isVerified(record)) {
      this.#setState(record, 'same');
      record.drift = undefined;
      return;
    }
    const { verified, wanted } = record;
    if (wanted === undefined) {
      this.#setState(record, 'differs');
      return;
    }
    if (
      full &&
      verified?.hash === wanted.hash &&
      verified.fingerprint !== '' &&
      verified.fingerprint === this.#context.tools.fingerprint(live, wanted)
    ) {
      record.verified = { ...verified, resourceVersion: live.resourceVersion };
      record.drift = undefined;
      this.#setState(record, 'same');
      return;
    }
    this.check(record, full ? live : undefined);
  }

  /** Asks the API server whether the object is as it should be, and heals it when the policy says so. */
  check(record: LiveRecord, live?: LiveObject): void {
    const runtime = this.#fleet.apps.get(record.app);
    const object = record.wanted;
    const attention = this.#of(record);
    // A running sync compares everything itself and settles the rest at its end.
    if (runtime?.spec === undefined || object === undefined || attention.busy || runtime.syncing) return;
    if (this.#isLeftAlone(runtime.spec.policy, record, object)) {
      record.drift = undefined;
      if (record.state !== 'missing') this.#setState(record, 'same');
      return;
    }
    attention.busy = true;
    attention.cancelTimer();
    void this.#compareAndHeal(runtime, record, object, live).catch((error: unknown) => {
      this.#context.log(`drift check of ${record.key} failed: ${error instanceof Error ? error.message : String(error)}`);
      attention.busy = false;
    });
  }

  async #compareAndHeal(
    runtime: AppRuntime,
    record: LiveRecord,
    object: PreparedObject,
    live: LiveObject | undefined,
  ): Promise<void> {
    const { limiter, fence, inventory } = this.#context;
    const tools = this.#fleet.toolsOf(runtime);
    const hint = live !== undefined && live.object['apiVersion'] === object.apiVersion ? { live } : {};
    const mayWrite = this.#mayHeal(runtime, object) ? fence.check() : undefined;
    const compared = await limiter.run(() => compareObject(tools, object, hint), record.app);
    if (!compared.ok) {
      record.problem = compared.error.problem;
      this.#touch(record);
      this.#of(record).busy = false;
      if (compared.error.problem.code === 'apply.namespace_missing' && this.#mayHeal(runtime, object))
        this.#fleet.namespaceMissing(runtime, record.ref.namespace);
      else if (isRetried(compared.error.problem)) this.#checkLater(record, compared.error.retryAfterMs);
      return;
    }
    if (compared.value.state === 'same') {
      this.wrote(record, object, compared.value.live);
      return;
    }
    // Every value is right, only another manager owns some: a sync takes the ownership back, and until then it is no drift.
    if (isOwnershipOnly(compared.value) && !this.#mayHeal(runtime, object) && record.wanted === object) {
      record.drift = undefined;
      this.#setState(record, 'same');
      this.wrote(record, object, undefined);
      return;
    }
    // An object that never was what Git wants now is the next sync's to write, in its order; only what was right once has drifted.
    const hasDrifted = inventory.of(record.app).objects.get(record.key)?.hash === object.hash;
    this.#noteDrift(runtime, record, object, { compared: compared.value, hasDrifted });
    if (!hasDrifted || !this.#mayHeal(runtime, object)) {
      this.wrote(record, object, undefined);
      return;
    }
    const fenced = await mayWrite;
    const isOpen = this.#fleet.mayHeal(runtime);
    const wait = this.#of(record).pace.delay(this.#context.clock.monotonic());
    if (fenced?.ok === true && wait === 0 && isOpen && record.wanted === object && !runtime.syncing) {
      await this.#heal(runtime, record, object, compared.value);
      return;
    }
    this.wrote(record, object, undefined);
    this.#checkLater(record, isOpen ? (wait > 0 ? wait : undefined) : WINDOW_MS);
  }

  async #heal(runtime: AppRuntime, record: LiveRecord, object: PreparedObject, compared: Deviation): Promise<void> {
    const { limiter, clock } = this.#context;
    const attention = this.#of(record);
    const { drift } = record;
    const written = await limiter.run(
      () => writeObject(this.#fleet.toolsOf(runtime), object, basisOf(compared, 'heal')),
      record.app,
    );
    attention.pace.healed(clock.monotonic(), written.ok ? written.value.live.resourceVersion : undefined);
    if (written.ok) {
      if (drift !== undefined) runtime.healed.push({ ...drift, action: 'healed' });
      this.wrote(record, object, written.value.live);
      // What the API server changes on the way may never become right: another look tells whether this has.
      if (drift?.mutated !== undefined && record.wanted === object) this.check(record);
    } else {
      record.problem = written.error.problem;
      this.wrote(record, object, undefined);
      if (isRetried(written.error.problem)) this.#checkLater(record, written.error.retryAfterMs);
    }
    this.#touch(record);
  }

  #noteDrift(
    runtime: AppRuntime,
    record: LiveRecord,
    object: PreparedObject,
    { compared, hasDrifted }: { readonly compared: Deviation; readonly hasDrifted: boolean },
  ): void {
    const policy = runtime.spec === undefined ? 'warn' : driftPolicyOf(runtime.spec.policy, object.policy);
    const drift = describeDrift(object, compared, policy);
    record.drift = hasDrifted ? drift : undefined;
    const { pace } = this.#of(record);
    const now = this.#context.clock.monotonic();
    // What was taken for right because we have just written it is not: the API server makes something else of it.
    if (compared.state === 'differs' && record.verified?.resourceVersion === compared.live.resourceVersion)
      record.verified = undefined;
    if (hasDrifted && policy === 'heal') {
      if (compared.state === 'differs') pace.isSelfMade(compared.live.resourceVersion, now);
      record.problem = pace.problem(object, drift, now);
    }
    this.#setState(record, compared.state === 'absent' ? 'missing' : 'differs');
    // It may have drifted further while its state stayed the same; a status that says nothing new is not sent.
    this.#touch(record);
  }

  /** Drift of the object is not looked for, once it was what Git wants. */
  #isLeftAlone(policy: AppPolicy, record: LiveRecord, object: PreparedObject): boolean {
    if (driftPolicyOf(policy, object.policy) !== 'ignore') return false;
    return this.#context.inventory.of(record.app).objects.get(record.key)?.hash === object.hash;
  }

  #mayHeal(runtime: AppRuntime, object: PreparedObject): boolean {
    const { spec } = runtime;
    return spec !== undefined && spec.state !== 'removed' && mayHealObject(spec.policy, object.policy);
  }

  #checkLater(record: LiveRecord, ms?: number): void {
    const attention = this.#of(record);
    const { clock, chance } = this.#context;
    const wait = ms ?? backoffMs(attention.failures++, { base: 1_000, factor: 2, max: 60_000, chance: chance.fraction() });
    attention.cancelTimer();
    attention.cancelTimer = clock.after(wait, () => this.check(record));
  }

  #updateHealth(record: LiveRecord, live: LiveObject): void {
    const attention = this.#of(record);
    const asked = ++attention.asked;
    const health = healthOf(this.#context, live.object, this.#judgedBy(record));
    if (!(health instanceof Promise)) {
      this.#setHealth(record, health);
      return;
    }
    // A script tells, a moment later; by then the object may have been seen again.
    record.judging = true;
    void health.then((answer) => {
      if (attention.asked === asked) this.#setHealth(record, answer);
    });
  }

  #judgedBy(record: LiveRecord): JudgedBy {
    const policy = this.#fleet.apps.get(record.app)?.spec?.policy;
    return { policy, settings: policy === undefined ? undefined : this.#fleet.settingsOf(policy) };
  }

  #setHealth(record: LiveRecord, health: Health): void {
    const wasJudging = record.judging;
    record.judging = false;
    // A sync may wait for the verdict, whatever it is.
    if (health.status === record.health.status && health.message === record.health.message && !wasJudging) return;
    record.health = health;
    this.#touch(record);
  }

  #setState(record: LiveRecord, state: LiveRecord['state']): void {
    if (record.state === state) return;
    record.state = state;
    this.#touch(record);
  }

  #touch(record: LiveRecord): void {
    this.#context.sink.touch(record.app);
  }

  #of(record: LiveRecord): Attention {
    const known = this.#attention.get(record);
    if (known !== undefined) return known;
    const made: Attention = {
      busy: false,
      latest: undefined,
      seenInList: false,
      pace: new HealPace(),
      failures: 0,
      cancelTimer: () => {},
      asked: 0,
    };
    this.#attention.set(record, made);
    return made;
  }
}

function isOwnershipOnly(compared: Deviation): boolean {
  return compared.state === 'differs' && compared.fields.length === 1 && compared.fields[0] === '/metadata/managedFields';
}
