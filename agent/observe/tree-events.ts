import type { TreeEvent } from '../../core/api/tree.ts';
import { stringAt } from '../../core/health/fields.ts';
import type { JsonObject, ObjectKey } from '../../core/objects/object.ts';
import { subjectOf, toTreeEvent } from '../../core/tree/tree-event.ts';

const PER_OBJECT = 3;
/** Warnings about what is in no tree yet: an event may be seen before its Pod. */
const STRAYS = 200;

interface Kept {
  readonly uid: string;
  readonly event: TreeEvent;
}

/** The newest warnings of each object that is in some tree. */
export class TreeEvents {
  readonly #kept = new Map<ObjectKey, readonly Kept[]>();
  readonly #strays = new Map<ObjectKey, readonly Kept[]>();
  readonly #told = new WeakMap<readonly Kept[], readonly TreeEvent[]>();
  readonly #isInTree: (key: ObjectKey) => boolean;

  constructor(isInTree: (key: ObjectKey) => boolean) {
    this.#isInTree = isInTree;
  }

  /** The same list while nothing about the object has changed; undefined when there is none. */
  of(key: ObjectKey): readonly TreeEvent[] | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    const known = this.#told.get(kept);
    if (known !== undefined) return known;
    const told = kept.map(({ event }) => event);
    this.#told.set(kept, told);
    return told;
  }

  /** Takes note of an event (or that it went); gives the object that it is about, when that is in some tree. */
  take(event: JsonObject, isGone: boolean): ObjectKey | undefined {
    const key = subjectOf(event);
    const inTree = this.#isInTree(key);
    const place = inTree ? this.#kept : this.#strays;
    const uid = stringAt(event, 'metadata.uid');
    const others = (place.get(key) ?? []).filter((kept) => kept.uid !== uid);
    const all = isGone ? others : [...others, { uid, event: toTreeEvent(event) }];
    const newest = all.sort((a, b) => (a.event.last < b.event.last ? 1 : -1)).slice(0, PER_OBJECT);
    place.delete(key);
    if (newest.length > 0) place.set(key, newest);
    const [oldest] = this.#strays.keys();
    if (this.#strays.size > STRAYS && oldest !== undefined) this.#strays.delete(oldest);
    return inTree ? key : undefined;
  }

  /** The object is in a tree from now on. */
  adopt(key: ObjectKey): void {
    const strays = this.#strays.get(key);
    if (strays === undefined) return;
    this.#strays.delete(key);
    this.#kept.set(key, strays);
  }

  forget(key: ObjectKey): void {
    this.#kept.delete(key);
  }
}
