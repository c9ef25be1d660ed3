import { normaliseRepository } from '../../core/app/repository-key.ts';
import type { ProjectRules } from '../../core/app/settings.ts';
import { compilePattern, matchesGlob } from '../../core/pattern/pattern.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { FleetContext } from './fleet-context.ts';
import { ARGO_NAMESPACE } from './names.ts';
import type { Project } from './read-project.ts';

/**
 * What an AppProject allows an Application, by the rules of Argo CD:
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/app_project_types.go#L399
 *
 * Source and destination are judged here; what objects may be and which namespaces they may be in travels to the agent, which judges each object
 * (threat S14). A pattern that begins with `!` forbids what it names, whatever others allow.
 */
export interface ProjectedApp {
  readonly name: string;
  /** Where the Application itself lives. */
  readonly namespace: string;
  readonly repoURL: string;
  readonly destination: { readonly name?: string; readonly server?: string; readonly namespace?: string };
  readonly cluster: string;
}

/** Every name and server under which an App's cluster is known to projects. */
export function aliasesOf({ cluster, destination }: ProjectedApp, context: FleetContext): { names: string[]; servers: string[] } {
  const names = new Set([cluster]);
  const servers = new Set<string>();
  if (destination.name !== undefined && destination.name !== '') names.add(destination.name);
  if (destination.server !== undefined && destination.server !== '') servers.add(trimmed(destination.server));
  const registered = context.clusters.find(({ name }) => name === cluster)?.server;
  if (registered !== undefined) servers.add(trimmed(registered));
  if (cluster === context.defaultCluster) {
    names.add('in-cluster');
    servers.add('https://kubernetes.default.svc');
  }
  return { names: [...names], servers: [...servers] };
}

const trimmed = (server: string) => server.trim().replace(/\/+$/, '');

/** Why a project forbids an App; undefined when it does not. */
export function projectFault(
  project: Project,
  app: ProjectedApp,
  at: { readonly context: FleetContext; readonly where: string },
): Problem | undefined {
  const refuse = (what: string) => problem('app.project', `AppProject ${project.name} ${what}`, { where: at.where });
  if (!permitsSource(project, app.repoURL)) return refuse('does not allow this repository (sourceRepos)');
  if (!permitsNamespace(project, app.namespace))
    return refuse(`does not allow Applications in namespace ${app.namespace} (sourceNamespaces)`);
  const { namespace = '' } = app.destination;
  if (!permits(destinationsOf(project, app, at.context), namespace)) {
    const shown = namespace === '' ? 'no namespace' : `namespace ${namespace}`;
    return refuse(`does not allow ${shown} of cluster ${app.cluster} (destinations)`);
  }
  return undefined;
}

/** The object rules of a project in an App's cluster. */
export function toProjectRules(project: Project, app: ProjectedApp, context: FleetContext): ProjectRules {
  return { ...project.objects, destinations: destinationsOf(project, app, context) };
}

function permitsSource({ sourceRepos }: Project, repoURL: string): boolean {
  const url = normaliseRepository(repoURL);
  const matches = (pattern: string) => pattern === '*' || (compilePattern(normaliseRepository(pattern), 'path')?.(url) ?? false);
  if (sourceRepos.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  // As in Argo CD, a pattern that forbids one thing allows the rest.
  return sourceRepos.some((pattern) => pattern.startsWith('!') || matches(pattern));
}

/** Applications beside Argo CD itself are always allowed. */
function permitsNamespace({ sourceNamespaces }: Project, namespace: string): boolean {
  return namespace === ARGO_NAMESPACE || sourceNamespaces.some((pattern) => matchesGlob(pattern, namespace));
}

/**
 * The namespaces that a project allows or forbids in an App's cluster: patterns, those with `!` forbid. A pattern that forbids some namespaces allows all
 * others, as in Argo CD.
 */
function destinationsOf(project: Project, app: ProjectedApp, context: FleetContext): { namespace: string }[] {
  const { names, servers } = aliasesOf(app, context);
  const forbids = (pattern: string, aliases: readonly string[]) => isDenial(pattern) && matchesAny(pattern.slice(1), aliases);
  return project.destinations.flatMap(({ name = '', server = '', namespace = '' }) => {
    // As in Argo CD, a forbidden name forbids the whole cluster, a forbidden server only the namespaces that are named beside it.
    if (forbids(name, names)) return [{ namespace: '!*' }];
    if (forbids(server, servers)) return isDenial(namespace) ? [] : [{ namespace: `!${namespace || '*'}` }];
    if (!allows(name, names) && !allows(server, servers)) return [];
    return isDenial(namespace) ? [{ namespace }, { namespace: '*' }] : [{ namespace }];
  });
}

const isDenial = (pattern: string) => pattern.startsWith('!');
const allows = (pattern: string, aliases: readonly string[]) =>
  pattern !== '' && (isDenial(pattern) || matchesAny(pattern, aliases));

function matchesAny(pattern: string, aliases: readonly string[]): boolean {
  return pattern === '*' || aliases.some((alias) => matchesGlob(pattern, alias));
}

function permits(destinations: readonly { readonly namespace: string }[], namespace: string): boolean {
  if (destinations.some((one) => isDenial(one.namespace) && matchesGlob(one.namespace.slice(1), namespace))) return false;
  return destinations.some((one) => !isDenial(one.namespace) && (one.namespace === '*' || matchesGlob(one.namespace, namespace)));
}

/** The ServiceAccount that a project names for an App's destination, where Argo CD's impersonation is switched on; the first that fits. */
export function projectServiceAccount(
  project: Project,
  app: ProjectedApp,
  context: FleetContext,
): { readonly namespace: string; readonly name: string } | undefined {
  const { servers, names } = aliasesOf(app, context);
  const destination = app.destination.namespace ?? '';
  for (const { server = '', namespace = '', defaultServiceAccount = '' } of project.serviceAccounts) {
    if (!matchesAny(server, [...servers, ...names]) || !(namespace === '*' || matchesGlob(namespace, destination))) continue;
    const [first = '', second] = defaultServiceAccount.split(':');
    return second === undefined ? { namespace: destination, name: first } : { namespace: first, name: second };
  }
  return undefined;
}
