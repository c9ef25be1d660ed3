import type { ActivityEvent } from '../../core/api/activity.ts';

/** Which events are shown; it lives in the address. Empty parts do not restrict. */
export interface ActivityFilter {
  readonly cluster: string;
  readonly app: string;
  readonly kind: string;
  readonly actor: string;
}

const PARTS = ['cluster', 'app', 'kind', 'actor'] as const;

export function parseActivityFilter(params: URLSearchParams): ActivityFilter {
  const [cluster = '', app = '', kind = '', actor = ''] = PARTS.map((part) => params.get(part) ?? '');
  return { cluster, app, kind, actor };
}

/** The parts that restrict, as the query of the API and of the address. */
export function toQuery(filter: ActivityFilter): { [part in keyof ActivityFilter]?: string } {
  return Object.fromEntries(PARTS.flatMap((part) => (filter[part] === '' ? [] : [[part, filter[part]]])));
}

/** Whether the API would give this event for the filter: those that come live are sorted out here. */
export function isShown(event: ActivityEvent, filter: ActivityFilter): boolean {
  return PARTS.every((part) => filter[part] === '' || event[part] === filter[part]);
}

/** Events that came live before those that were asked for, each once, newest first. */
export function mergeEvents(live: readonly ActivityEvent[], asked: readonly ActivityEvent[]): readonly ActivityEvent[] {
  const seen = new Set<string>();
  return [...live, ...asked].filter(({ cluster, seq }) => {
    const key = `${cluster}#${seq}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
