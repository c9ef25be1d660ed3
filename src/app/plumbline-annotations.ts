import type { AppPolicy, DeletionBudget, Dependency } from '../../core/app/policy.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { isControlKey } from './control-annotations.ts';
import { parseDuration } from './duration.ts';
import type { FleetContext } from './fleet-context.ts';
import { invalid, type Notes } from './shape.ts';

/**
 * Annotations of Plumbline's own, for what neither Argo CD nor Flux has a field for. They stand on an Application, Kustomization or HelmRelease:
 *
 *   plumbline.dev/drift            heal | warn | adopt
 *   plumbline.dev/deletion-budget  20 | 30% | 20,30%
 *   plumbline.dev/timeout          5m
 *   plumbline.dev/depends-on       infra, eu-1/database
 *   plumbline.dev/badge            public
 *
 * They only ever say more than the fields: a value that cannot be right refuses the App, because most of them protect something.
 */
export const PLUMBLINE_PREFIX = 'plumbline.dev/';

export interface OwnAnnotations {
  readonly drift?: NonNullable<AppPolicy['drift']>;
  readonly budget?: DeletionBudget;
  readonly timeoutSeconds?: number;
  readonly dependsOn?: readonly Dependency[];
}

/** Reads them; `app` is the App's id and cluster, which it cannot depend on. */
export function readOwnAnnotations(
  manifest: Manifest,
  app: { readonly id: string; readonly cluster: string; readonly context: FleetContext; readonly notes: Notes },
): OwnAnnotations {
  let read: OwnAnnotations = {};
  for (const [key, value] of Object.entries(manifest.metadata.annotations ?? {})) {
    // Those about going back and approvals are read by control-annotations.ts.
    if (!key.startsWith(PLUMBLINE_PREFIX) || isControlKey(key.slice(PLUMBLINE_PREFIX.length))) continue;
    const reader = READERS.get(key.slice(PLUMBLINE_PREFIX.length));
    const found = reader === undefined ? 'is not an annotation that Plumbline knows; check the spelling' : reader(value, app);
    if (typeof found === 'string') invalid(app.notes, `metadata.annotations ${key.slice(0, 80)}`, found);
    else read = { ...read, ...found };
  }
  return read;
}

/** Gives what an annotation means, or what it should be like. */
type Reader = (
  value: string,
  app: { readonly id: string; readonly cluster: string; readonly context: FleetContext },
) => OwnAnnotations | string;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    'drift',
    (value) => (value === 'heal' || value === 'warn' || value === 'adopt' ? { drift: value } : 'must be heal, warn or adopt'),
  ],
  ['deletion-budget', readBudget],
  [
    'timeout',
    (value) => {
      const timeoutSeconds = parseDuration(value);
      return timeoutSeconds === undefined ? 'must be a duration above zero such as 30s or 5m' : { timeoutSeconds };
    },
  ],
  ['depends-on', readDependencies],
  // What it means is read with the labels: it says nothing of how the App is synced.
  ['badge', (value) => (value === 'public' ? {} : 'must be public, or absent')],
]);

/** `20`, `30%` or `20,30%`: what is not named does not limit. */
function readBudget(value: string): OwnAnnotations | string {
  const match = /^\s*(?:(\d{1,6})\s*(?:,\s*(\d{1,3})%)?|(\d{1,3})%)\s*$/.exec(value);
  const percent = Number(match?.[2] ?? match?.[3] ?? 100);
  if (match === null || percent > 100) return 'must be a number of objects, a percentage, or both: 20,30%';
  return { budget: { count: Number(match[1] ?? 1_000_000), percent } };
}

const APP_ID = /^[a-z0-9][a-z0-9._-]{0,252}$/;
const MAX_DEPENDENCIES = 100;

function readDependencies(
  value: string,
  app: { readonly id: string; readonly cluster: string; readonly context: FleetContext },
): OwnAnnotations | string {
  const names = value.split(',').map((name) => name.trim());
  if (names.length > MAX_DEPENDENCIES) return `names more than ${MAX_DEPENDENCIES} Apps`;
  const dependsOn: Dependency[] = [];
  for (const name of names) {
    const [first = '', second] = name.split('/');
    const [cluster, id] = second === undefined ? [app.cluster, first] : [first, second];
    if (!APP_ID.test(id) || name.split('/').length > 2) return 'must list Apps as `web` or `eu-1/web`, with commas between them';
    if (!app.context.clusters.some((known) => known.name === cluster) && cluster !== app.context.defaultCluster)
      return `names a cluster that this fleet does not have: ${cluster.slice(0, 63)}`;
    if (cluster === app.cluster && id === app.id) return 'names the App itself';
    dependsOn.push(cluster === app.cluster ? { app: id } : { app: id, cluster });
  }
  return { dependsOn };
}
