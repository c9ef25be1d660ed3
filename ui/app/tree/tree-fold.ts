import type { HealthStatus } from '../../../core/app/status.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';
import { type TreeItem, worseHealth } from './tree-model.ts';

/** A line of the tree: an object, or a fold that stands for several until it is opened. */
export type TreeEntry =
  | { readonly kind: 'object'; readonly id: string; readonly parent?: string; readonly item: TreeItem }
  | TreeFold;

export interface TreeFold {
  readonly kind: 'fold';
  readonly id: string;
  readonly parent?: string;
  /** `12 Pods`, `3 earlier ReplicaSets`. */
  readonly title: string;
  readonly health: HealthStatus;
  readonly keys: readonly ObjectKey[];
}

/** More siblings of one kind and health than this are shown as one. */
const MANY = 6;

/**
 * Folds what nobody reads one by one: ReplicaSets that run nothing any more beside one that does, and more than six children of one owner with the
 * same kind and the same health. `opened` holds the ids of the folds that the person opened. Gives entries, every owner before what it owns;
 * what a folded object owns is folded away with it.
 */
export function foldItems(items: readonly TreeItem[], opened: ReadonlySet<string>): readonly TreeEntry[] {
  const children = Map.groupBy(items, ({ parent }) => parent ?? '');
  const entries: TreeEntry[] = [];
  const add = (parent: ObjectKey): void => {
    const siblings = children.get(parent) ?? [];
    const isIdle = (item: TreeItem) => isIdleReplicaSet(item, children);
    const groups = [
      ...Map.groupBy(siblings, (item) => groupOf(item, isIdle(item) && siblings.some((one) => isRunning(one, children)))),
    ];
    for (const [group, members] of groups) {
      const id = `${parent}#${group}`;
      const isFolded = group.startsWith('idle/') ? members.length > 0 : parent !== '' && members.length > MANY;
      if (isFolded) entries.push(toFold(id, parent, members, group.startsWith('idle/')));
      if (isFolded && !opened.has(id)) continue;
      for (const item of members) {
        entries.push({ kind: 'object', id: item.key, item, ...(parent === '' ? {} : { parent }) });
        add(item.key);
      }
    }
  };
  add('');
  return entries;
}

function groupOf({ ref, health }: TreeItem, isIdle: boolean): string {
  return isIdle ? `idle/${ref.kind}` : `${ref.group}/${ref.kind}/${health.status}`;
}

function toFold(id: string, parent: ObjectKey, members: readonly TreeItem[], isIdle: boolean): TreeFold {
  const kind = members[0]?.ref.kind ?? '';
  const health = members.map((item) => item.health.status).reduce(worseHealth, 'Healthy');
  return {
    kind: 'fold',
    id,
    title: `${members.length} ${isIdle ? 'earlier ' : ''}${plural(kind, members.length)}`,
    health,
    keys: members.map(({ key }) => key),
    ...(parent === '' ? {} : { parent }),
  };
}

/** Kubernetes' plural of a kind, as people write it. */
export function plural(kind: string, count: number): string {
  if (count === 1 || kind === 'Endpoints') return kind;
  if (/(s|x|ch)$/.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

type Children = ReadonlyMap<string, readonly TreeItem[]>;

function isIdleReplicaSet({ key, ref, health }: TreeItem, children: Children): boolean {
  return ref.kind === 'ReplicaSet' && health.status !== 'Degraded' && (children.get(key) ?? []).length === 0;
}

function isRunning({ key, ref }: TreeItem, children: Children): boolean {
  return ref.kind === 'ReplicaSet' && (children.get(key) ?? []).length > 0;
}
