import type { App } from '../../core/app/app.ts';
import { normaliseRepository } from '../../core/app/repository-key.ts';
import type { SharedValue } from '../../core/app/settings.ts';
import type { GitNotify } from '../../core/notify/settings.ts';
import type { Manifest } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { GitAccess } from '../platform/access-port.ts';
import type { SettingsSource } from '../platform/ports.ts';
import { type ArgoSettings, parseArgoSettings, readArgoSettings, settingsData } from './argocd-settings.ts';
import type { FleetContext } from './fleet-context.ts';
import { ARGO_NAMESPACE, appId, FLUX_NAMESPACE } from './names.ts';
import { readApplication } from './read-application.ts';
import { readAlert, readProvider } from './read-flux-alert.ts';
import { type GitSource, readGitRepository } from './read-git-repository.ts';
import { readHelmRelease } from './read-helm-release.ts';
import { readKustomization } from './read-kustomization.ts';
import { readNotificationsConfig } from './read-notifications-cm.ts';
import { type Project, readProject } from './read-project.ts';
import { readProjectRoles, readRbac } from './read-rbac.ts';
import { withDefinitions } from './ready-expressions.ts';
import { createNotes, invalid, type Notes } from './shape.ts';
import { createSharedValues, policyFault, type SharedValues } from './shared-values.ts';
import { type DefinitionType, sortDefinitions } from './sort-definitions.ts';
import { gatherNotify, projectSubscriptions } from './subscriptions.ts';

/**
 * Reads the App definitions of a fleet path: Argo CD's Applications with their AppProjects and `argocd-cm`, Flux' Kustomizations and HelmReleases with their
 * GitRepositories, in any file and order.
 *
 * 1. Every document is sorted by what it is (sort-definitions.ts).
 * 2. What others refer to is read first: settings, projects, GitRepositories.
 * 3. What is wrong with one object costs that object, and the Apps that refer to it. They stay in `unread`, so that nobody takes a mistake for a
 *    deletion (I2).
 */
export interface ParsedFleet {
  readonly apps: readonly App[];
  readonly sources: readonly GitSource[];
  /** What the Apps' policies name by key. */
  readonly shared: readonly SharedValue[];
  /** The settings in force: what was read now, or what was read last when there is a mistake in them now. */
  readonly settings?: SettingsSource;
  /** Files of projects and settings: a change there changes Apps. */
  readonly otherFiles: readonly string[];
  /** Objects and documents that cannot be used; `where` is `file:line`. */
  readonly problems: readonly Problem[];
  /** What was read and has no effect; the warnings of an App stand in the App. */
  readonly warnings: readonly Problem[];
  readonly unread: Unread;
  /** Who is told of what. */
  readonly notify: GitNotify;
  /** Who may do what. */
  readonly access: GitAccess;
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

interface Fleet {
  readonly context: FleetContext;
  readonly apps: Map<string, App>;
  readonly sources: Map<string, GitSource>;
  readonly refusedSources: Map<string, readonly Problem[]>;
  readonly projects: Map<string, Project>;
  readonly refusedProjects: Map<string, readonly Problem[]>;
  readonly shared: SharedValues;
  readonly manifests: Map<App, Manifest>;
  readonly otherFiles: string[];
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly files: ReadonlySet<string>;
  readonly ids: Set<string>;
  readonly notify: Partial<GitNotify>[];
  readonly roles: GitAccess['projects'][number][];
  rbac?: NonNullable<GitAccess['rbac']>;
  argo?: { readonly source: SettingsSource; readonly settings: ArgoSettings };
}

/** Parses all files of a fleet path. Never fails as a whole; files of other types are left out. */
export function parseFleet(
  files: readonly { readonly path: string; readonly text: string }[],
  context: FleetContext,
): ParsedFleet {
  const sorted = sortDefinitions(files);
  const fleet: Fleet = {
    context,
    apps: new Map(),
    sources: new Map(),
    refusedSources: new Map(),
    projects: new Map(),
    refusedProjects: new Map(),
    shared: createSharedValues(),
    manifests: new Map(),
    otherFiles: [],
    problems: [...sorted.problems],
    warnings: [...sorted.warnings],
    files: sorted.unreadFiles,
    ids: new Set(),
    notify: [],
    roles: [],
  };
  for (const type of ['Settings', 'AppProject', 'GitRepository', 'Apps'] as const) {
    for (const { type: found, document } of sorted.definitions) {
      if (found === 'Settings' && type === 'Settings') addSettings(document, fleet);
      else if (found === 'Access' && type === 'Settings') addAccess(document, fleet);
      else if (found === 'AppProject' && type === 'AppProject') addProject(document, fleet);
      else if (found === 'GitRepository' && type === 'GitRepository') addSource(document, fleet);
      else if (isAppType(found) && type === 'Apps') addApp(found, document, fleet);
      else if (type === 'Apps') addNotify(found, document, fleet);
    }
    if (type === 'Settings') keepLastSettings(fleet);
  }
  const { problems, warnings, otherFiles } = fleet;
  const apps = withDefinitions([...fleet.apps.values()], fleet.manifests);
  return {
    apps,
    sources: [...fleet.sources.values()],
    shared: fleet.shared.named(new Set(apps.flatMap(({ policy }) => [policy.settings ?? [], policy.project ?? []].flat()))),
    ...(fleet.argo === undefined ? {} : { settings: fleet.argo.source }),
    otherFiles,
    problems,
    warnings,
    unread: { files: fleet.files, ids: fleet.ids },
    notify: gatherNotify(fleet.notify, { cluster: context.defaultCluster, apps, unread: fleet.files }),
    access: { ...(fleet.rbac === undefined ? {} : { rbac: fleet.rbac }), projects: fleet.roles },
  };
}

type AppType = Extract<DefinitionType, 'Application' | 'Kustomization' | 'HelmRelease'>;

function isAppType(type: DefinitionType): type is AppType {
  return type === 'Application' || type === 'Kustomization' || type === 'HelmRelease';
}

/** What says who is told of what. */
function addNotify(type: DefinitionType, document: ManifestDocument, fleet: Fleet): void {
  if (type === 'Notifications') fleet.notify.push(readNotificationsConfig(document));
  else if (type === 'Provider') fleet.notify.push(readProvider(document));
  else if (type === 'Alert') fleet.notify.push(readAlert(document, fleet.context.defaultCluster));
  else if (type === 'AppProject') fleet.notify.push(projectSubscriptions(document.manifest, placeOf(document)));
  else return;
  fleet.otherFiles.push(document.file);
}

function addSettings(document: ManifestDocument, fleet: Fleet): void {
  const notes = createNotes(placeOf(document));
  fleet.otherFiles.push(document.file);
  if (fleet.argo !== undefined) {
    const message = `ConfigMap argocd-cm is defined in ${fleet.argo.source.file} already`;
    fleet.problems.push(problem('app.duplicate', message, { where: notes.where }));
    return;
  }
  const settings = readArgoSettings(document.manifest, notes);
  fleet.problems.push(...named(notes.refusals, 'ConfigMap argocd-cm'));
  fleet.warnings.push(...named(notes.warnings, 'ConfigMap argocd-cm'));
  if (settings !== undefined) fleet.argo = { source: { file: document.file, data: settingsData(document.manifest) }, settings };
}

/** Settings that cannot be read now are those that were read last, as long as their file is not simply gone. */
function keepLastSettings(fleet: Fleet): void {
  const last = fleet.context.lastSettings;
  if (fleet.argo !== undefined || last === undefined) return;
  if (!fleet.otherFiles.includes(last.file) && !fleet.files.has(last.file)) return;
  fleet.argo = { source: last, settings: parseArgoSettings(last.data, createNotes(last.file)) };
}

function addAccess(document: ManifestDocument, fleet: Fleet): void {
  fleet.otherFiles.push(document.file);
  if (fleet.rbac !== undefined) {
    const message = 'ConfigMap argocd-rbac-cm is defined twice: the first counts';
    fleet.problems.push(problem('app.duplicate', message, { where: placeOf(document) }));
    return;
  }
  const { rbac, problems } = readRbac(document);
  fleet.rbac = rbac;
  fleet.problems.push(...problems);
}

function addRoles(document: ManifestDocument, fleet: Fleet): void {
  const { project, problems } = readProjectRoles(document.manifest, placeOf(document));
  // A second definition of a project that was refused is read as well: the first one's roles stay.
  if (fleet.roles.some(({ name }) => name === project.name)) return;
  fleet.roles.push(project);
  fleet.problems.push(...problems);
}

function addProject(document: ManifestDocument, fleet: Fleet): void {
  const { name } = document.manifest.metadata;
  const notes = createNotes(placeOf(document));
  fleet.otherFiles.push(document.file);
  const first = fleet.projects.get(name);
  if (first === undefined) addRoles(document, fleet);
  if (first !== undefined) {
    const message = `AppProject ${name} is defined in ${first.file}:${first.line} already`;
    fleet.problems.push(problem('app.duplicate', message, { where: notes.where }));
    return;
  }
  const project = readProject(document, notes);
  if (project === undefined) fleet.refusedProjects.set(name, notes.refusals);
  else fleet.projects.set(name, project);
  fleet.problems.push(...named(notes.refusals, `AppProject ${name}`));
  fleet.warnings.push(...named(notes.warnings, `AppProject ${name}`));
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

function addApp(type: AppType, document: ManifestDocument, fleet: Fleet): void {
  const { name } = document.manifest.metadata;
  const home = type === 'Application' ? ARGO_NAMESPACE : FLUX_NAMESPACE;
  const namespace = document.manifest.metadata.namespace ?? home;
  const notes = createNotes(placeOf(document));
  const app = checked(readOne(type, document, { fleet, notes }), notes);
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
  } else {
    fleet.apps.set(`${app.cluster}/${app.id}`, app);
    fleet.manifests.set(app, document.manifest);
  }
}

function readOne(
  type: AppType,
  document: ManifestDocument,
  { fleet, notes }: { readonly fleet: Fleet; readonly notes: Notes },
): App | undefined {
  const { context } = fleet;
  if (type === 'Application') {
    const projects = { usable: fleet.projects, refused: fleet.refusedProjects };
    const settings = fleet.argo === undefined ? {} : { settings: fleet.argo.settings };
    return readApplication(document, { ...context, projects, ...settings, shared: fleet.shared }, notes);
  }
  const sources = { usable: fleet.sources, refused: fleet.refusedSources };
  const read = type === 'Kustomization' ? readKustomization : readHelmRelease;
  return read(document, { ...context, sources }, notes);
}

/** What no snapshot could carry is refused here: it would cost every App of the cluster (S22). */
function checked(app: App | undefined, notes: Notes): App | undefined {
  const fault = app === undefined ? undefined : policyFault(app.policy);
  if (fault !== undefined) invalid(notes, 'spec', `cannot be carried out: ${fault}`);
  return fault === undefined ? app : undefined;
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
