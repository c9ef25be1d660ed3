import type { HealthStatus, SyncStatus } from '../../../core/app/status.ts';
import type { TreeItem } from './tree-model.ts';

/** What the person wants to see of a tree; empty parts let everything through. It is kept in the page's address. */
export interface TreeFilter {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly health: readonly HealthStatus[];
  readonly sync: readonly SyncStatus[];
}

export const NO_FILTER: TreeFilter = { text: '', kinds: [], health: [], sync: [] };

const HEALTHS: readonly string[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];
const SYNCS: readonly string[] = ['Synced', 'OutOfSync', 'Unknown'];

/** Reads a filter from a query string (`q=web&kind=Pod&health=Degraded`); what it does not know is left out. */
export function parseTreeFilter(search: string): TreeFilter {
  const query = new URLSearchParams(search);
  const among = (name: string, words: readonly string[]) => query.getAll(name).filter((word) => words.includes(word));
  return {
    text: query.get('q') ?? '',
    kinds: query.getAll('kind'),
    // Both were just compared with the words of their type.
    health: among('health', HEALTHS) as HealthStatus[],
    sync: among('sync', SYNCS) as SyncStatus[],
  };
}

/** The query string of a filter, without `?`; empty for none. */
export function writeTreeFilter(filter: TreeFilter): string {
  const query = new URLSearchParams();
  if (filter.text !== '') query.set('q', filter.text);
  for (const kind of filter.kinds) query.append('kind', kind);
  for (const status of filter.health) query.append('health', status);
  for (const status of filter.sync) query.append('sync', status);
  return query.toString();
}

export function isFiltering(filter: TreeFilter): boolean {
  return writeTreeFilter(filter) !== '';
}

/** The items that the filter means, with everything between them and the App, in the order of the items. Words of the text must all occur. */
export function filterItems(items: readonly TreeItem[], filter: TreeFilter): readonly TreeItem[] {
  if (!isFiltering(filter)) return items;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const byKey = new Map(items.map((item) => [item.key, item]));
  const kept = new Set<string>();
  for (const item of items) {
    if (!isMeant(item, filter, words)) continue;
    let at: TreeItem | undefined = item;
    while (at !== undefined && !kept.has(at.key)) {
      kept.add(at.key);
      at = at.parent === undefined ? undefined : byKey.get(at.parent);
    }
  }
  return items.filter(({ key }) => kept.has(key));
}

function isMeant(item: TreeItem, { kinds, health, sync }: TreeFilter, words: readonly string[]): boolean {
  const text = [item.key, ...item.images, ...item.info].join(' ').toLowerCase();
  return (
    (kinds.length === 0 || kinds.includes(item.ref.kind)) &&
    (health.length === 0 || health.includes(item.health.status)) &&
    (sync.length === 0 || (item.sync !== undefined && sync.includes(item.sync))) &&
    words.every((word) => text.includes(word))
  );
}
