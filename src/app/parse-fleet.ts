import type { App } from '../../core/app/app.ts';
import { normaliseRepository } from '../../core/app/repository-key.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import { groupOf, type Json } from '../../core/objects/object.ts';
import { itemsOf, type ManifestDocument, toManifest } from '../../core/objects/parse.ts';
import { parseYaml, YAML_LIMITS } from '../../core/objects/parse-yaml.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { FleetContext } from './fleet-context.ts';
import { ARGO_NAMESPACE, appId, FLUX_NAMESPACE } from './names.ts';
import { readApplication } from './read-application.ts';
import { type GitSource, readGitRepository } from './read-git-repository.ts';
import { readKustomization } from './read-kustomization.ts';
import { createNotes, type Notes } from './shape.ts';

/**
 * Reads the App definitions of a fleet path: Argo CD Applications, Flux GitRepositories and Kustomizations, in any file and order.
 *
 * 1. Every document of every file is sorted into definitions, kinds of Argo CD and Flux that are not supported (a problem each), and
 *    everything else (a warning for each file: a fleet path is not applied itself).
 * 2. GitRepositories are read before the Kustomizations that refer to them.
 * 3. What is wrong with one object costs that object. It stays in `unread`, so that nobody takes a mistake for a deletion (I2).
 */
export interface ParsedFleet {
  readonly apps: readonly App[];
  readonly sources: readonly GitSource[];
  /** Objects and documents that cannot be used; `where` is `file:line`. */
  readonly problems: readonly Problem[];
  /** What was read and has no effect; the warnings of an App stand in the App. */
  readonly warnings: readonly Problem[];
  readonly unread: Unread;
}

/** What may be an App that could not be read this time: nothing of it may be removed on the strength of its absence. */
export interface Unread {
  /** Files that hold a document which cannot even be identified, or may be a definition with a mistake in its apiVersion or kind. */
  readonly files: ReadonlySet<string>;
  /** Ids of Apps whose definition was refused, whatever their cluster. */
  readonly ids: ReadonlySet<string>;
}

/** True when an App that is not among the parsed ones may have been lost to a mistake rather than deleted. */
export function isKept(unread: Unread, app: { readonly file: string; readonly id: string }): boolean {
  return unread.ids.has(app.id) || unread.files.has(app.file);
}

const FILE = /\.(?:ya?ml|json)$/i;
const LIMITS = { ...YAML_LIMITS, characters: 2_000_000 };
const ARGO_KINDS = new Set(['Application', 'ApplicationSet', 'AppProject']);
const FLUX_GROUP = /^(?:source|kustomize|helm|notification|image)\.(?:toolkit|extensions)\.fluxcd\.io$/;

interface Fleet {
  readonly context: FleetContext;
  readonly apps: Map<string, App>;
  readonly sources: Map<string, GitSource>;
  readonly refusedSources: Map<string, readonly Problem[]>;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly files: Set<string>;
  readonly ids: Set<string>;
}

/** Parses all files of a fleet path. Never fails as a whole; files of other types are left out. */
export function parseFleet(
  files: readonly { readonly path: string; readonly text: string }[],
  context: FleetContext,
): ParsedFleet {
  const fleet: Fleet = {
    context,
    apps: new Map(),
    sources: new Map(),
    refusedSources: new Map(),
    problems: [],
    warnings: [],
    files: new Set(),
    ids: new Set(),
  };
  // Sorted, so that of two definitions with one name the same one is always the first.
  const sorted = files.filter(({ path }) => FILE.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  const definitions = sorted.flatMap((file) => readFile(file, fleet));
  for (const { type, document } of definitions) if (type === 'GitRepository') addSource(document, fleet);
  for (const { type, document } of definitions) if (type !== 'GitRepository') addApp(type, document, fleet);
  const { problems, warnings } = fleet;
  return {
    apps: [...fleet.apps.values()],
    sources: [...fleet.sources.values()],
    problems,
    warnings,
    unread: { files: fleet.files, ids: fleet.ids },
  };
}

interface Definition {
  readonly type: 'Application' | 'Kustomization' | 'GitRepository';
  readonly document: ManifestDocument;
}

function readFile({ path: file, text }: { readonly path: string; readonly text: string }, fleet: Fleet): Definition[] {
  const parsed = parseYaml(text, { file, limits: LIMITS });
  fleet.problems.push(...parsed.problems);
  if (parsed.problems.length > 0) fleet.files.add(file);
  const definitions: Definition[] = [];
  const others: { readonly kind: string; readonly line: number }[] = [];
  for (const { value, line } of parsed.documents) {
    for (const item of itemsOf(value)) {
      const sorted = sortObject(item);
      if (sorted.type === 'other') {
        others.push({ kind: sorted.kind, line });
        if (sorted.mayBeApp) fleet.files.add(file);
      } else if (sorted.type === 'unsupported')
        fleet.problems.push(problem('app.unsupported', `${sorted.name} is not supported yet`, { where: `${file}:${line}` }));
      else {
        const manifest = toManifest(item);
        if (manifest.ok) definitions.push({ type: sorted.type, document: { manifest: manifest.value, file, line } });
        else {
          fleet.problems.push(problem('manifest.invalid', `${sorted.type}: ${manifest.error}`, { where: `${file}:${line}` }));
          fleet.files.add(file);
        }
      }
    }
  }
  noteOthers(file, others, fleet);
  return definitions;
}

type Sorted =
  | { readonly type: Definition['type'] }
  | { readonly type: 'unsupported'; readonly name: string }
  /** `mayBeApp`: it looks like a definition with a mistake in its apiVersion or kind. */
  | { readonly type: 'other'; readonly kind: string; readonly mayBeApp: boolean };

const NO_OBJECT: Sorted = { type: 'other', kind: 'no object', mayBeApp: true };
/** Kinds under an apiVersion that is not theirs, and kinds like them. */
const MISTAKEN = /^(?:ap?plicat|kustomi[sz]at|gitrepo)/i;

/** What an object of a fleet path is, by its apiVersion and kind. */
function sortObject(item: Json): Sorted {
  if (!isJsonObject(item)) return NO_OBJECT;
  const { apiVersion, kind, metadata } = item;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return NO_OBJECT;
  const group = groupOf(apiVersion);
  if (group === 'argoproj.io' && kind === 'Application') return { type: 'Application' };
  if (group === 'kustomize.toolkit.fluxcd.io' && kind === 'Kustomization') return { type: 'Kustomization' };
  if (group === 'source.toolkit.fluxcd.io' && kind === 'GitRepository') return { type: 'GitRepository' };
  const isKnown =
    (group === 'argoproj.io' && ARGO_KINDS.has(kind)) || FLUX_GROUP.test(group) || group === 'fluxcd.controlplane.io';
  if (!isKnown) return { type: 'other', kind, mayBeApp: group !== 'kustomize.config.k8s.io' && MISTAKEN.test(kind) };
  const name = isJsonObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
  return { type: 'unsupported', name: `${kind} ${name}`.trim().slice(0, 200) };
}

/** One warning for a file, however many objects it holds (`flux bootstrap` puts dozens into one). */
function noteOthers(file: string, others: readonly { readonly kind: string; readonly line: number }[], fleet: Fleet): void {
  const [first] = others;
  if (first === undefined) return;
  const kinds = [...new Set(others.map(({ kind }) => kind.slice(0, 60)))];
  const named = kinds.length > 5 ? `${kinds.slice(0, 5).join(', ')}, …` : kinds.join(', ');
  const what = others.length === 1 ? '1 document is no App definition' : `${others.length} documents are no App definitions`;
  fleet.warnings.push(problem('fleet.ignored', `${what} and not applied: ${named}`, { where: `${file}:${first.line}` }));
}

function addSource(document: ManifestDocument, fleet: Fleet): void {
  const { name, namespace = FLUX_NAMESPACE } = document.manifest.metadata;
  const key = `${namespace}/${name}`;
  const notes = createNotes(placeOf(document));
  const first = fleet.sources.get(key);
  if (first !== undefined) {
    const message = `GitRepository ${key} is defined in ${first.file}:${first.line} already`;
    fleet.problems.push(problem('app.duplicate', message, { where: notes.where }));
    return;
  }
  const source = readGitRepository(document, fleet.context, notes);
  if (source !== undefined) fleet.sources.set(key, source);
  else fleet.refusedSources.set(key, notes.refusals);
  fleet.problems.push(...named(notes.refusals, `GitRepository ${key}`));
  fleet.warnings.push(...named(notes.warnings, `GitRepository ${key}`));
}

function addApp(type: 'Application' | 'Kustomization', document: ManifestDocument, fleet: Fleet): void {
  const { name } = document.manifest.metadata;
  const home = type === 'Application' ? ARGO_NAMESPACE : FLUX_NAMESPACE;
  const namespace = document.manifest.metadata.namespace ?? home;
  const notes = createNotes(placeOf(document));
  const app = readOne(type, document, { fleet, notes });
  if (app === undefined) {
    fleet.problems.push(...named(notes.refusals, `${type} ${namespace}/${name}`));
    fleet.ids.add(appId({ namespace, name, home }));
    return;
  }
  const first = fleet.apps.get(`${app.cluster}/${app.id}`);
  if (first !== undefined) fleet.problems.push(duplicate(app, first, notes.where));
  else if (isFleetItself(app, fleet.context)) {
    const message = `${type} ${namespace}/${name} deploys the fleet path itself, which Plumbline reads`;
    fleet.warnings.push(problem('fleet.ignored', message, { where: notes.where }));
  } else fleet.apps.set(`${app.cluster}/${app.id}`, app);
}

function readOne(
  type: 'Application' | 'Kustomization',
  document: ManifestDocument,
  { fleet, notes }: { readonly fleet: Fleet; readonly notes: Notes },
): App | undefined {
  if (type === 'Application') return readApplication(document, fleet.context, notes);
  const sources = { usable: fleet.sources, refused: fleet.refusedSources };
  return readKustomization(document, { ...fleet.context, sources }, notes);
}

function duplicate(app: App, first: App, where: string): Problem {
  const owner = `${first.origin.kind} ${first.origin.namespace}/${first.origin.name} in ${first.origin.file}:${first.origin.line}`;
  return problem('app.duplicate', `${app.origin.kind} ${app.id} has the name of ${owner} in cluster ${app.cluster}`, { where });
}

/** `flux bootstrap` and apps of apps deploy the folder that holds their own definitions. */
function isFleetItself(app: App, { fleetRepoURL, fleetPath }: FleetContext): boolean {
  return (
    fleetPath !== undefined &&
    app.source.path === fleetPath &&
    normaliseRepository(app.source.repoURL) === normaliseRepository(fleetRepoURL)
  );
}

function placeOf({ file, line }: ManifestDocument): string {
  return `${file}:${line}`;
}

function named(problems: readonly Problem[], name: string): Problem[] {
  return problems.map((found) => ({ ...found, message: `${name.slice(0, 300)}: ${found.message}` }));
}
