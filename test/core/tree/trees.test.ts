import { describe, expect, it } from 'vitest';
import type { TreeDelta, TreeNode } from '../../../core/api/tree.ts';
import { refOfKey } from '../../../core/objects/object.ts';
import { applyDelta, wholeTree } from '../../../core/tree/apply-delta.ts';
import { nodeFactsOf } from '../../../core/tree/node-facts.ts';
import { isLeftOut, ownerKeysOf } from '../../../core/tree/owners.ts';
import { subjectOf, toTreeEvent } from '../../../core/tree/tree-event.ts';
import { visibleNodes } from '../../../core/tree/visible-nodes.ts';

const node = (key: string, status: TreeNode['health']['status'] = 'Healthy', parent?: string): TreeNode => ({
  key,
  version: 'v1',
  uid: `uid-${key}`,
  health: { status },
  createdAt: '2026-01-01T00:00:00Z',
  ...(parent === undefined ? {} : { parent }),
});
const refOf = (key: string) => {
  const ref = refOfKey(key);
  if (ref === undefined) throw new Error(`${key} is no key`);
  return ref;
};
const owned = (owners: readonly object[]) => ({ metadata: { ownerReferences: owners as never } });

describe('the facts of a node', () => {
  it('of a Pod: readiness, reason, node, images and restarts', () => {
    const facts = nodeFactsOf({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { nodeName: 'node-1', containers: [{ image: 'web:1' }, { image: 'log:2' }], initContainers: [{ image: 'web:1' }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          { ready: true, restartCount: 1 },
          { ready: false, restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
    });
    expect(facts).toEqual({
      version: 'v1',
      uid: 'u',
      createdAt: '2026-01-01T00:00:00Z',
      images: ['web:1', 'log:2'],
      restarts: 5,
      info: ['1/2 ready', 'CrashLoopBackOff', 'node-1'],
    });
  });

  it('of a Secret: nothing but who it is (S10)', () => {
    const facts = nodeFactsOf({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { uid: 'u' },
      data: { password: 'eA==' },
      type: 'Opaque',
    });
    expect(facts).toEqual({ version: 'v1', uid: 'u', createdAt: '' });
  });

  it('are bounded, and survive any form of an object', () => {
    const long = 'x'.repeat(5_000);
    const facts = nodeFactsOf({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: null,
      spec: { replicas: 'many', template: { spec: { containers: [null, 'x', { image: long }, { image: 7 }] } } },
      status: [],
    });
    expect(facts.images).toEqual([`${'x'.repeat(199)}…`]);
  });
});

describe('owners', () => {
  it('are named by the object, the controller first', () => {
    const object = owned([
      { apiVersion: 'v1', kind: 'Node', name: 'n' },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', controller: true },
    ]);
    expect(ownerKeysOf(object, refOf('/Pod/shop/web-1-a'))).toEqual([
      'apps/ReplicaSet/shop/web-1',
      'apps/ReplicaSet//web-1',
      '/Node/shop/n',
      '/Node//n',
    ]);
  });
  it('of a claim without any are the sets that its name can mean', () =>
    expect(ownerKeysOf({ metadata: {} }, refOf('/PersistentVolumeClaim/shop/data-my-db-0'))).toEqual([
      'apps/StatefulSet/shop/my-db',
      'apps/StatefulSet/shop/db',
    ]));
  it('of anything else without any are none, however broken the references are', () => {
    expect(ownerKeysOf({ metadata: {} }, refOf('/Pod/shop/a'))).toEqual([]);
    expect(ownerKeysOf(owned([{ kind: 7 }, { kind: 'X' }]), refOf('/Pod/shop/a'))).toEqual([]);
  });
  it('ReplicaSets of earlier revisions and leases are left out', () => {
    const set = (replicas: number) => ({ spec: { replicas }, status: { replicas: 0 } });
    expect(isLeftOut(set(0), refOf('apps/ReplicaSet/shop/a'))).toBe(true);
    expect(isLeftOut(set(1), refOf('apps/ReplicaSet/shop/a'))).toBe(false);
    expect(isLeftOut({}, refOf('apps/ControllerRevision/shop/a'))).toBe(true);
  });
});

describe('the nodes that are told of', () => {
  it('are all, when they are few', () => {
    const all = new Map([node('a'), node('b')].map((one) => [one.key, one]));
    expect(visibleNodes(all, 2)).toBe(all);
  });
  it('are the worst with what owns them, when they are many', () => {
    const list = [
      node('root'),
      node('set', 'Progressing', 'root'),
      ...Array.from({ length: 20 }, (_, i) => node(`fine-${i}`)),
      node('pod', 'Degraded', 'set'),
    ];
    const visible = visibleNodes(new Map(list.map((one) => [one.key, one])), 4);
    expect([...visible.keys()]).toEqual(['pod', 'set', 'root', 'fine-0']);
  });
  it('are chosen even when owners own each other', () => {
    const list = [node('a', 'Degraded', 'b'), node('b', 'Healthy', 'a'), node('c')];
    expect(visibleNodes(new Map(list.map((one) => [one.key, one])), 2).size).toBe(2);
  });
});

describe('a delta', () => {
  const delta = (change: Partial<TreeDelta>): TreeDelta => ({
    app: 'web',
    full: false,
    changed: [],
    gone: [],
    more: 0,
    observedAt: 1,
    ...change,
  });
  it('that is not the whole needs a tree', () => expect(applyDelta(undefined, delta({}))).toBeUndefined());
  it('changes, adds and takes away; done again it changes nothing', () => {
    const before = applyDelta(undefined, delta({ full: true, changed: [node('a'), node('b')] }));
    const change = delta({ changed: [node('b', 'Degraded'), node('c')], gone: ['a'], observedAt: 2 });
    const after = applyDelta(before, change);
    expect(after?.nodes.map(({ key, health }) => [key, health.status])).toEqual([
      ['b', 'Degraded'],
      ['c', 'Healthy'],
    ]);
    expect(applyDelta(after, change)).toEqual(after);
  });
  it('of a whole tree gives the tree', () => {
    const tree = { nodes: [node('a')], more: 3, unread: ['/Pod'], observedAt: 5 };
    expect(applyDelta(undefined, wholeTree('web', tree))).toEqual(tree);
  });
});

describe('an event', () => {
  const event = {
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    type: 'Warning',
    reason: 'Failed',
    message: `login with password=hunter2 failed ${'x'.repeat(1_000)}`,
    count: 4,
    lastTimestamp: '2026-01-02T00:00:00Z',
  };
  it('is about an object', () => expect(subjectOf(event)).toBe('apps/Deployment/shop/web'));
  it('is told without what looks like a secret, and bounded (S10)', () => {
    const told = toTreeEvent(event);
    expect(told).toMatchObject({ type: 'Warning', reason: 'Failed', count: 4, last: '2026-01-02T00:00:00Z' });
    expect(told.message).not.toContain('hunter2');
    expect(told.message.length).toBeLessThan(450);
  });
  it('of the newer kind counts by its series', () =>
    expect(toTreeEvent({ ...event, count: 0, series: { count: 9, lastObservedTime: '2026-01-03T00:00:00Z' } })).toMatchObject({
      count: 9,
      last: '2026-01-03T00:00:00Z',
    }));
});
