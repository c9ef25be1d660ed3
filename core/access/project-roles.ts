import { type ParsedPolicy, type PolicyProblem, parsePolicy } from './parse-policy.ts';

/** A role of an AppProject: what it may do within the project, and which groups have it. */
export interface ProjectRole {
  readonly project: string;
  readonly role: string;
  /** Lines of policy.csv. */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

/** What a project can give rights to: https://github.com/argoproj/argo-cd/blob/v3.5.7/util/rbac/rbac.go#L92 */
const SCOPED: ReadonlySet<string> = new Set(['applications', 'applicationsets', 'logs', 'exec', 'clusters', 'repositories']);
const ROLE_NAME = /^[a-zA-Z0-9](?:[-_a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const ACTION = /^(?:get|create|update|delete|sync|override|rollback|approve|suspend|invoke|\*|(?:action|update|delete)\/.*)$/;

function projectSubject(project: string, role: string): string {
  return `proj:${project}:${role}`;
}

/**
 * The rules of a project's role. A line that speaks of another subject, another project or anything that is no part of a project grants nothing (S14):
 * whoever may change an AppProject may not reach beyond it.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/types.go#L2736
 */
export function projectRules({ project, role, policies, groups }: ProjectRole): ParsedPolicy {
  const subject = projectSubject(project, role);
  const problems: PolicyProblem[] = [];
  if (!ROLE_NAME.test(role)) return { rules: [], links: [], problems: [{ line: 1, message: `${role} is no name of a role` }] };
  const parsed = parsePolicy(policies.map((line) => line.replaceAll('\n', ' ')).join('\n'));
  problems.push(...parsed.problems);
  if (parsed.links.length > 0) problems.push({ line: 1, message: 'a policy of a project has `p` lines only' });
  const rules = parsed.rules.filter(({ subject: whose, resource, action, object, line }) => {
    const wrong =
      whose !== subject
        ? `speaks of ${whose} instead of ${subject}`
        : !SCOPED.has(resource)
          ? `speaks of ${resource}, which is no part of a project`
          : !ACTION.test(action)
            ? `has no action ${action}`
            : !isInside(project, object)
              ? `must name an object of the project: ${project}/…`
              : undefined;
    if (wrong !== undefined) problems.push({ line, message: wrong });
    return wrong === undefined;
  });
  const named = groups.filter((group) => group.trim() !== '');
  return {
    // Who has a role of a project may see the project.
    rules: [...rules, { subject, resource: 'projects', action: 'get', object: project, effect: 'allow', line: 0 }],
    links: named.map((group) => ({ subject: group.trim(), role: subject })),
    problems,
  };
}

/** `<project>/<app>`, with globs behind the slash only. */
function isInside(project: string, object: string): boolean {
  return object.startsWith(`${project}/`) && /^[*\w.-]+(?:\/[*\w.-]+)?$/.test(object.slice(project.length + 1));
}
