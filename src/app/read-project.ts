import type { ProjectKind, ProjectRules } from '../../core/app/settings.ts';
import type { Manifest } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { type ControlAnnotations, isControlKey, readControlAnnotations } from './control-annotations.ts';
import { isObjectName } from './names.ts';
import { PLUMBLINE_PREFIX } from './plumbline-annotations.ts';
import { PROJECT_SHAPE } from './project-shape.ts';
import { invalid, type Notes, readShape, type Shaped, warn } from './shape.ts';
import { type ProjectWindow, readSyncWindows } from './sync-windows.ts';

type Spec = NonNullable<Shaped<typeof PROJECT_SHAPE>['spec']>;

/** An AppProject, parsed: what its Apps may do, where and when. */
export interface Project {
  readonly name: string;
  readonly sourceRepos: readonly string[];
  readonly destinations: NonNullable<Spec['destinations']>;
  readonly sourceNamespaces: readonly string[];
  readonly windows: readonly ProjectWindow[];
  readonly serviceAccounts: NonNullable<Spec['destinationServiceAccounts']>;
  /** What the agent checks of each object; the destinations are added for each cluster. */
  readonly objects: Omit<ProjectRules, 'destinations'>;
  /** Going back and approvals, for Applications that say nothing of it themselves. */
  readonly control: ControlAnnotations;
  readonly file: string;
  readonly line: number;
}

/** A list longer than this is no list that somebody wrote. */
const MAX_ENTRIES = 1_000;

/** Reads an AppProject; undefined when the notes' refusals say why it cannot be used: then none of its Apps is deployed. */
export function readProject({ manifest, file, line }: ManifestDocument, notes: Notes): Project | undefined {
  const { name } = manifest.metadata;
  if (!isObjectName(name)) invalid(notes, 'metadata.name', 'is not a name that Kubernetes allows');
  const { spec = {} } = readShape(manifest, { shape: PROJECT_SHAPE, path: '', notes });
  for (const [field, entries] of Object.entries(spec))
    if (Array.isArray(entries) && entries.length > MAX_ENTRIES)
      invalid(notes, `spec.${field}`, `has more than ${MAX_ENTRIES} entries`);
  if (notes.refusals.length > 0) return undefined;
  checkNoBareDenial(spec, notes);
  const windows = readSyncWindows(spec.syncWindows ?? [], notes);
  const objects = readObjectRules(name, spec, notes);
  const control = readProjectControl(manifest, notes);
  if ((spec.destinations ?? []).length === 0 || (spec.sourceRepos ?? []).length === 0)
    warn(notes, 'spec', 'without sourceRepos and destinations nothing may be deployed');
  if (notes.refusals.length > 0) return undefined;
  return {
    name,
    sourceRepos: spec.sourceRepos ?? [],
    destinations: spec.destinations ?? [],
    sourceNamespaces: spec.sourceNamespaces ?? [],
    windows,
    serviceAccounts: spec.destinationServiceAccounts ?? [],
    objects,
    control,
    file,
    line,
  };
}

/** Of Plumbline's annotations only those of control-annotations.ts mean something here: one that is misspelled must not be skipped in silence. */
function readProjectControl(manifest: Manifest, notes: Notes): ControlAnnotations {
  for (const key of Object.keys(manifest.metadata.annotations ?? {}))
    if (key.startsWith(PLUMBLINE_PREFIX) && !isControlKey(key.slice(PLUMBLINE_PREFIX.length)))
      invalid(notes, `metadata.annotations ${key.slice(0, 80)}`, 'is not an annotation that Plumbline knows on an AppProject');
  return readControlAnnotations(manifest, notes);
}

/** https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/app_project_types.go#L189 */
function checkNoBareDenial(spec: Spec, notes: Notes): void {
  for (const [index, repo] of (spec.sourceRepos ?? []).entries())
    if (repo === '!*') invalid(notes, `spec.sourceRepos[${index}]`, 'must not be `!*`');
  for (const [index, destination] of (spec.destinations ?? []).entries())
    for (const [field, value] of Object.entries(destination))
      if (value === '!*') invalid(notes, `spec.destinations[${index}].${field}`, 'must not be `!*`');
  for (const [index, account] of (spec.destinationServiceAccounts ?? []).entries()) {
    const path = `spec.destinationServiceAccounts[${index}]`;
    // S05: a name is a name, not a command.
    if (!/^(?:[a-z0-9.-]+:)?[a-z0-9.-]+$/.test(account.defaultServiceAccount ?? ''))
      invalid(notes, `${path}.defaultServiceAccount`, 'is not the name of a ServiceAccount, nor `<namespace>:<name>`');
    for (const field of ['server', 'namespace'] as const)
      if (account[field]?.includes('!') === true) invalid(notes, `${path}.${field}`, 'must not hold `!`');
  }
}

function readObjectRules(name: string, spec: Spec, notes: Notes): Omit<ProjectRules, 'destinations'> {
  const read = (
    field: 'clusterResourceWhitelist' | 'clusterResourceBlacklist' | 'namespaceResourceWhitelist' | 'namespaceResourceBlacklist',
  ) =>
    (spec[field] ?? []).map(
      ({ group = '', kind = '', ...rest }: { group?: string; kind?: string; name?: string }, index): ProjectKind => {
        if (kind === '') invalid(notes, `spec.${field}[${index}].kind`, 'is missing');
        return { group, kind, ...(rest.name === undefined || rest.name === '' ? {} : { name: rest.name }) };
      },
    );
  const orphaned = spec.orphanedResources;
  return {
    name,
    clusterAllow: read('clusterResourceWhitelist'),
    clusterDeny: read('clusterResourceBlacklist'),
    // Absent allows all; an empty list allows nothing.
    ...(spec.namespaceResourceWhitelist === undefined ? {} : { namespaceAllow: read('namespaceResourceWhitelist') }),
    namespaceDeny: read('namespaceResourceBlacklist'),
    ...(orphaned === undefined ? {} : { orphaned: { warn: orphaned.warn === true, ignore: orphaned.ignore ?? [] } }),
  };
}
