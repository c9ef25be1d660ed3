import * as v from 'valibot';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { askHost, type HostCaller, type HostRequest } from './git-host.ts';

/**
 * Opens a pull or merge request, or gives the one that is open already:
 *
 *   GitHub  https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
 *   GitLab  https://docs.gitlab.com/api/merge_requests/#create-mr
 *   Gitea   https://docs.gitea.com/api/#tag/repository/operation/repoCreatePullRequest
 */
export interface Proposal {
  /** Branch with the commits. */
  readonly branch: string;
  /** Branch that they are meant for. */
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

interface HostWords {
  readonly find: HostRequest;
  readonly open: HostRequest;
  /** Reads the address of the request from an entry of a list, or from what was opened. */
  readonly urlOf: (entry: unknown) => string | undefined;
}

/** Gives the address for people. Fails with revert.host_refused, revert.host_unavailable and git.host_forbidden. */
export async function openProposal(caller: HostCaller, proposal: Proposal): Promise<Result<{ readonly url: string }, Problem>> {
  const words = wordsOf(caller, proposal);
  const open = await findOpen(caller, words);
  if (!open.ok || open.value !== undefined) return open.ok ? ok({ url: open.value ?? '' }) : open;
  const made = await askHost(caller, words.open);
  if (!made.ok) return made;
  const url = made.value.status < 300 ? words.urlOf(made.value.json) : undefined;
  if (url !== undefined) return ok({ url });
  // 409 or 422: somebody opened it at the same moment, or the host does not want it.
  const now = await findOpen(caller, words);
  if (now.ok && now.value !== undefined) return ok({ url: now.value });
  return err(
    problem('revert.host_refused', `the Git host did not open the request (${made.value.status})`, { where: caller.host.api }),
  );
}

async function findOpen(caller: HostCaller, words: HostWords): Promise<Result<string | undefined, Problem>> {
  const found = await askHost(caller, words.find);
  if (!found.ok) return found;
  const list = Array.isArray(found.value.json) ? (found.value.json as readonly unknown[]) : []; // Array.isArray gives any[]
  return ok(list.flatMap((entry) => words.urlOf(entry) ?? [])[0]);
}

function wordsOf({ host }: HostCaller, { branch, base, title, body }: Proposal): HostWords {
  if (host.kind === 'gitlab') {
    const path = `/projects/${encodeURIComponent(host.project)}/merge_requests`;
    const query = new URLSearchParams({ state: 'opened', source_branch: branch, target_branch: base });
    const sent = { source_branch: branch, target_branch: base, title, description: body, remove_source_branch: true };
    return {
      find: { method: 'GET', path: `${path}?${query}` },
      open: { method: 'POST', path, body: sent },
      urlOf: (entry) => readUrl(entry, 'web_url'),
    };
  }
  const path = `/repos/${host.project.split('/').map(encodeURIComponent).join('/')}/pulls`;
  const open: HostRequest = { method: 'POST', path, body: { title, body, head: branch, base } };
  if (host.kind === 'github') {
    const query = new URLSearchParams({ state: 'open', head: `${host.project.split('/')[0]}:${branch}`, base });
    return { find: { method: 'GET', path: `${path}?${query}` }, open, urlOf: (entry) => readUrl(entry, 'html_url') };
  }
  // Gitea's list has no filter for the branch.
  const query = new URLSearchParams({ state: 'open', sort: 'recentupdate', limit: '50' });
  return {
    find: { method: 'GET', path: `${path}?${query}` },
    open,
    urlOf: (entry) => (isFrom(entry, branch, base) ? readUrl(entry, 'html_url') : undefined),
  };
}

const refs = v.object({ head: v.object({ ref: v.string() }), base: v.object({ ref: v.string() }) });

function isFrom(entry: unknown, branch: string, base: string): boolean {
  const read = v.safeParse(refs, entry);
  return read.success && read.output.head.ref === branch && read.output.base.ref === base;
}

/** People will click on it: nothing but a web address (threat S27). */
function readUrl(entry: unknown, field: string): string | undefined {
  const read = v.safeParse(v.looseObject({ [field]: v.string() }), entry);
  const text = read.success ? String(read.output[field]) : '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}
