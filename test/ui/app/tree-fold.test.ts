import { describe, expect, test } from 'vitest';
import type { TreeNode } from '../../../core/api/tree.ts';
import { foldItems, plural, type TreeEntry } from '../../../ui/app/tree/tree-fold.ts';
import { buildItems } from '../../../ui/app/tree/tree-model.ts';
import { DEPLOYMENT, NEW_SET, node, OLD_SET, pod } from './tree-items.ts';

const fold = (nodes: readonly TreeNode[], opened: readonly string[] = []) =>
  foldItems(buildItems({ tree: { nodes, more: 0 }, resources: [], drift: [] }), new Set(opened));
const words = (entries: readonly TreeEntry[]) => entries.map((entry) => (entry.kind === 'fold' ? entry.title : entry.id));
const pods = (count: number, status: 'Healthy' | 'Degraded' = 'Healthy', name = 'pod') =>
  Array.from({ length: count }, (_, i) => node(pod(`${name}-${i}`), NEW_SET, status));

describe('folding', () => {
  const rollout = [node(DEPLOYMENT), node(OLD_SET, DEPLOYMENT), node(NEW_SET, DEPLOYMENT), node(pod('a'), NEW_SET)];

  test('puts away ReplicaSets that run nothing beside one that does', () => {
    expect(words(fold(rollout))).toEqual([DEPLOYMENT, '1 earlier ReplicaSet', NEW_SET, pod('a')]);
  });

  test('keeps a ReplicaSet whose Pods never came, and one that is alone', () => {
    const failed = [node(DEPLOYMENT), node(OLD_SET, DEPLOYMENT, 'Degraded'), node(NEW_SET, DEPLOYMENT), node(pod('a'), NEW_SET)];
    expect(words(fold(failed))).toContain(OLD_SET);
    expect(words(fold([node(DEPLOYMENT), node(OLD_SET, DEPLOYMENT)]))).toContain(OLD_SET);
  });

  test('makes one of many Pods of the same health, and leaves the broken one in sight', () => {
    const entries = fold([node(DEPLOYMENT), node(NEW_SET, DEPLOYMENT), ...pods(12), ...pods(1, 'Degraded', 'broken')]);
    expect(words(entries)).toEqual([DEPLOYMENT, NEW_SET, pod('broken-0'), '12 Pods']);
  });

  test('never hides the objects of Git behind a fold', () => {
    const many = Array.from({ length: 20 }, (_, i) => node(`/ConfigMap/shop/c-${i}`));
    expect(words(fold(many))).toHaveLength(20);
  });

  test('that a person opened shows what it holds', () => {
    const nodes = [node(DEPLOYMENT), node(NEW_SET, DEPLOYMENT), ...pods(8)];
    const closed = fold(nodes).find(({ kind }) => kind === 'fold');
    expect(words(fold(nodes, [closed?.id ?? '']))).toHaveLength(2 + 1 + 8);
  });
});

test.each([
  ['Pod', 2, 'Pods'],
  ['Pod', 1, 'Pod'],
  ['NetworkPolicy', 3, 'NetworkPolicies'],
  ['Gateway', 2, 'Gateways'],
  ['Ingress', 2, 'Ingresses'],
])('%s, %i of them, are %s', (kind, count, text) => expect(plural(kind, count)).toBe(text));
