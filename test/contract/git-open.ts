import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { createHostPolicy } from '../../src/fetch/host-policy.ts';
import { createRepository, type Refreshed, type Repository, type RepositoryOptions } from '../../src/fetch/repository.ts';
import { openVault } from '../../src/platform/vault.ts';
import { nodeNetwork } from '../fakes/git-server-network.ts';
import { createNodeSql } from '../fakes/node-sql.ts';

const vault = await openVault('0123456789abcdef0123456789abcdef');

/** Opens a repository on this machine, in memory unless `sql` says otherwise. */
export function openRepository(url: string, options: Partial<RepositoryOptions> = {}): Repository {
  const allowHost = createHostPolicy({ allow: ['127.0.0.1'] });
  // Another handle to the same database is what a restart sees.
  const sql = { ...(options.sql ?? createNodeSql()) };
  return createRepository({ url, vault, network: nodeNetwork, allowHost, ...options, sql });
}

export type Outcome = Result<Refreshed, Problem> | undefined;

/** The value of an outcome that must be good. */
export function good(outcome: Outcome): Refreshed {
  if (outcome === undefined || !outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

export const codeOf = (outcome: Result<unknown, Problem> | undefined): string =>
  outcome === undefined || outcome.ok ? 'ok' : outcome.error.code;

export async function refreshOne(repository: Repository, revision: string): Promise<Outcome> {
  return (await repository.refresh({ revisions: [revision] }))[0];
}

/** The text of a file, or the code of why it cannot be read. */
export async function readText(repository: Repository, commit: string, path: string): Promise<string> {
  const read = await repository.readFile(commit, path);
  return read.ok ? new TextDecoder().decode(read.value) : read.error.code;
}
