import type { PolicySource } from '../../core/access/policy.ts';
import { projectRules } from '../../core/access/project-roles.ts';
import type { PolicyView } from '../../core/api/access.ts';
import type { GitAccess } from '../platform/access-port.ts';
import type { Sql } from '../platform/sql.ts';

/** What people set here. */
export interface StoredPolicy {
  readonly csv: string;
  readonly defaultRole: string;
  readonly scopes: readonly string[];
}
export const NO_POLICY: StoredPolicy = { csv: '', defaultRole: '', scopes: ['groups'] };

type Row = { source: string; value: string };

/** Writes down what a fleet path says of access; gives whether that is news. */
export function putGitAccess(sql: Sql, source: string, said: GitAccess): boolean {
  const value = fitting(said);
  const had = sql.all<Row>('SELECT source, value FROM git WHERE source = ?', source)[0]?.value;
  if (had === value) return false;
  const isNothing = said.rbac === undefined && said.projects.length === 0;
  if (had === undefined && isNothing) return false;
  const n = sql.all<{ n: number | null }>('SELECT max(n) AS n FROM git')[0]?.n ?? 0;
  sql.run(
    'INSERT INTO git (source, n, value) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET value = excluded.value',
    ...[source, n + 1, value],
  );
  return true;
}

/** A row holds 2 MB, and a character takes three bytes at most. */
const MAX_CHARACTERS = 600_000;

/** What is too much to keep grants nothing; the projects are the fleet path's all the same. */
function fitting(said: GitAccess): string {
  const value = JSON.stringify(said);
  if (value.length <= MAX_CHARACTERS) return value;
  const projects = said.projects.map(({ name }) => ({ name, roles: [] }));
  return JSON.stringify({ projects: projects.slice(0, 1_000) } satisfies GitAccess);
}

/** A fleet path was removed; gives whether it had said something. */
export function dropGitAccess(sql: Sql, source: string): boolean {
  const had = sql.all('SELECT 1 AS found FROM git WHERE source = ?', source).length > 0;
  sql.run('DELETE FROM git WHERE source = ?', source);
  return had;
}

/** The policy as a whole: what was set here, argocd-rbac-cm, and the roles of projects. */
export interface JoinedPolicy {
  readonly source: PolicySource;
  readonly scopes: readonly string[];
  readonly git?: { readonly source: string; readonly csv: string; readonly defaultRole: string };
  readonly projectRoles: PolicyView['projectRoles'];
  /** What of Git does not count, in words. */
  readonly ignored: readonly string[];
}

/**
 * Joins them. Of two fleet paths with an argocd-rbac-cm, or with a project of one name, the one that spoke first counts: whoever may push to a second one
 * must not take over the rights of the first (S14). Its lines and scopes hold beside those that were set here; a default role that was set here goes first.
 */
export function joinPolicy(sql: Sql, stored: StoredPolicy): JoinedPolicy {
  const rows = sql
    .all<Row>('SELECT source, value FROM git ORDER BY n')
    .map(({ source, value }) => ({ source, said: JSON.parse(value) as GitAccess })); // written by putGitAccess only
  const ignored: string[] = [];
  const first = rows.find(({ said }) => said.rbac !== undefined);
  const owners = new Map<string, string>();
  for (const { source, said } of rows) {
    if (said.rbac !== undefined && source !== first?.source)
      ignored.push(`argocd-rbac-cm of ${source} does not count: ${first?.source} has one`);
    for (const { name } of said.projects) {
      const owner = owners.get(name) ?? source;
      owners.set(name, owner);
      if (owner !== source) ignored.push(`the roles of AppProject ${name} of ${source} do not count: ${owner} has that project`);
    }
  }
  const roles = rows.flatMap(({ source, said }) =>
    said.projects
      .filter(({ name }) => owners.get(name) === source)
      .flatMap(({ name, roles: own }) => own.map((role) => ({ project: name, ...role }))),
  );
  const rbac = first?.said.rbac;
  for (const role of roles)
    for (const { message } of projectRules(role).problems)
      ignored.push(`AppProject ${role.project}, role ${role.role}: a line ${message}`);
  return {
    source: {
      csv: stored.csv,
      ...(rbac === undefined ? {} : { git: { csv: rbac.csv, matchMode: rbac.matchMode } }),
      defaultRole: stored.defaultRole !== '' ? stored.defaultRole : (rbac?.defaultRole ?? ''),
      projectRoles: roles,
    },
    scopes: [...new Set([...stored.scopes, ...(rbac?.scopes ?? [])])],
    ...(rbac === undefined || first === undefined
      ? {}
      : { git: { source: first.source, csv: rbac.csv, defaultRole: rbac.defaultRole } }),
    projectRoles: roles.map(({ project, role, policies }) => ({ project, role, policies })),
    ignored,
  };
}
