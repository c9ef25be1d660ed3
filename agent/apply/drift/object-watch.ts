import type { Health } from '../../../core/app/status.ts';
import type { JsonObject, ObjectKey } from '../../../core/objects/object.ts';
import type { Seen } from '../../../core/plan/sync-state.ts';
import type { LiveObject } from '../../cluster/cluster-api.ts';
import { finalizersOf } from '../object/finalizers.ts';

/** Health of a live object by the rules of an App; at once, or when a program has answered; undefined where metadata alone do not tell. */
export type HealthOf = (live: JsonObject, app: string, full: boolean) => Health | Promise<Health> | undefined;

interface Watched {
  readonly app: string;
  /** The object that is meant; undefined for whatever has the name. */
  uid: string | undefined;
  seen: Seen | undefined;
  finalizers: readonly string[];
  resourceVersion: string;
  looks: number;
}

/**
 * Objects that an App waits for without owning them: its hooks, health checks of others' objects, and what is being deleted. They are seen by
 * the same watches as everything else.
 */
export class ObjectWatch {
  readonly #watched = new Map<ObjectKey, Map<string, Watched>>();
  readonly #healthOf: HealthOf;
  readonly #changed: (app: string) => void;

  constructor(healthOf: HealthOf, changed: (app: string) => void) {
    this.#healthOf = healthOf;
    this.#changed = changed;
  }

  /** An App waits for this; `live` is how it was when that began, `finalizers` what is known of one that goes. */
  begin(app: string, key: ObjectKey, live?: LiveObject, finalizers: readonly string[] = []): void {
    const apps = this.#watched.get(key) ?? new Map<string, Watched>();
    this.#watched.set(key, apps);
    const watched: Watched = { app, uid: live?.uid, seen: undefined, finalizers, resourceVersion: '', looks: 0 };
    apps.set(app, watched);
    if (live !== undefined) this.#update(watched, live);
  }

  end(app: string, key: ObjectKey): void {
    const apps = this.#watched.get(key);
    apps?.delete(app);
    if (apps?.size === 0) this.#watched.delete(key);
  }

  has(app: string, key: ObjectKey): boolean {
    return this.#watched.get(key)?.has(app) === true;
  }

  /** How it is; undefined while that is not known. */
  stateOf(app: string, key: ObjectKey): Seen | undefined {
    return this.#watched.get(key)?.get(app)?.seen;
  }

  finalizersOf(app: string, key: ObjectKey): readonly string[] {
    return this.#watched.get(key)?.get(app)?.finalizers ?? [];
  }

  /** Something of a followed kind was listed or changed. */
  onLive(key: ObjectKey, live: LiveObject, full = true): void {
    for (const watched of this.#watched.get(key)?.values() ?? []) {
      if (watched.uid !== undefined && watched.uid !== live.uid) continue;
      if (Number(live.resourceVersion) < Number(watched.resourceVersion)) continue;
      this.#update(watched, live, full);
    }
  }

  /** It was deleted; its last state, which the event carries, is what it came to: a Job may end and go in one moment. */
  onDeleted(key: ObjectKey, live: LiveObject): void {
    for (const watched of this.#watched.get(key)?.values() ?? []) {
      if (watched.uid !== undefined && watched.uid !== live.uid) continue;
      this.#missing(watched);
    }
  }

  /** A complete list did not show it. */
  onAbsent(key: ObjectKey): void {
    for (const watched of this.#watched.get(key)?.values() ?? []) this.#missing(watched);
  }

  /** A list of a kind (`group/Kind/`) begins; what it has not shown by its end is not there, unless it was made after the list. */
  onListing(prefix: string): (resourceVersion: string) => void {
    const expected = [...this.#watched.keys()].filter((key) => key.startsWith(prefix));
    const before = new Map(expected.map((key) => [key, this.#looks(key)]));
    return (resourceVersion) => {
      for (const key of expected) {
        if (this.#looks(key) !== before.get(key)) continue;
        for (const watched of this.#watched.get(key)?.values() ?? [])
          if (!(Number(watched.resourceVersion) > Number(resourceVersion))) this.#missing(watched);
      }
    };
  }

  /** How often something was seen under a key. */
  #looks(key: ObjectKey): number {
    let sum = 0;
    for (const watched of this.#watched.get(key)?.values() ?? []) sum += watched.looks;
    return sum;
  }

  #missing(watched: Watched): void {
    watched.seen = 'missing';
    watched.finalizers = [];
    this.#changed(watched.app);
  }

  #update(watched: Watched, live: LiveObject, full = true): void {
    watched.resourceVersion = live.resourceVersion;
    watched.looks++;
    watched.finalizers = finalizersOf(live.object);
    const health = this.#healthOf(live.object, watched.app, full);
    if (health === undefined) return;
    if (!(health instanceof Promise)) {
      this.#judged(watched, health);
      return;
    }
    const version = live.resourceVersion;
    void health.then((judged) => {
      // A newer state may have come meanwhile.
      if (watched.resourceVersion === version) this.#judged(watched, judged);
    });
  }

  #judged(watched: Watched, health: Health): void {
    const before = watched.seen;
    watched.seen = health;
    if (before === undefined || before === 'missing' || before.status !== health.status || before.message !== health.message)
      this.#changed(watched.app);
  }
}
