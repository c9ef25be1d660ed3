import { Graph, layout } from '@dagrejs/dagre';
import type { TreeEntry } from './tree-fold.ts';

/** Size of every node of the graph in pixels; the styles of the nodes rely on it. */
export const NODE = { width: 270, height: 66 } as const;

/** The App itself, at which everything begins. */
export const ROOT_ID = '#app';

export interface Placed {
  readonly id: string;
  /** Of the upper left corner. */
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** Places the App and its entries from left to right, owners left of what they own. The same entries give the same places. */
export function layoutTree(entries: readonly TreeEntry[]): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 48, ranker: 'tight-tree' });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = [ROOT_ID, ...entries.map(({ id }) => id)];
  for (const id of ids) graph.setNode(id, { ...NODE });
  const edges = entries.map(({ id, parent }) => ({ from: parent ?? ROOT_ID, to: id }));
  for (const { from, to } of edges) graph.setEdge(from, to);
  // The order of the entries is kept: a tree has no crossings that better places could avoid.
  layout(graph, { disableOptimalOrderHeuristic: true });
  const nodes = ids.map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: x - NODE.width / 2, y: y - NODE.height / 2 };
  });
  return { nodes, edges };
}
