import { isJsonObject } from '../../core/objects/json-object.ts';
import { groupOf, type Json } from '../../core/objects/object.ts';
import { itemsOf, type ManifestDocument, toManifest } from '../../core/objects/parse.ts';
import { parseYaml, YAML_LIMITS } from '../../core/objects/parse-yaml.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { isArgoSettings } from './argocd-settings.ts';
import { isNotificationsConfig } from './read-notifications-cm.ts';
import { isRbacConfig } from './read-rbac.ts';

/** The kinds that define something; `Settings` is the ConfigMap argocd-cm, `Notifications` argocd-notifications-cm, `Access` argocd-rbac-cm. */
export type DefinitionType =
  | 'Application'
  | 'AppProject'
  | 'Kustomization'
  | 'HelmRelease'
  | 'GitRepository'
  | 'Settings'
  | 'Notifications'
  | 'Access'
  | 'Provider'
  | 'Alert';

export interface Definition {
  readonly type: DefinitionType;
  readonly document: ManifestDocument;
}

/** What the files of a fleet path hold. */
export interface SortedFiles {
  readonly definitions: readonly Definition[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Files that hold a document which cannot even be identified, or may be a definition with a mistake in its apiVersion or kind. */
  readonly unreadFiles: ReadonlySet<string>;
}

const FILE = /\.(?:ya?ml|json)$/i;
const LIMITS = { ...YAML_LIMITS, characters: 2_000_000 };

interface Sorting {
  readonly definitions: Definition[];
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly unreadFiles: Set<string>;
}

/** Sorts every document of every file into definitions, kinds that are not supported (a problem each) and everything else (a warning for each file). */
export function sortDefinitions(files: readonly { readonly path: string; readonly text: string }[]): SortedFiles {
  const sorting: Sorting = { definitions: [], problems: [], warnings: [], unreadFiles: new Set() };
  // Sorted, so that of two definitions with one name the same one is always the first.
  const sorted = files.filter(({ path }) => FILE.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of sorted) readFile(file, sorting);
  return sorting;
}

function readFile({ path: file, text }: { readonly path: string; readonly text: string }, sorting: Sorting): void {
  const parsed = parseYaml(text, { file, limits: LIMITS });
  sorting.problems.push(...parsed.problems);
  if (parsed.problems.length > 0) sorting.unreadFiles.add(file);
  const others: { readonly kind: string; readonly line: number }[] = [];
  for (const { value, line } of parsed.documents) {
    for (const item of itemsOf(value)) {
      const sorted = sortObject(item);
      if (sorted.type === 'other') {
        others.push({ kind: sorted.kind, line });
        if (sorted.mayBeApp) sorting.unreadFiles.add(file);
      } else if (sorted.type === 'unsupported')
        sorting.problems.push(problem('app.unsupported', `${sorted.name} is not supported yet`, { where: `${file}:${line}` }));
      else {
        const manifest = toManifest(item);
        if (manifest.ok) sorting.definitions.push({ type: sorted.type, document: { manifest: manifest.value, file, line } });
        else {
          sorting.problems.push(problem('manifest.invalid', `${sorted.type}: ${manifest.error}`, { where: `${file}:${line}` }));
          sorting.unreadFiles.add(file);
        }
      }
    }
  }
  noteOthers(file, others, sorting);
}

type Sorted =
  | { readonly type: DefinitionType }
  | { readonly type: 'unsupported'; readonly name: string }
  /** `mayBeApp`: it looks like a definition with a mistake in its apiVersion or kind. */
  | { readonly type: 'other'; readonly kind: string; readonly mayBeApp: boolean };

const NO_OBJECT: Sorted = { type: 'other', kind: 'no object', mayBeApp: true };
/** Kinds under an apiVersion that is not theirs, and kinds like them. */
const MISTAKEN = /^(?:ap?plicat|ap?ppro|kustomi[sz]at|helmrel|gitrepo)/i;
const FLUX_GROUP = /^(?:source|kustomize|helm|notification|image)\.(?:toolkit|extensions)\.fluxcd\.io$/;

const DEFINITIONS = new Map<string, DefinitionType>([
  ['argoproj.io/Application', 'Application'],
  ['argoproj.io/AppProject', 'AppProject'],
  ['kustomize.toolkit.fluxcd.io/Kustomization', 'Kustomization'],
  ['helm.toolkit.fluxcd.io/HelmRelease', 'HelmRelease'],
  ['source.toolkit.fluxcd.io/GitRepository', 'GitRepository'],
  ['notification.toolkit.fluxcd.io/Provider', 'Provider'],
  ['notification.toolkit.fluxcd.io/Alert', 'Alert'],
]);

/** What an object of a fleet path is, by its apiVersion and kind. */
function sortObject(item: Json): Sorted {
  if (!isJsonObject(item)) return NO_OBJECT;
  const { apiVersion, kind, metadata } = item;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return NO_OBJECT;
  const group = groupOf(apiVersion);
  const type = DEFINITIONS.get(`${group}/${kind}`);
  if (type !== undefined) return { type };
  if (isArgoSettings(item)) return { type: 'Settings' };
  if (isRbacConfig(item)) return { type: 'Access' };
  if (isNotificationsConfig(item)) return { type: 'Notifications' };
  const isKnown =
    (group === 'argoproj.io' && kind === 'ApplicationSet') || FLUX_GROUP.test(group) || group === 'fluxcd.controlplane.io';
  if (!isKnown) return { type: 'other', kind, mayBeApp: group !== 'kustomize.config.k8s.io' && MISTAKEN.test(kind) };
  const name = isJsonObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
  return { type: 'unsupported', name: `${kind} ${name}`.trim().slice(0, 200) };
}

/** One warning for a file, however many objects it holds (`flux bootstrap` puts dozens into one). */
function noteOthers(file: string, others: readonly { readonly kind: string; readonly line: number }[], sorting: Sorting): void {
  const [first] = others;
  if (first === undefined) return;
  const kinds = [...new Set(others.map(({ kind }) => kind.slice(0, 60)))];
  const named = kinds.length > 5 ? `${kinds.slice(0, 5).join(', ')}, …` : kinds.join(', ');
  const what = others.length === 1 ? '1 document is no App definition' : `${others.length} documents are no App definitions`;
  sorting.warnings.push(problem('fleet.ignored', `${what} and not applied: ${named}`, { where: `${file}:${first.line}` }));
}
