import { repositoryId } from '../../core/app/repository-id.ts';
import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { renderKey } from '../app/render-key.ts';
import type { RepositoryPort } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import { readApp } from '../registry/apps.ts';
import { accessOf, urlOf } from '../registry/sources.ts';

/**
 * Renders an App at an older commit, as it is defined now; the commit is fetched again where it was let go. Fails with what fetching or rendering fails
 * with. Nothing is published: whoever asked compares the digest.
 */
export async function renderAgain(
  parts: {
    readonly sql: Sql;
    readonly vault: Vault;
    readonly repository: (repo: string) => Pick<RepositoryPort, 'refresh' | 'render'>;
  },
  { cluster, app, commit }: { readonly cluster: string; readonly app: string; readonly commit: string },
): Promise<Result<{ readonly bundle: Bundle; readonly digest: Digest }, Problem>> {
  const { sql, vault } = parts;
  const definition = await readApp(sql, vault, { cluster, id: app });
  const repo = definition === undefined ? undefined : repositoryId(definition.source.repoURL);
  if (definition === undefined || repo === undefined)
    return err(problem('api.not_found', `there is no App ${app} in cluster ${cluster}`));
  const access = await accessOf(sql, vault, repo, urlOf(sql, repo) ?? definition.source.repoURL);
  const [fetched] = await parts.repository(repo).refresh(access, [commit]);
  if (fetched !== undefined && !fetched.ok) return fetched;
  const rendered = await parts.repository(repo).render(commit, {
    source: definition.source,
    render: definition.render,
    policyName: definition.policy.name,
    allowEmpty: definition.policy.allowEmpty,
    key: renderKey(definition),
  });
  if (rendered.bundle !== undefined && rendered.digest !== undefined)
    return ok({ bundle: rendered.bundle, digest: rendered.digest });
  return err(rendered.problem ?? problem('render.unavailable', `${commit.slice(0, 7)} could not be rendered`));
}
