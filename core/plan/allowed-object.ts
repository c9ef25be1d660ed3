import type { ClusterSettings, ProjectKind, ProjectRules, ResourceFilter } from '../app/settings.ts';
import { describeRef, type ObjectRef } from '../objects/object.ts';
import { compilePattern } from '../pattern/pattern.ts';
import { type Problem, problem } from '../problem/problem.ts';

/**
 * True when the settings keep an object out of sight: it is excluded, or there are inclusions and none names it. As in Argo CD, both lists
 * hold globs, an empty list of groups or kinds means all, and an exclusion wins.
 */
export function isExcluded(ref: ObjectRef, settings: ClusterSettings | undefined): boolean {
  if (settings === undefined) return false;
  const { exclusions, inclusions } = settings;
  if (exclusions?.some((filter) => names(filter, ref)) === true) return true;
  return inclusions !== undefined && inclusions.length > 0 && !inclusions.some((filter) => names(filter, ref));
}

function names(filter: ResourceFilter, ref: ObjectRef): boolean {
  const within = (globs: readonly string[], text: string) => globs.length === 0 || globs.some((glob) => matches(glob, text));
  return within(filter.groups, ref.group) && within(filter.kinds, ref.kind);
}

/**
 * What the App's project says against an object: the Worker has checked it too, but the agent believes only what was signed (threat S14).
 * Gives `apply.project`, or undefined when the object is allowed.
 */
export function checkProject(
  ref: ObjectRef,
  scope: 'namespaced' | 'cluster',
  rules: ProjectRules | undefined,
): Problem | undefined {
  if (rules === undefined) return undefined;
  const refused = (why: string): Problem =>
    problem('apply.project', `project ${rules.name}: ${why}`, { where: describeRef(ref) });
  const kind = `${ref.kind}${ref.group === '' ? '' : ` of ${ref.group}`}`;
  if (scope === 'cluster') {
    if (!rules.clusterAllow.some((entry) => isKind(entry, ref))) return refused(`cluster-scoped ${kind} is not allowed`);
    return rules.clusterDeny.some((entry) => isKind(entry, ref)) ? refused(`cluster-scoped ${kind} is denied`) : undefined;
  }
  if (rules.namespaceAllow !== undefined && !rules.namespaceAllow.some((entry) => isKind(entry, ref)))
    return refused(`${kind} is not allowed`);
  if (rules.namespaceDeny.some((entry) => isKind(entry, ref))) return refused(`${kind} is denied`);
  return isNamespaceAllowed(ref.namespace, rules)
    ? undefined
    : refused(`namespace ${ref.namespace} is not one of its destinations`);
}

/** True when a project lets its Apps into a namespace. */
function isNamespaceAllowed(namespace: string, rules: ProjectRules): boolean {
  const { destinations } = rules;
  const denied = destinations.some((entry) => entry.namespace.startsWith('!') && matches(entry.namespace.slice(1), namespace));
  return !denied && destinations.some((entry) => !entry.namespace.startsWith('!') && matches(entry.namespace, namespace));
}

function isKind(entry: ProjectKind, ref: ObjectRef): boolean {
  const named = entry.name === undefined || entry.name === '' || matches(entry.name, ref.name);
  return matches(entry.group, ref.group) && matches(entry.kind, ref.kind) && named;
}

/** A glob that is not one matches only itself. */
function matches(glob: string, text: string): boolean {
  return glob === '*' || (compilePattern(glob, 'glob')?.(text) ?? glob === text);
}
