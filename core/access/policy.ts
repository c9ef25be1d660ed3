import { compilePattern } from '../pattern/pattern.ts';
import { ADMIN_ROLE, BUILTIN_POLICY } from './builtin-policy.ts';
import { type PolicyProblem, type PolicyRule, parsePolicy, type RoleLink } from './parse-policy.ts';
import { type ProjectRole, projectRules } from './project-roles.ts';

/**
 * Who may do what, by Argo CD's model: a request (subject, resource, action, object) is allowed when a rule of one of the caller's roles allows it and
 * none denies it. Patterns are globs whose `*` crosses slashes, or regular expressions (policy.matchMode); both in linear time (S20).
 *
 * Beyond Argo CD:
 *   - a `deny` for one of the caller's groups also counts against what another group allows, so nobody may more than there;
 *   - what is asked as `rollback`, `approve` or `suspend` is also decided by rules for `update`;
 *   - names that begin with `role:` or `proj:` are roles: a user or group that is called so at the sign-in provider is nobody;
 *   - a `deny` whose pattern is not valid denies everything instead of nothing.
 * The default role cannot be denied, as there.
 */
export interface PolicySource {
  /** As people set it here. */
  readonly csv: string;
  /** argocd-rbac-cm of a fleet path. */
  readonly git?: { readonly csv: string; readonly matchMode: 'glob' | 'regex' };
  readonly defaultRole: string;
  readonly projectRoles: readonly ProjectRole[];
}

/** By what names a caller is known. */
export interface Subjects {
  /** Of the person itself. */
  readonly names: readonly string[];
  /** As the sign-in provider says; they count where a `g` line names them. */
  readonly groups: readonly string[];
  /** Given here: `role:…` and `proj:…`. */
  readonly roles: readonly string[];
  /** Whether the default role counts: for people, not for API tokens. */
  readonly isPerson: boolean;
}

export type Allows = (resource: string, action: string, object: string) => boolean;

export interface Policy {
  /** What these subjects may do; to be asked often. */
  for(subjects: Subjects): Allows;
  /** Every role that these subjects have, directly and through others. */
  rolesOf(subjects: Subjects): ReadonlySet<string>;
  /** Whether a role is defined: some rule or link speaks of it. */
  knows(role: string): boolean;
  /** Whether a line makes somebody administrator. */
  readonly namesAdmin: boolean;
  readonly problems: readonly PolicyProblem[];
}

interface CompiledRule {
  readonly effect: 'allow' | 'deny';
  readonly resource: (text: string) => boolean;
  readonly action: (text: string) => boolean;
  readonly object: (text: string) => boolean;
}

/** `update` stands for them too. */
const PARTS_OF_UPDATE: ReadonlySet<string> = new Set(['rollback', 'approve', 'suspend']);

/** Compiles a policy with the built-in roles and the roles of projects; never fails, bad lines are in `problems`. */
export function compilePolicy(source: PolicySource): Policy {
  const parsed = parsePolicy(source.csv);
  const git = parsePolicy(source.git?.csv ?? '');
  const projects = source.projectRoles.map(projectRules);
  const builtin = parsePolicy(BUILTIN_POLICY);
  const links = [...builtin.links, ...parsed.links, ...git.links, ...projects.flatMap((project) => project.links)];
  const problems: PolicyProblem[] = [...parsed.problems];
  const gitProblems: PolicyProblem[] = [...git.problems];
  const rules = new Map<string, CompiledRule[]>();
  const add = (rule: PolicyRule, mode: 'glob' | 'regex', tell: PolicyProblem[]) => {
    const compiled = compileRule(rule, mode, tell);
    if (compiled === undefined) return;
    const had = rules.get(rule.subject);
    if (had === undefined) rules.set(rule.subject, [compiled]);
    else had.push(compiled);
  };
  for (const rule of builtin.rules) add(rule, 'glob', []);
  for (const rule of parsed.rules) add(rule, 'glob', problems);
  for (const rule of git.rules) add(rule, source.git?.matchMode ?? 'glob', gitProblems);
  // What is wrong with a project's role is told where the project is defined.
  for (const rule of projects.flatMap((project) => project.rules)) add(rule, 'glob', []);
  const roles = toRoleMap(links);

  const rolesOf = (subjects: Subjects) =>
    closure(roles, [
      ...subjects.names.filter(isName),
      ...subjects.groups.filter((group) => isName(group) && roles.has(group)),
      ...subjects.roles.filter((role) => role.trim() !== ''),
    ]);
  const forRoles = (held: ReadonlySet<string>): Allows => decide([...held].flatMap((role) => rules.get(role) ?? []));
  return {
    for(subjects) {
      const own = forRoles(rolesOf(subjects));
      if (!subjects.isPerson || source.defaultRole === '') return own;
      const everybody = forRoles(closure(roles, [source.defaultRole]));
      return (resource, action, object) => everybody(resource, action, object) || own(resource, action, object);
    },
    rolesOf(subjects) {
      const held = rolesOf(subjects);
      return subjects.isPerson && source.defaultRole !== '' ? new Set([...held, ...closure(roles, [source.defaultRole])]) : held;
    },
    knows: (role) => rules.has(role) || roles.has(role),
    namesAdmin: [...parsed.links, ...git.links].some(({ subject, role }) => role === ADMIN_ROLE && !subject.startsWith('role:')),
    problems: [...problems, ...gitProblems.map(({ line, message }) => ({ line, message: `(argocd-rbac-cm) ${message}` }))],
  };
}

/** S31: an empty name is nobody; roles are given here, never by a provider. */
function isName(name: string): boolean {
  return name.trim() !== '' && !/^(?:role|proj):/.test(name);
}

function toRoleMap(links: readonly RoleLink[]): ReadonlyMap<string, readonly string[]> {
  const roles = new Map<string, string[]>();
  for (const { subject, role } of links) {
    const had = roles.get(subject);
    if (had === undefined) roles.set(subject, [role]);
    else had.push(role);
  }
  return roles;
}

/** The subjects and every role that they have through others; a circle does no harm. */
function closure(roles: ReadonlyMap<string, readonly string[]>, from: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    open.push(...(roles.get(at) ?? []));
  }
  return reached;
}

/** Actions may come from outside (`action/…/<name>`): no more of them are remembered. */
const MAX_REMEMBERED = 500;

/** Lists ask for the same action on thousands of objects, so which rules speak of it is found out once. */
function decide(rules: readonly CompiledRule[]): Allows {
  if (rules.length === 0) return () => false;
  const remembered = new Map<string, readonly CompiledRule[]>();
  const rulesFor = (resource: string, action: string): readonly CompiledRule[] => {
    const key = `${resource}\n${action}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const meant = rules.filter(
      (rule) => rule.resource(resource) && (rule.action(action) || (PARTS_OF_UPDATE.has(action) && rule.action('update'))),
    );
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, meant);
    return meant;
  };
  return (resource, action, object) => {
    let isAllowed = false;
    for (const rule of rulesFor(resource, action)) {
      if ((isAllowed && rule.effect === 'allow') || !rule.object(object)) continue;
      if (rule.effect === 'deny') return false;
      isAllowed = true;
    }
    return isAllowed;
  };
}

function compileRule(rule: PolicyRule, mode: 'glob' | 'regex', problems: PolicyProblem[]): CompiledRule | undefined {
  const [resource, action, object] = [rule.resource, rule.action, rule.object].map((pattern) => compileText(pattern, mode));
  const bad =
    resource === undefined ? rule.resource : action === undefined ? rule.action : object === undefined ? rule.object : '';
  if (bad !== '') problems.push({ line: rule.line, message: `\`${bad}\` is no valid pattern` });
  if (bad !== '' && rule.effect === 'allow') return undefined;
  const everything = () => true;
  return {
    effect: rule.effect,
    resource: resource ?? everything,
    action: action ?? everything,
    object: object ?? everything,
  };
}

function compileText(pattern: string, mode: 'glob' | 'regex'): ((text: string) => boolean) | undefined {
  if (mode === 'glob') return /[?[\]{}\\]/.test(pattern) ? compilePattern(pattern, 'glob') : compileStars(pattern);
  // Argo CD's regular expressions may match anywhere in the text; `^` and `$` say otherwise.
  if (/[^\\]\|/.test(pattern) && /^\^|\$$/.test(pattern)) return undefined;
  const from = pattern.startsWith('^') ? pattern.slice(1) : `.*(${pattern}`;
  const isOpen = !pattern.startsWith('^');
  const ends = /(?:^|[^\\])\$$/.test(pattern);
  const body = ends ? from.slice(0, -1) : from;
  return compilePattern(`${body}${isOpen ? ')' : ''}${ends ? '' : '.*'}`, 'regex');
}

/** A glob whose only special sign is `*`, as nearly all are: its parts in their order, the first at the beginning and the last at the end. */
function compileStars(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
