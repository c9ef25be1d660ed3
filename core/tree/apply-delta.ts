import type { AppTree, TreeDelta, TreeNode } from '../api/tree.ts';
import type { ObjectKey } from '../objects/object.ts';

/**
 * What a delta makes of a tree. undefined when it is not the whole and there is nothing to apply it to: then the whole has to be asked for.
 * Applying the same delta again changes nothing.
 */
export function applyDelta(tree: AppTree | undefined, delta: TreeDelta): AppTree | undefined {
  if (tree === undefined && !delta.full) return undefined;
  const nodes = new Map<ObjectKey, TreeNode>((delta.full ? [] : (tree?.nodes ?? [])).map((node) => [node.key, node]));
  for (const key of delta.gone) nodes.delete(key);
  for (const node of delta.changed) nodes.set(node.key, node);
  const { more, observedAt, unread } = delta;
  return { nodes: [...nodes.values()], more, observedAt, ...(unread === undefined ? {} : { unread }) };
}

/** A tree as the first message of a stream says it. */
export function wholeTree(app: string, tree: AppTree): TreeDelta {
  const { nodes, more, observedAt = 0, unread } = tree;
  return { app, full: true, changed: nodes, gone: [], more, observedAt, ...(unread === undefined ? {} : { unread }) };
}
