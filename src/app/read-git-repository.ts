import type { ManifestDocument } from '../../core/objects/parse.ts';
import { parseDuration } from './duration.ts';
import { type FleetContext, knownRepositories } from './fleet-context.ts';
import { GIT_REPOSITORY_SHAPE } from './flux-shapes.ts';
import { parseRepositoryUrl, revisionFault } from './git-reference.ts';
import { FLUX_NAMESPACE, isNamespace, isObjectName } from './names.ts';
import { invalid, type Notes, readShape, type Shaped } from './shape.ts';

/** A Flux GitRepository, parsed: where Kustomizations that refer to it are read from. */
export interface GitSource {
  readonly namespace: string;
  readonly name: string;
  readonly repoURL: string;
  /** A full ref (`refs/heads/main`, `refs/tags/v1`), another full ref name, or a commit. */
  readonly revision: string;
  readonly intervalSeconds: number;
  /** Nothing new is to be fetched from it; what is deployed stays. */
  readonly suspended: boolean;
  readonly file: string;
  readonly line: number;
}

type Spec = NonNullable<Shaped<typeof GIT_REPOSITORY_SHAPE>['spec']>;

/** Reads a GitRepository; undefined when the notes' refusals say why it cannot be used. */
export function readGitRepository(document: ManifestDocument, context: FleetContext, notes: Notes): GitSource | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = FLUX_NAMESPACE } = manifest.metadata;
  if (!isObjectName(name) || !isNamespace(namespace))
    invalid(notes, 'metadata', 'name or namespace is not one that Kubernetes allows');
  const { spec } = readShape(manifest, { shape: GIT_REPOSITORY_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  const intervalSeconds = readInterval(spec.interval, { path: 'spec.interval', notes });
  const url = parseRepositoryUrl(spec.url ?? '', { known: knownRepositories(context), where: notes.where });
  if (!url.ok) notes.refusals.push(url.error);
  const revision = readRevision(spec.ref ?? {}, notes);
  if (notes.refusals.length > 0 || !url.ok || intervalSeconds === undefined || revision === undefined) return undefined;
  return { namespace, name, repoURL: url.value, revision, intervalSeconds, suspended: spec.suspend === true, file, line };
}

/** A required Go duration above zero (S22: a wrong one costs this object only). */
export function readInterval(text: string | undefined, at: { readonly path: string; readonly notes: Notes }): number | undefined {
  const seconds = text === undefined ? undefined : parseDuration(text);
  if (seconds === undefined) invalid(at.notes, at.path, 'must be a duration above zero such as 30s or 10m');
  return seconds;
}

/** Flux' precedence: name, commit, tag, branch; without any of them the branch master. */
function readRevision(ref: NonNullable<Spec['ref']>, notes: Notes): string | undefined {
  if (ref.commit !== undefined && ref.commit !== '' && !/^[0-9a-f]{40}$/.test(ref.commit))
    return void invalid(notes, 'spec.ref.commit', 'must be a full commit id of 40 hex digits');
  const revision = chooseRevision(ref);
  const fault = revisionFault(revision);
  if (fault !== undefined) return void invalid(notes, 'spec.ref', fault);
  return revision;
}

function chooseRevision(ref: NonNullable<Spec['ref']>): string {
  if (ref.name) return ref.name;
  if (ref.commit) return ref.commit;
  if (ref.tag) return `refs/tags/${ref.tag}`;
  return `refs/heads/${ref.branch || 'master'}`;
}
