import { isObject } from '../core/diff/comparable.ts';
import type { JsonObject, ObjectRef } from '../core/objects/object.ts';
import type { LiveRecord } from '../core/plan/live-record.ts';
import { trackedApp } from '../core/plan/tracking.ts';
import type { ApplyContext } from './apply/apply-context.ts';
import type { Fleet } from './apply/fleet.ts';
import type { TreeRoot } from './observe/tree-keeper.ts';
import { TreeKeeper } from './observe/tree-keeper.ts';
import { createTreeWatch, type TreeWatch } from './observe/tree-watch.ts';
import { shortHash } from './platform/crypto.ts';

/** The Apps' resource trees, over what agent/apply knows of their own objects. */
export interface Trees extends TreeWatch {
  readonly keeper: TreeKeeper;
}

export interface TreesOptions {
  readonly context: ApplyContext;
  readonly fleet: Fleet;
  /** There is something to tell of an App's tree. */
  readonly changed: (app: string) => void;
  readonly signal: AbortSignal;
}

const HOOKS = ['argocd.argoproj.io/hook', 'helm.sh/hook'];
const FETCHING = 'trees';

/** Puts the keeper of trees and its watches together. */
export function createTrees({ context, fleet, changed, signal }: TreesOptions): Trees {
  const { api, clock, limiter } = context;
  const keeper = new TreeKeeper({
    appOf: (key) => fleet.records.get(key)?.app,
    hookAppOf: (live, ref) => (isHook(live) ? hookApp(fleet, live, ref) : undefined),
    rootsOf: (app) => (fleet.apps.get(app)?.spec === undefined ? undefined : rootsOf(fleet, app)),
    healthOf: (live, app, full) => fleet.healthOf(live, fleet.apps.get(app)?.spec?.policy, full),
    isNamespaced: (ref) => api.kindOfRef(ref)?.namespaced,
    fetch: async (ref) => {
      const kind = api.kindOfRef(ref);
      if (kind === undefined) return undefined;
      const got = await limiter.run(() => api.get({ kind, namespace: ref.namespace, name: ref.name }), FETCHING);
      return got.ok ? got.value : undefined;
    },
    hash: shortHash,
    now: clock.now,
    changed,
  });
  const watch = createTreeWatch({ api, clock, chance: context.chance.fraction, signal, keeper });
  return { keeper, ensure: watch.ensure };
}

/** An App's own objects; what is not wanted, not seen and not there is not worth telling. */
function* rootsOf(fleet: Fleet, app: string): Generator<TreeRoot> {
  for (const record of fleet.apps.get(app)?.records.values() ?? [])
    if (record.wanted !== undefined || record.state !== 'missing') yield { key: record.key, health: healthOf(record) };
}

function healthOf({ state, health }: LiveRecord): TreeRoot['health'] {
  return state === 'missing' ? { status: 'Missing' } : health;
}

function isHook(live: JsonObject): boolean {
  const metadata = live['metadata'];
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  return isObject(annotations) && HOOKS.some((name) => annotations[name] !== undefined);
}

function hookApp(fleet: Fleet, live: JsonObject, ref: ObjectRef): string | undefined {
  const name = trackedApp(live, ref);
  return name === undefined ? undefined : fleet.byName(name)?.id;
}
