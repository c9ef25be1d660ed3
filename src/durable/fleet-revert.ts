import type { RevertAnswer } from '../../core/api/control.ts';
import { repositoryId } from '../../core/app/repository-id.ts';
import { oneLine } from '../../core/ledger/one-line.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { findGitHost, type HostNetwork } from '../git-hosts/git-host.ts';
import { openProposal } from '../git-hosts/propose.ts';
import type { AppNote, ClusterPort, RepositoryPort, RevertRequest } from '../platform/ports.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import { readApp } from '../registry/apps.ts';
import { accessOf, urlOf } from '../registry/sources.ts';

export interface RevertParts {
  readonly sql: Sql;
  readonly vault: Vault;
  readonly now: number;
  readonly repository: (repo: string) => Pick<RepositoryPort, 'revert'>;
  readonly cluster: (name: string) => Pick<ClusterPort, 'note'>;
  readonly network: HostNetwork;
  readonly allowHost: (url: URL) => boolean;
}

/** Which App, and what is asked. */
export interface RevertOf {
  readonly cluster: string;
  readonly app: string;
  readonly request: RevertRequest;
}

/**
 * Undoes a source commit of an App in Git, by a push to its branch or by a pull or merge request, and has the ledger of its cluster record who asked for it
 * and why. Gives the repository too, which has work to do now.
 */
export async function revertApp(
  parts: RevertParts,
  { cluster, app, request }: RevertOf,
): Promise<Result<{ readonly answer: RevertAnswer; readonly repo: string }, Problem>> {
  const { sql, vault, now } = parts;
  const definition = await readApp(sql, vault, { cluster, id: app });
  const repo = definition === undefined ? undefined : repositoryId(definition.source.repoURL);
  if (definition === undefined || repo === undefined)
    return err(problem('api.not_found', `there is no App ${app} in cluster ${cluster}`));
  const access = await accessOf(sql, vault, repo, urlOf(sql, repo) ?? definition.source.repoURL);
  const host = request.how === 'propose' ? findGitHost(access.url, access.credentials?.host) : undefined;
  if (host !== undefined && !host.ok) return host;
  const { commit, actor, reason } = request;
  const words = { cluster, app, actor, ...(reason === undefined ? {} : { reason }) };
  const proposal = host === undefined ? {} : { proposal: `plumbline/revert-${commit.slice(0, 7)}-${app}` };
  // What is proposed is looked at by those who may merge it.
  const within = request.onlyOwn && host === undefined ? { within: definition.source.path } : {};
  const reverted = await parts
    .repository(repo)
    .revert(access, { revision: definition.source.revision, commit, words, now, ...proposal, ...within });
  if (!reverted.ok) return reverted;
  const { branch, base, subject } = reverted.value;
  const note = toNote(request, { app, branch, commit: reverted.value.commit });
  if (host === undefined) {
    await parts.cluster(cluster).note(note);
    return ok({ answer: { commit: reverted.value.commit, branch }, repo });
  }
  const { network, allowHost } = parts;
  const caller = { host: host.value, credentials: access.credentials, network, allowHost };
  const opened = await openProposal(caller, {
    branch,
    base,
    title: oneLine(subject, 200),
    body: describe(request, cluster, app),
  });
  if (!opened.ok) return opened;
  await parts.cluster(cluster).note({ ...note, text: `${note.text}, proposed as ${oneLine(opened.value.url, 120)}` });
  return ok({ answer: { commit: reverted.value.commit, branch, url: opened.value.url }, repo });
}

function toNote(
  { actor, reason, commit }: RevertRequest,
  made: { readonly app: string; readonly branch: string; readonly commit: string },
): AppNote {
  const text = `revert ${commit.slice(0, 7)} by ${made.commit} on ${oneLine(made.branch, 100)}`;
  return { app: made.app, action: 'revert', text, actor, revision: commit, ...(reason === undefined ? {} : { reason }) };
}

function describe({ commit, actor, reason }: RevertRequest, cluster: string, app: string): string {
  const why = reason === undefined ? '' : `${oneLine(reason, 2000)}\n\n`;
  return `${why}Reverts ${commit}. Asked for by ${oneLine(actor, 200)} for App ${app} of cluster ${cluster}, through Plumbline.`;
}
