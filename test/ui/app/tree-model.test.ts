import { describe, expect, test } from 'vitest';
import type { TreeDelta } from '../../../core/api/tree.ts';
import { applyDelta, buildItems, EMPTY_TREE } from '../../../ui/app/tree/tree-model.ts';
import { DEPLOYMENT, NEW_SET, node, pod, resource } from './tree-items.ts';

const delta = (parts: Partial<TreeDelta>): TreeDelta => ({
  app: 'web',
  full: false,
  changed: [],
  gone: [],
  more: 0,
  observedAt: 1,
  ...parts,
});

describe('a delta', () => {
  const tree = applyDelta(EMPTY_TREE, delta({ full: true, changed: [node(DEPLOYMENT), node(pod('a'), DEPLOYMENT)] }));

  test('changes, adds and takes away nodes', () => {
    const next = applyDelta(
      tree,
      delta({ changed: [node(DEPLOYMENT, undefined, 'Degraded'), node(pod('b'))], gone: [pod('a')], more: 3 }),
    );
    expect(next.nodes.map(({ key, health }) => [key, health.status])).toEqual([
      [DEPLOYMENT, 'Degraded'],
      [pod('b'), 'Healthy'],
    ]);
    expect(next.more).toBe(3);
  });

  test('that is full replaces everything', () => {
    expect(applyDelta(tree, delta({ full: true, changed: [node(NEW_SET)] })).nodes.map(({ key }) => key)).toEqual([NEW_SET]);
  });
});

describe('items', () => {
  test('stand behind their owners, siblings by kind and name', () => {
    const nodes = [node(pod('b'), NEW_SET), node(pod('a'), NEW_SET), node(NEW_SET, DEPLOYMENT), node(DEPLOYMENT)];
    const items = buildItems({
      tree: { nodes, more: 0 },
      resources: [resource('/Service/shop/web'), resource(DEPLOYMENT)],
      drift: [],
    });
    expect(items.map(({ key }) => key)).toEqual([DEPLOYMENT, NEW_SET, pod('a'), pod('b'), '/Service/shop/web']);
  });

  test('are there while the agent has told of no tree, and when an object is missing', () => {
    const items = buildItems({ tree: EMPTY_TREE, resources: [resource(DEPLOYMENT, 'OutOfSync', 'Missing')], drift: [] });
    expect(items).toMatchObject([{ key: DEPLOYMENT, isOwn: true, sync: 'OutOfSync', health: { status: 'Missing' } }]);
  });

  test('of an unknown owner and of a circle hang on the App', () => {
    const nodes = [node(pod('a'), 'apps/ReplicaSet/shop/gone'), node(pod('b'), pod('c')), node(pod('c'), pod('b'))];
    const items = buildItems({ tree: { nodes, more: 0 }, resources: [], drift: [] });
    expect(items.map(({ key, parent }) => [key, parent])).toEqual([
      [pod('a'), undefined],
      [pod('b'), undefined],
      [pod('c'), pod('b')],
    ]);
  });

  test('carry what drifted, and keys that are none are left out', () => {
    const drift = [
      { key: DEPLOYMENT, kind: 'changed', fields: ['/spec/replicas'], manager: 'kubectl', action: 'reported' },
    ] as const;
    const items = buildItems({ tree: { nodes: [node('nonsense')], more: 0 }, resources: [resource(DEPLOYMENT)], drift });
    expect(items).toMatchObject([{ key: DEPLOYMENT, drift: { manager: 'kubectl' } }]);
  });
});
