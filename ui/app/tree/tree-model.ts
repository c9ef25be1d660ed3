import type { AppTree, TreeDelta, TreeNode } from '../../../core/api/tree.ts';
import type { Drift, Health, HealthStatus, ResourceStatus, SyncStatus } from '../../../core/app/status.ts';
import type { ObjectKey, ObjectRef } from '../../../core/objects/object.ts';
import { refOfKey } from '../../../core/objects/object.ts';

/** One object of an App as the page shows it: what the tree says of it, and for the App's own objects what the sync says. */
export interface TreeItem {
  readonly key: ObjectKey;
  readonly ref: ObjectRef;
  readonly version: string;
  /** Its owner among the items; undefined for what hangs on the App itself. */
  readonly parent?: ObjectKey;
  /** True when Git has it: then it has a sync status, and can be selected for a sync. */
  readonly isOwn: boolean;
  readonly sync?: SyncStatus;
  readonly health: Health;
  readonly drift?: Drift;
  readonly problem?: string;
  readonly createdAt?: string;
  readonly images: readonly string[];
  readonly restarts: number;
  readonly info: readonly string[];
  readonly events: NonNullable<TreeNode['events']>;
}

export interface TreeSources {
  readonly tree: AppTree;
  readonly resources: readonly ResourceStatus[];
  readonly drift: readonly Drift[];
}

export const EMPTY_TREE: AppTree = { nodes: [], more: 0 };

/** Worst first: the order in which people want to hear of it. */
export const HEALTH_ORDER: readonly HealthStatus[] = ['Degraded', 'Missing', 'Progressing', 'Unknown', 'Suspended', 'Healthy'];

/** The worse of two: what a group of objects is. */
export function worseHealth(a: HealthStatus, b: HealthStatus): HealthStatus {
  return HEALTH_ORDER.indexOf(a) <= HEALTH_ORDER.indexOf(b) ? a : b;
}

/** The tree after a delta of the stream; a full one replaces it. */
export function applyDelta(tree: AppTree, delta: TreeDelta): AppTree {
  const nodes = new Map(delta.full ? [] : tree.nodes.map((node) => [node.key, node]));
  for (const key of delta.gone) nodes.delete(key);
  for (const node of delta.changed) nodes.set(node.key, node);
  return { nodes: [...nodes.values()], more: delta.more, observedAt: delta.observedAt };
}

/**
 * The items of an App, every owner before what it owns, siblings by kind and name. The App's own objects come from its status, so a missing one
 * is there too, and all of them are while the agent has not told of the tree. A node whose owner is unknown (or owns itself in a circle)
 * hangs on the App: nothing is lost.
 */
export function buildItems({ tree, resources, drift }: TreeSources): readonly TreeItem[] {
  const drifts = new Map(drift.map((one) => [one.key, one]));
  const nodes = new Map(tree.nodes.map((node) => [node.key, node]));
  const own = new Map(resources.map((resource) => [resource.key, resource]));
  const items = [...new Set([...own.keys(), ...nodes.keys()])].flatMap((key) => {
    const item = toItem(key, nodes.get(key), own.get(key), drifts.get(key));
    return item === undefined ? [] : [item];
  });
  return inOrder(items);
}

function toItem(
  key: ObjectKey,
  node: TreeNode | undefined,
  own: ResourceStatus | undefined,
  drift: Drift | undefined,
): TreeItem | undefined {
  const ref = refOfKey(key);
  if (ref === undefined) return undefined;
  return {
    key,
    ref,
    version: node?.version ?? own?.version ?? '',
    // The live tree hears of health first; an object that it lacks has only its status.
    health: node?.health ?? own?.health ?? { status: 'Unknown' },
    isOwn: own !== undefined,
    images: node?.images ?? [],
    restarts: node?.restarts ?? 0,
    info: node?.info ?? [],
    events: node?.events ?? [],
    ...(node?.parent === undefined ? {} : { parent: node.parent }),
    ...(own === undefined ? {} : { sync: own.sync }),
    ...(own?.problem === undefined ? {} : { problem: own.problem.message }),
    ...(drift === undefined ? {} : { drift }),
    ...(node === undefined ? {} : { createdAt: node.createdAt }),
  };
}

function inOrder(items: readonly TreeItem[]): readonly TreeItem[] {
  const known = new Set(items.map(({ key }) => key));
  const children = Map.groupBy(items, ({ parent }) => (parent !== undefined && known.has(parent) ? parent : ''));
  for (const siblings of children.values()) siblings.sort(bySibling);
  const ordered: TreeItem[] = [];
  const seen = new Set<ObjectKey>();
  const add = (item: TreeItem, isRoot: boolean): void => {
    if (seen.has(item.key)) return;
    seen.add(item.key);
    const { parent: _, ...root } = item;
    ordered.push(isRoot ? root : item);
    for (const child of children.get(item.key) ?? []) add(child, false);
  };
  for (const item of children.get('') ?? []) add(item, true);
  // What is left owns itself in a circle.
  for (const item of items) add(item, true);
  return ordered;
}

function bySibling(a: TreeItem, b: TreeItem): number {
  return compare(a.ref.kind, b.ref.kind) || compare(a.ref.namespace, b.ref.namespace) || compare(a.ref.name, b.ref.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
