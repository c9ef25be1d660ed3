import { beforeEach, describe, expect, it } from 'vitest';
import type { LiveObject } from '../../../agent/cluster/cluster-api.ts';
import { TreeKeeper, type TreeSource } from '../../../agent/observe/tree-keeper.ts';
import { shortHash } from '../../../agent/platform/crypto.ts';
import { computeHealth } from '../../../core/health/compute-health.ts';
import type { JsonObject, ObjectKey } from '../../../core/objects/object.ts';
import { refOfKey } from '../../../core/objects/object.ts';

const WEB = 'apps/Deployment/shop/web';
const SET = 'apps/ReplicaSet/shop/web-1';
const POD = '/Pod/shop/web-1-a';

let own: Map<ObjectKey, string>;
let known: Set<ObjectKey>;
let cluster: Map<ObjectKey, LiveObject>;
let changed: string[];
let keeper: TreeKeeper;
let version: number;

const refOf = (key: ObjectKey) => {
  const ref = refOfKey(key);
  if (ref === undefined) throw new Error(`${key} is no key`);
  return ref;
};
/** A live object of a key, owned by another. */
function live(key: ObjectKey, owner?: ObjectKey, rest: JsonObject = {}): LiveObject {
  const { group, kind, namespace, name } = refOf(key);
  const by = owner === undefined ? undefined : refOf(owner);
  const reference = by && {
    apiVersion: by.group === '' ? 'v1' : `${by.group}/v1`,
    kind: by.kind,
    name: by.name,
    controller: true,
  };
  const metadata = {
    name,
    namespace,
    uid: `uid-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(reference === undefined ? {} : { ownerReferences: [reference] }),
  };
  const object = { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, metadata, ...rest };
  return { object, uid: `uid-${name}`, resourceVersion: String(++version) };
}
/** Something is in the cluster, and the watches tell. */
function seen(key: ObjectKey, owner?: ObjectKey, rest: JsonObject = {}): void {
  const object = live(key, owner, rest);
  cluster.set(key, object);
  keeper.onLive(refOf(key), object, true);
}
function gone(key: ObjectKey): void {
  const object = cluster.get(key);
  cluster.delete(key);
  if (object !== undefined) keeper.onDeleted(refOf(key), object);
}
const keys = (app = 'web') => {
  keeper.resend(app);
  return (
    keeper
      .delta(app)
      ?.changed.map(({ key }) => key)
      .sort() ?? []
  );
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
const replicaSet = { spec: { replicas: 1 }, status: { replicas: 1 } };

beforeEach(() => {
  own = new Map([[WEB, 'web']]);
  known = new Set([WEB]);
  cluster = new Map();
  changed = [];
  version = 0;
  const source: TreeSource = {
    appOf: (key) => own.get(key),
    hookAppOf: (object) => ((object['metadata'] as JsonObject)['hookOf'] as string | undefined) ?? undefined,
    rootsOf: (app) =>
      [...own].filter(([, of]) => of === app).map(([key]) => ({ key, health: { status: 'Healthy' }, isKnown: known.has(key) })),
    healthOf: (object) => computeHealth(object, 'argo'),
    isNamespaced: (ref) => ref.kind !== 'Node',
    fetch: async (ref) => cluster.get(`${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`),
    hash: shortHash,
    now: () => 1,
    changed: (app) => void changed.push(app),
  };
  keeper = new TreeKeeper(source);
});

describe('a tree', () => {
  it('holds what is owned, at any depth, whatever order it is seen in', async () => {
    seen(POD, SET);
    seen(SET, WEB, replicaSet);
    seen(WEB);
    await settled();
    expect(keys()).toEqual([POD, WEB, SET].sort());
  });

  it('holds what was there before its owner became the App’s', async () => {
    own.clear();
    seen(WEB);
    seen(SET, WEB, replicaSet);
    seen(POD, SET);
    own.set(WEB, 'web');
    keys();
    await settled();
    keys();
    await settled();
    expect(keys()).toEqual([POD, WEB, SET].sort());
  });

  it('does not hold what others own, or what owns itself', () => {
    seen('/Pod/kube-system/proxy', '/Node/kube-system/n');
    seen('/Pod/shop/loop', '/Pod/shop/loop');
    expect(keys()).toEqual([WEB]);
  });

  it('loses what was deleted, what runs nothing any more, and what a list no longer shows (F09)', () => {
    seen(WEB);
    seen(SET, WEB, replicaSet);
    seen(POD, SET);
    gone(POD);
    expect(keys()).toEqual([WEB, SET].sort());
    seen(POD, SET);
    const listed = keeper.onListing({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true });
    listed(String(version + 1));
    expect(keys()).toEqual([WEB, SET].sort());
    seen(SET, WEB, { spec: { replicas: 0 }, status: { replicas: 0 } });
    expect(keys()).toEqual([WEB]);
  });

  it('keeps what was made while a list was under way', () => {
    seen(WEB);
    const listed = keeper.onListing({
      group: 'apps',
      version: 'v1',
      kind: 'ReplicaSet',
      plural: 'replicasets',
      namespaced: true,
    });
    seen(SET, WEB, replicaSet);
    listed('1');
    expect(keys()).toEqual([WEB, SET].sort());
  });

  it('shows a hook of its App while it is there', () => {
    const job = live('batch/Job/shop/migrate');
    const hook = { ...job, object: { ...job.object, metadata: { ...(job.object['metadata'] as JsonObject), hookOf: 'web' } } };
    keeper.onLive(refOf('batch/Job/shop/migrate'), hook, true);
    seen('/Pod/shop/migrate-x', 'batch/Job/shop/migrate');
    expect(keys()).toEqual([WEB, '/Pod/shop/migrate-x', 'batch/Job/shop/migrate'].sort());
    keeper.onDeleted(refOf('batch/Job/shop/migrate'), hook);
    expect(keeper.appOf('batch/Job/shop/migrate')).toBeUndefined();
  });
});

describe('what is told of it', () => {
  it('is the whole first and then only what has changed', () => {
    seen(WEB);
    expect(keeper.delta('web')).toMatchObject({ full: true, more: 0 });
    expect(keeper.delta('web')).toBeUndefined();
    seen(SET, WEB, replicaSet);
    expect(keeper.delta('web')).toMatchObject({ full: false, changed: [{ key: SET, parent: WEB }], gone: [] });
    gone(SET);
    expect(keeper.delta('web')).toMatchObject({ changed: [], gone: [SET] });
  });

  it('is nothing when something changes that a tree does not show', () => {
    seen(WEB);
    keeper.delta('web');
    seen(WEB, undefined, { data: { a: 'b' } });
    expect(keeper.delta('web')).toBeUndefined();
  });

  it('is the whole again when the Worker asks for it', () => {
    seen(WEB);
    keeper.delta('web');
    keeper.resend('web');
    expect(keeper.delta('web')?.full).toBe(true);
  });

  it('of an App with more than 500 objects is 500 of them, the broken ones first', () => {
    for (let i = 0; i < 700; i++) own.set(`/ConfigMap/shop/c-${i}`, 'web');
    for (const key of own.keys()) seen(key);
    seen(SET, WEB, replicaSet);
    seen(POD, SET, { status: { phase: 'Failed' } });
    const delta = keeper.delta('web');
    expect(delta?.changed).toHaveLength(500);
    expect(delta?.more).toBe(203);
    expect(delta?.changed.map(({ key }) => key)).toEqual(expect.arrayContaining([POD, SET, WEB]));
  });

  it('of an App that no snapshot names any more is nothing', () => {
    seen(WEB);
    keeper.delta('web');
    own.clear();
    expect(keeper.delta('web')?.gone).toEqual([WEB]);
  });

  it('is held back after a start until everything was listed, but not for ever', () => {
    keeper.onListed(false);
    seen(WEB);
    expect(keeper.delta('web')).toBeUndefined();
    keeper.onListed(true);
    expect(keeper.delta('web')?.full).toBe(true);

    known.clear();
    own.set('/Service/shop/web', 'other');
    expect(keeper.delta('other')).toBeUndefined();
    changed = [];
    keeper.release();
    expect(changed).toEqual(['other']);
    expect(keeper.delta('other')?.full).toBe(true);
  });

  it('says which kinds cannot be read', () => {
    seen(WEB);
    keeper.delta('web');
    keeper.onReadable('/Pod', false);
    expect(keeper.delta('web')?.unread).toEqual(['/Pod']);
    keeper.onReadable('/Pod', true);
    expect(keeper.delta('web')?.unread).toBeUndefined();
  });
});

describe('warnings', () => {
  const event = (name: string, last: string, about = POD): JsonObject => {
    const { kind, namespace, name: of } = refOf(about);
    return {
      metadata: { uid: name, name },
      involvedObject: { apiVersion: 'v1', kind, namespace, name: of },
      type: 'Warning',
      reason: name,
      message: 'm',
      lastTimestamp: last,
    };
  };
  const told = () => {
    keeper.resend('web');
    return keeper
      .delta('web')
      ?.changed.find(({ key }) => key === POD)
      ?.events?.map(({ reason }) => reason);
  };

  it('are the newest three of an object, and go when they are over', () => {
    seen(SET, WEB, replicaSet);
    seen(POD, SET);
    for (const n of [1, 3, 4, 2]) keeper.onEvent(event(`e${n}`, `2026-01-0${n}T00:00:00Z`), false);
    expect(told()).toEqual(['e4', 'e3', 'e2']);
    keeper.onEvent(event('e4', '2026-01-04T00:00:00Z'), true);
    expect(told()).toEqual(['e3', 'e2']);
  });

  it('that come before their object wait for it; of others nothing is kept', () => {
    keeper.onEvent(event('early', '2026-01-01T00:00:00Z'), false);
    for (let i = 0; i < 150; i++) keeper.onEvent(event(`x${i}`, '2026-01-01T00:00:00Z', `/Pod/other/p-${i}`), false);
    seen(SET, WEB, replicaSet);
    seen(POD, SET);
    expect(told()).toEqual(['early']);
  });
});
