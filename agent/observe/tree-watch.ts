import type { ObjectRef } from '../../core/objects/object.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { CHILD_KINDS, OWNING_KINDS } from '../../core/tree/owners.ts';
import type { ClusterApi, LiveObject } from '../cluster/cluster-api.ts';
import type { Clock } from '../platform/clock.ts';
import { createObserver } from './observer.ts';
import type { TreeKeeper } from './tree-keeper.ts';

/**
 * Follows what is only followed for trees: kinds that others' objects own, and warnings. It begins when an App has something that owns such objects, with
 * owners before what they own, and warnings last. The kinds that Apps themselves use come from the agent's own observer.
 */
export interface TreeWatch {
  /** The kinds (`group/Kind`) that Apps use. */
  readonly ensure: (kinds: Iterable<string>) => void;
}

export interface TreeWatchOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly signal: AbortSignal;
  readonly keeper: TreeKeeper;
}

const EVENT = '/Event';
/** After a start trees are held back until they are whole, but not for longer. */
const HOLD_MS = 10_000;
/** Pods are large, and nothing of a page is kept. */
const PAGE = 100;

export function createTreeWatch({ keeper, ...options }: TreeWatchOptions): TreeWatch {
  const levels = [...CHILD_KINDS, [EVENT]];
  const ofApps = new Set<string>();
  let level = -1;
  options.clock.after(HOLD_MS, () => keeper.release());
  let pending = new Set<string>();

  /** A kind's first list has ended, well or not: the next level need not wait for it. */
  const settled = (kind: string): void => {
    if (pending.delete(kind) && pending.size === 0) next();
  };
  const next = (): void => {
    level++;
    const kinds = levels[level];
    keeper.onListed(kinds === undefined);
    if (kinds === undefined) return;
    pending = new Set(kinds.filter((kind) => !ofApps.has(kind) && isServed(kind)));
    if (pending.size === 0) next();
    else observer.ensure([...pending]);
  };
  const isServed = (kind: string): boolean => {
    const slash = kind.indexOf('/');
    return options.api.kindOfRef({ group: kind.slice(0, slash), kind: kind.slice(slash + 1) }) !== undefined;
  };
  const isEvent = (ref: ObjectRef): boolean => ref.group === '' && ref.kind === 'Event';

  const observer = createObserver({
    ...options,
    page: PAGE,
    selectors: { [EVENT]: 'type=Warning' },
    events: {
      onLive: (ref: ObjectRef, live: LiveObject, full: boolean) =>
        isEvent(ref) ? keeper.onEvent(live.object, false) : keeper.onLive(ref, live, full),
      onDeleted: (ref: ObjectRef, live: LiveObject) =>
        isEvent(ref) ? keeper.onEvent(live.object, true) : keeper.onDeleted(ref, live),
      onListing: (kind) => {
        const done = keeper.onListing(kind);
        return (resourceVersion) => {
          done(resourceVersion);
          settled(`${kind.group}/${kind.kind}`);
        };
      },
      onProblem: (kind: string, found: Problem | undefined) => {
        keeper.onReadable(kind, found?.code !== 'apply.forbidden');
        if (found !== undefined) settled(kind);
      },
    },
  });

  return {
    ensure(kinds) {
      let owns = false;
      for (const kind of kinds) {
        ofApps.add(kind);
        owns ||= OWNING_KINDS.has(kind);
      }
      if (owns && level === -1) next();
    },
  };
}
