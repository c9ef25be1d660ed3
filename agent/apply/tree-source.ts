import type { Health } from '../../core/app/status.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject, ObjectKey, ObjectRef } from '../../core/objects/object.ts';
import type { LiveRecord } from '../../core/plan/live-record.ts';
import { trackedApp } from '../../core/plan/tracking.ts';
import type { LiveObject } from '../cluster/cluster-api.ts';
import type { ApplyContext } from './apply-context.ts';
import type { Fleet } from './fleet.ts';

/** One of an App's own objects, for its tree. */
export interface OwnObject {
  readonly key: ObjectKey;
  readonly health: Health;
  /** False until it is known whether it is there. */
  readonly isKnown: boolean;
}

const HOOKS = ['argocd.argoproj.io/hook', 'helm.sh/hook'];
const FETCHING = 'trees';

/** What resource trees (agent/observe/tree-keeper.ts) have to know of the Apps and their own objects. */
export function treeSource({ api, limiter }: ApplyContext, fleet: Fleet) {
  return {
    appOf: (key: ObjectKey) => fleet.records.get(key)?.app,
    hookAppOf: (live: JsonObject, ref: ObjectRef) => (isHook(live) ? hookApp(fleet, live, ref) : undefined),
    rootsOf: (app: string) => (fleet.apps.get(app)?.spec === undefined ? undefined : rootsOf(fleet, app)),
    healthOf: (live: JsonObject, app: string, full: boolean) => fleet.healthOf(live, fleet.apps.get(app)?.spec?.policy, full),
    isNamespaced: (ref: ObjectRef) => api.kindOfRef(ref)?.namespaced,
    fetch: async (ref: ObjectRef): Promise<LiveObject | undefined> => {
      const kind = api.kindOfRef(ref);
      if (kind === undefined) return undefined;
      const got = await limiter.run(() => api.get({ kind, namespace: ref.namespace, name: ref.name }), FETCHING);
      return got.ok ? got.value : undefined;
    },
  };
}

/** An App's own objects; what is neither wanted nor there is not worth telling. */
function* rootsOf(fleet: Fleet, app: string): Generator<OwnObject> {
  for (const record of fleet.apps.get(app)?.records.values() ?? [])
    if (record.wanted !== undefined || record.state !== 'missing') {
      const { key, state } = record;
      yield { key, health: healthOf(record), isKnown: state !== 'unknown' };
    }
}

function healthOf({ state, health }: LiveRecord): Health {
  return state === 'missing' ? { status: 'Missing' } : health;
}

function isHook(live: JsonObject): boolean {
  const metadata = live['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) && HOOKS.some((name) => annotations[name] !== undefined);
}

function hookApp(fleet: Fleet, live: JsonObject, ref: ObjectRef): string | undefined {
  const name = trackedApp(live, ref);
  return name === undefined ? undefined : fleet.byName(name)?.id;
}
