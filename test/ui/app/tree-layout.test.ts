import { describe, expect, test } from 'vitest';
import { foldItems } from '../../../ui/app/tree/tree-fold.ts';
import { layoutTree, NODE, ROOT_ID } from '../../../ui/app/tree/tree-layout.ts';
import { buildItems } from '../../../ui/app/tree/tree-model.ts';
import { computeMoves } from '../../../ui/app/tree/tree-moves.ts';
import { DEPLOYMENT, NEW_SET, node, pod } from './tree-items.ts';

const nodes = [
  node(DEPLOYMENT),
  node(NEW_SET, DEPLOYMENT),
  node(pod('a'), NEW_SET),
  node(pod('b'), NEW_SET),
  node('/Service/shop/web'),
];
const entries = foldItems(buildItems({ tree: { nodes, more: 0 }, resources: [], drift: [] }), new Set());

describe('the layout', () => {
  const { nodes: placed, edges } = layoutTree(entries);
  const at = (id: string) => placed.find((one) => one.id === id) ?? { x: Number.NaN, y: Number.NaN };

  test('goes from owners on the left to what they own on the right', () => {
    const xs = [ROOT_ID, DEPLOYMENT, NEW_SET, pod('a')].map((id) => at(id).x);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    expect(new Set(xs).size).toBe(4);
    expect(edges).toContainEqual({ from: ROOT_ID, to: '/Service/shop/web' });
  });

  test('lets no node lie upon another', () => {
    const overlaps = placed.filter((a) =>
      placed.some((b) => a.id < b.id && Math.abs(a.x - b.x) < NODE.width && Math.abs(a.y - b.y) < NODE.height),
    );
    expect(overlaps).toEqual([]);
  });

  test('is the same for the same entries', () => expect(layoutTree(entries)).toEqual({ nodes: placed, edges }));
});

describe('arrow keys', () => {
  const moves = computeMoves(entries, ROOT_ID);

  test('lead to the owner, to the owned, and along the column', () => {
    expect(moves.get(ROOT_ID)).toMatchObject({ right: DEPLOYMENT, left: undefined });
    expect(moves.get(DEPLOYMENT)).toEqual({ left: ROOT_ID, right: NEW_SET, up: undefined, down: '/Service/shop/web' });
    expect(moves.get(pod('b'))).toEqual({ left: NEW_SET, right: undefined, up: pod('a'), down: undefined });
  });
});
