import type { TreeNode } from '../api/tree.ts';
import type { HealthStatus } from '../app/status.ts';
import type { ObjectKey } from '../objects/object.ts';

/** How many nodes of an App are told of. */
const MAX_NODES = 500;

/** Worst first; what only has not begun comes after what is broken. */
const ORDER: readonly HealthStatus[] = ['Degraded', 'Unknown', 'Missing', 'Progressing', 'Suspended', 'Healthy'];

/**
 * The nodes that are told of when there are more than `max`: those in the worst health, each with what owns it, so that the tree hangs together; within the
 * same health in the order of their keys, so that the choice stays the same. Gives them all when they are few enough.
 */
export function visibleNodes(nodes: ReadonlyMap<ObjectKey, TreeNode>, max: number = MAX_NODES): ReadonlyMap<ObjectKey, TreeNode> {
  if (nodes.size <= max) return nodes;
  const sorted = [...nodes.values()].sort(
    (a, b) => ORDER.indexOf(a.health.status) - ORDER.indexOf(b.health.status) || (a.key < b.key ? -1 : 1),
  );
  const chosen = new Map<ObjectKey, TreeNode>();
  for (const node of sorted) {
    if (chosen.size >= max) break;
    const line = lineOf(node, nodes, chosen);
    if (chosen.size + line.length > max) continue;
    for (const one of line) chosen.set(one.key, one);
  }
  return chosen;
}

/** A node and those above it that are not chosen yet. */
function lineOf(
  node: TreeNode,
  nodes: ReadonlyMap<ObjectKey, TreeNode>,
  chosen: ReadonlyMap<ObjectKey, TreeNode>,
): readonly TreeNode[] {
  const line: TreeNode[] = [];
  let at: TreeNode | undefined = node;
  while (at !== undefined && !chosen.has(at.key) && !line.includes(at)) {
    line.push(at);
    at = at.parent === undefined ? undefined : nodes.get(at.parent);
  }
  return line;
}
