import type { TreeEvent } from '../../core/api/tree.ts';
import { type ObjectKey, refOfKey } from '../../core/objects/object.ts';
import { toTreeEvent } from '../../core/tree/tree-event.ts';
import type { ClusterApi } from '../cluster/cluster-api.ts';

export type EventSource = Pick<ClusterApi, 'list' | 'kindOf'>;

const MAX_READ = 200;
const MAX_TOLD = 20;

/** The newest events about one object; none when they cannot be read, for the object itself is worth showing without them. */
export async function eventsOf(api: EventSource, key: ObjectKey): Promise<TreeEvent[]> {
  const ref = refOfKey(key);
  const kind = api.kindOf('v1', 'Event');
  if (ref === undefined || kind === undefined) return [];
  const parts = { 'involvedObject.kind': ref.kind, 'involvedObject.name': ref.name, 'involvedObject.namespace': ref.namespace };
  const fieldSelector = Object.entries(parts)
    .flatMap(([field, value]) => (value === '' ? [] : [`${field}=${value}`]))
    .join(',');
  const page = await api.list(kind, { limit: MAX_READ, metadataOnly: false, fieldSelector });
  if (!page.ok) return [];
  return page.value.items
    .map(({ object }) => toTreeEvent(object))
    .sort((a, b) => (a.last < b.last ? 1 : -1))
    .slice(0, MAX_TOLD);
}
