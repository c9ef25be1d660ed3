import type { App } from '../../core/app/app.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { readPolicy } from './application-policy.ts';
import { APPLICATION_SHAPE } from './application-shape.ts';
import { readSource } from './application-source.ts';
import { type ArgoSettings, isEmptySettings, toClusterSettings } from './argocd-settings.ts';
import { readControlAnnotations, toControlRules } from './control-annotations.ts';
import { definitionLabels } from './definition-labels.ts';
import { readDestination } from './destination.ts';
import { DEFAULT_BUDGET, type FleetContext, knownRepositories } from './fleet-context.ts';
import { ARGO_NAMESPACE, appId, isNamespace, isObjectName, MAX_ID } from './names.ts';
import { readOwnAnnotations } from './plumbline-annotations.ts';
import { aliasesOf, type ProjectedApp, projectFault, projectServiceAccount, toProjectRules } from './project-rules.ts';
import type { Project } from './read-project.ts';
import { invalid, type Notes, readShape, unsupported } from './shape.ts';
import type { SharedValues } from './shared-values.ts';
import { definitionSubscriptions } from './subscriptions.ts';
import { windowsOf } from './sync-windows.ts';

/** What Applications of a fleet path refer to. */
export interface ArgoContext extends FleetContext {
  /** By name: the AppProjects that can be used, and why others cannot. */
  readonly projects: { readonly usable: ReadonlyMap<string, Project>; readonly refused: ReadonlyMap<string, readonly Problem[]> };
  readonly settings?: ArgoSettings;
  /** Takes what policies name by key. */
  readonly shared: SharedValues;
}

/** Reads an Argo CD Application; undefined when the notes' refusals say why it cannot be used. */
export function readApplication(document: ManifestDocument, context: ArgoContext, notes: Notes): App | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = ARGO_NAMESPACE } = manifest.metadata;
  const id = appId({ namespace, name, home: ARGO_NAMESPACE });
  if (!isObjectName(name) || id.length > MAX_ID)
    invalid(notes, 'metadata.name', 'is not a name that Kubernetes allows, or is too long');
  if (!isNamespace(namespace)) invalid(notes, 'metadata.namespace', 'is not a name of a namespace');
  const { spec } = readShape(manifest, { shape: APPLICATION_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  const project = spec.project === undefined || spec.project === '' ? 'default' : spec.project;
  const cluster = readDestination(spec.destination ?? {}, context, notes);
  const chosen = chooseSource(spec, notes);
  const targetNamespace = spec.destination?.namespace ?? '';
  const read =
    chosen === undefined
      ? undefined
      : readSource(chosen.value, {
          path: chosen.path,
          name,
          namespace: targetNamespace,
          project,
          knownRepositories: knownRepositories(context),
          notes,
        });
  const own = readOwnAnnotations(manifest, { id, cluster: cluster ?? '', context, notes });
  const budget = context.budget ?? DEFAULT_BUDGET;
  // Argo CD's instance name is what an id is here: with the namespace, where that is not Argo CD's own.
  const policy = readPolicy(spec, { name: id, namespace, manifest, budget, own, notes });
  if (cluster === undefined || read === undefined) return undefined;
  const app: ProjectedApp = { name, namespace, repoURL: read.source.repoURL, destination: spec.destination ?? {}, cluster };
  const governed = readProjectPolicy(project, app, { context, notes });
  const rules = toControlRules(readControlAnnotations(manifest, notes), context.projects.usable.get(project)?.control);
  if (notes.refusals.length > 0) return undefined;
  const origin = { dialect: 'argo', kind: 'Application', namespace, name, file, line } as const;
  return {
    ...{ id, cluster, project, origin, ...read, policy: { ...policy, ...governed } },
    ...definitionLabels(manifest),
    ...rules,
    ...definitionSubscriptions(manifest, notes),
    warnings: notes.warnings,
  };
}

/** What the Application's project and Argo CD's settings add to its policy; a project that forbids it is noted. */
function readProjectPolicy(
  name: string,
  app: ProjectedApp,
  { context, notes }: { readonly context: ArgoContext; readonly notes: Notes },
): Pick<AppPolicy, 'project' | 'settings' | 'windows' | 'serviceAccount'> {
  const project = findProject(name, { context, notes });
  const fault = project === undefined ? undefined : projectFault(project, app, { context, where: notes.where });
  if (fault !== undefined) notes.refusals.push(fault);
  const { names, servers } = aliasesOf(app, context);
  const aliases = [...names, ...servers];
  const settings = shareSettings(aliases, { context, notes });
  const serviceAccount = actAs(project, app, { context, notes });
  if (project === undefined) return settings;
  const windowed = { name: app.name, namespace: app.destination.namespace ?? '', clusters: aliases };
  const windows = windowsOf(project.windows, windowed);
  const key = context.shared.add(`project ${project.name} ${aliases.join(' ')}`, () => ({
    kind: 'project',
    value: toProjectRules(project, app, context),
  }));
  if (!key.ok) invalid(notes, `AppProject ${project.name}`, `cannot be carried out: ${key.error}`);
  return {
    ...settings,
    ...(key.ok ? { project: key.value } : {}),
    ...(windows.length === 0 ? {} : { windows }),
    ...serviceAccount,
  };
}

/** The project of that name. `default` is always there, and allows everything unless somebody defines it. */
function findProject(
  name: string,
  { context, notes }: { readonly context: ArgoContext; readonly notes: Notes },
): Project | undefined {
  const project = context.projects.usable.get(name);
  if (project !== undefined) return project;
  const refusals = context.projects.refused.get(name);
  if (refusals === undefined && name === 'default') return undefined;
  const why = refusals === undefined ? 'is in the fleet path' : `can be used: ${refusals[0]?.message ?? ''}`;
  const message = `spec.project: no AppProject ${name.slice(0, 253)} ${why}`;
  notes.refusals.push(problem('app.project_unknown', message, { where: notes.where }));
  return undefined;
}

function shareSettings(
  aliases: readonly string[],
  { context, notes }: { readonly context: ArgoContext; readonly notes: Notes },
): Pick<AppPolicy, 'settings'> {
  const { settings } = context;
  if (settings === undefined || isEmptySettings(settings)) return {};
  const key = context.shared.add(`settings ${aliases.join(' ')}`, () => ({
    kind: 'settings',
    value: toClusterSettings(settings, aliases),
  }));
  if (key.ok) return { settings: key.value };
  invalid(notes, 'ConfigMap argocd-cm', `cannot be carried out: ${key.error}`);
  return {};
}

/** Argo CD's impersonation: where it is switched on, an App without a ServiceAccount is not deployed (threat S31). */
function actAs(
  project: Project | undefined,
  app: ProjectedApp,
  { context, notes }: { readonly context: ArgoContext; readonly notes: Notes },
): Pick<AppPolicy, 'serviceAccount'> {
  if (context.settings?.impersonation !== true) return {};
  const serviceAccount = project === undefined ? undefined : projectServiceAccount(project, app, context);
  if (serviceAccount !== undefined && serviceAccount.namespace !== '') return { serviceAccount };
  const message = `AppProject ${project?.name ?? 'default'} names no ServiceAccount for this destination (destinationServiceAccounts)`;
  notes.refusals.push(problem('app.project', message, { where: notes.where }));
  return {};
}

/** `sources` wins over `source` when it is not empty, as in Argo CD; only one entry is supported. */
function chooseSource(
  spec: { readonly source?: JsonObject; readonly sources?: readonly JsonObject[] },
  notes: Notes,
): { readonly value: JsonObject; readonly path: string } | undefined {
  const [first, second] = spec.sources ?? [];
  if (second !== undefined) return void unsupported(notes, 'spec.sources', 'more than one source is not supported yet');
  if (first !== undefined) return { value: first, path: 'spec.sources[0]' };
  if (spec.source !== undefined) return { value: spec.source, path: 'spec.source' };
  return void invalid(notes, 'spec.source', 'is missing');
}
