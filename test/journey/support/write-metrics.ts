import type { ClusterObjects } from './cluster-objects.ts';

/** Verbs of `apiserver_request_total` that change something. */
const WRITE_VERBS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);
/** Written all the time by the control plane and by kwok, never by the agent. */
const BACKGROUND: ReadonlySet<string> = new Set([
  'leases',
  'events',
  'nodes',
  'pods',
  'tokenreviews',
  'subjectaccessreviews',
  'selfsubjectreviews',
]);

/** Writes that the API server has counted so far, of everybody, by `verb resource`; dry-runs are not among them. */
export type WriteCounts = ReadonlyMap<string, number>;

/** Reads `apiserver_request_total`, which has no label for the user: so tests compare it in moments when only the agent could write. */
export async function readWrites(objects: ClusterObjects): Promise<WriteCounts> {
  const counts = new Map<string, number>();
  for (const line of (await objects.text('/metrics')).split('\n')) {
    const match = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line);
    if (match === null) continue;
    const labels = new Map([...(match[1] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value ?? '']));
    const verb = labels.get('verb') ?? '';
    const resource = labels.get('resource') ?? '';
    if (!WRITE_VERBS.has(verb) || BACKGROUND.has(resource) || labels.get('dry_run') !== '') continue;
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(match[2]));
  }
  return counts;
}

/** What was written between two readings. */
export function writesBetween(before: WriteCounts, after: WriteCounts): Record<string, number> {
  const grown = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count !== 0));
}
