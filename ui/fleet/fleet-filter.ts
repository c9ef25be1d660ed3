import type { AppRow } from '../../core/api/board.ts';
import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';

/**
 * What of the list is shown and in which order. It lives in the address (`?q=shop&health=Degraded,Missing&group=cluster`), so that a view can be kept,
 * shared, and left by the browser's way back. Unknown values are dropped; what is as usual is not written.
 */
export interface FleetFilter {
  readonly search: string;
  readonly clusters: readonly string[];
  readonly projects: readonly string[];
  /** `team=web`, or `team` for any value. */
  readonly labels: readonly string[];
  readonly sync: readonly SyncStatus[];
  readonly health: readonly HealthStatus[];
  readonly problemsOnly: boolean;
  readonly sort: Sort;
  readonly group: Group;
}

export const SORTS = ['name', 'worst', 'newest', 'cluster'] as const;
export type Sort = (typeof SORTS)[number];
/** `label:<name>` puts those with the same value of a label together. */
export type Group = 'none' | 'cluster' | 'project' | `label:${string}`;

export const HEALTH: readonly HealthStatus[] = ['Degraded', 'Missing', 'Progressing', 'Suspended', 'Unknown', 'Healthy'];
export const SYNC: readonly SyncStatus[] = ['OutOfSync', 'Unknown', 'Synced'];

export const EVERYTHING: FleetFilter = {
  search: '',
  clusters: [],
  projects: [],
  labels: [],
  sync: [],
  health: [],
  problemsOnly: false,
  sort: 'name',
  group: 'none',
};

export function parseFilter(params: URLSearchParams): FleetFilter {
  const list = (name: string) => (params.get(name) ?? '').split(',').filter((part) => part !== '');
  const known = <T extends string>(name: string, all: readonly T[]) => all.filter((one) => list(name).includes(one));
  const group = params.get('group') ?? '';
  return {
    search: params.get('q') ?? '',
    clusters: list('cluster'),
    projects: list('project'),
    labels: list('label'),
    sync: known('sync', SYNC),
    health: known('health', HEALTH),
    problemsOnly: params.has('problems'),
    sort: SORTS.find((sort) => sort === params.get('sort')) ?? 'name',
    group: isGroup(group) ? group : 'none',
  };
}

export function toSearchParams(filter: FleetFilter): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string) => value !== '' && params.set(name, value);
  set('q', filter.search);
  set('cluster', filter.clusters.join(','));
  set('project', filter.projects.join(','));
  set('label', filter.labels.join(','));
  set('sync', filter.sync.join(','));
  set('health', filter.health.join(','));
  if (filter.problemsOnly) params.set('problems', '1');
  if (filter.sort !== 'name') params.set('sort', filter.sort);
  if (filter.group !== 'none') params.set('group', filter.group);
  return params;
}

function isGroup(text: string): text is Group {
  return text === 'cluster' || text === 'project' || /^label:./.test(text);
}

/** Somebody should look at it. */
export function isProblem(row: AppRow): boolean {
  return row.why?.severity === 'bad' || row.health === 'Degraded' || row.health === 'Missing';
}

/** The rows that a filter lets through, in its order. */
export function filterRows(rows: readonly AppRow[], filter: FleetFilter): readonly AppRow[] {
  const words = filter.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const isShown = (row: AppRow) =>
    isIn(filter.clusters, row.cluster) &&
    isIn(filter.projects, row.project) &&
    isIn(filter.sync, row.sync) &&
    isIn(filter.health, row.health) &&
    (!filter.problemsOnly || isProblem(row)) &&
    filter.labels.every((label) => hasLabel(row, label)) &&
    words.every((word) => matches(row, word));
  return sortRows(rows.filter(isShown), filter.sort);
}

function isIn<T>(wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function hasLabel(row: AppRow, label: string): boolean {
  const at = label.indexOf('=');
  return at === -1 ? label in row.labels : row.labels[label.slice(0, at)] === label.slice(at + 1);
}

function matches(row: AppRow, word: string): boolean {
  const { app, cluster, project, namespace, subject, author, repo, path, why } = row;
  if (row.revision.startsWith(word)) return true;
  return [app, cluster, project, namespace, subject, author, repo, path, why?.text ?? ''].some((text) =>
    text.toLowerCase().includes(word),
  );
}

const SEVERITY = { bad: 0, wait: 1, info: 2 } as const;

function badness(row: AppRow): number {
  const byHealth = HEALTH.indexOf(row.health);
  return (row.why === undefined ? 3 : SEVERITY[row.why.severity]) * HEALTH.length + byHealth;
}

/** Rows come sorted by name, and stay so where the order says nothing. */
function sortRows(rows: readonly AppRow[], sort: Sort): readonly AppRow[] {
  if (sort === 'worst') return [...rows].sort((a, b) => badness(a) - badness(b));
  if (sort === 'newest') return [...rows].sort((a, b) => b.since - a.since);
  if (sort === 'cluster') return [...rows].sort((a, b) => (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : 0));
  return rows;
}
