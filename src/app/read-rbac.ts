import { parsePolicy } from '../../core/access/parse-policy.ts';
import { projectRules } from '../../core/access/project-roles.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Json, JsonObject, Manifest } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { parseYaml } from '../../core/objects/parse-yaml.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { GitAccess } from '../platform/access-port.ts';

/**
 * What a fleet path says of access: the ConfigMap argocd-rbac-cm and the roles of AppProjects.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/docs/operator-manual/argocd-rbac-cm.yaml
 *
 *   policy.csv, policy.<any>.csv   lines of the policy; the others in the order of their keys behind policy.csv
 *   policy.default                 role of everybody who is signed in
 *   policy.matchMode               glob (default) or regex
 *   scopes                         YAML list of claims that name groups
 *
 * What is wrong costs the line, and is told where it stands.
 */
type Rbac = NonNullable<GitAccess['rbac']>;
type Project = GitAccess['projects'][number];

const MAX_ROLES = 200;
const MAX_ENTRIES = 1_000;

export function isRbacConfig(item: JsonObject): boolean {
  const { metadata } = item;
  return (
    item['apiVersion'] === 'v1' && item['kind'] === 'ConfigMap' && isJsonObject(metadata) && metadata['name'] === 'argocd-rbac-cm'
  );
}

export function readRbac({ manifest, file, line }: ManifestDocument): {
  readonly rbac: Rbac;
  readonly problems: readonly Problem[];
} {
  const where = `${file}:${line}`;
  const problems: Problem[] = [];
  const data: JsonObject = isJsonObject(manifest['data']) ? manifest['data'] : {};
  const textOf = (key: string): string => {
    const value = data[key];
    if (value !== undefined && typeof value !== 'string')
      problems.push(problem('access.policy', `argocd-rbac-cm: ${key} must be text`, { where }));
    return typeof value === 'string' ? value : '';
  };
  const more = Object.keys(data)
    .filter((key) => key !== 'policy.csv' && /^policy\..*\.csv$/.test(key))
    .sort();
  const csv = ['policy.csv', ...more].map(textOf).join('\n');
  for (const found of parsePolicy(csv).problems)
    problems.push(problem('access.policy', `argocd-rbac-cm: line ${found.line} of the policy ${found.message}`, { where }));
  const mode = textOf('policy.matchMode');
  if (mode !== '' && mode !== 'glob' && mode !== 'regex')
    problems.push(problem('access.policy', 'argocd-rbac-cm: policy.matchMode is neither `glob` nor `regex`', { where }));
  const scopes = readScopes(textOf('scopes'));
  if (scopes === undefined) problems.push(problem('access.policy', 'argocd-rbac-cm: scopes is no list of names', { where }));
  return {
    rbac: {
      csv,
      defaultRole: textOf('policy.default').trim(),
      scopes: scopes ?? ['groups'],
      matchMode: mode === 'regex' ? 'regex' : 'glob',
    },
    problems,
  };
}

function readScopes(text: string): readonly string[] | undefined {
  if (text.trim() === '') return ['groups'];
  const value: Json | undefined = parseYaml(text, { file: 'scopes' }).documents[0]?.value;
  const names = Array.isArray(value) ? value : [value];
  const isList = names.length <= 20 && names.every((name) => typeof name === 'string' && name.trim() !== '');
  return isList ? (names as readonly string[]) : undefined; // every one was just looked at
}

/** The roles of an AppProject. */
export function readProjectRoles(
  manifest: Manifest,
  where: string,
): { readonly project: Project; readonly problems: readonly Problem[] } {
  const { name } = manifest.metadata;
  const problems: Problem[] = [];
  const spec: Json | undefined = manifest['spec'];
  const entries = isJsonObject(spec) && Array.isArray(spec['roles']) ? spec['roles'] : [];
  const roles: Project['roles'][number][] = [];
  for (const entry of entries.slice(0, MAX_ROLES)) {
    if (!isJsonObject(entry) || typeof entry['name'] !== 'string') continue;
    const role = { role: entry['name'], policies: texts(entry['policies']), groups: texts(entry['groups']) };
    for (const found of projectRules({ project: name, ...role }).problems)
      problems.push(problem('access.policy', `AppProject ${name}, role ${role.role}: a line ${found.message}`, { where }));
    roles.push(role);
  }
  return { project: { name, roles }, problems };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MAX_ENTRIES) : [];
}
