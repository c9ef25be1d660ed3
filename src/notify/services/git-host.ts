import { toLine } from '../../../core/notify/safe-text.ts';
import type { JsonObject } from '../../../core/objects/object.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { askHttp, askJson, fieldOf, type HttpAnswer, joinUrl } from '../ask-http.ts';
import { type Outcome, type ServiceAccess, type ServiceIo, settingOf, type Task } from '../service.ts';

/**
 * Commit statuses, and deployments where the setting `deployments` asks for them, on GitHub, GitLab and Gitea. The same status again changes nothing
 * there. A deployment is made once for each App and revision; its number is kept in `thread`.
 */
interface Host {
  readonly api: string;
  /** The web host whose repositories it has; other repositories are somebody else's. */
  readonly host: string;
  readonly headers: { readonly [name: string]: string };
}

/** GitHub: https://docs.github.com/rest/commits/statuses, …/rest/deployments */
export async function sendGitHub(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const url = settingOf(service, 'url') || 'https://api.github.com';
  const headers = {
    ...{ authorization: `Bearer ${service.secrets['token'] ?? ''}`, accept: 'application/vnd.github+json' },
    'x-github-api-version': '2022-11-28',
  };
  if (task.kind === 'test') return checkToken(joinUrl(url, 'rate_limit'), headers, { service, io });
  const found = commitOf(task, service, { api: url, host: webHost(url, 'api.github.com', 'github.com'), headers });
  if (!found.ok) return found.error;
  const { repository, sha, state } = found.value;
  const repo = joinUrl(url, `repos/${repository}`);
  const ask = (path: string, body: JsonObject) => askJson({ url: `${repo}/${path}`, headers, body }, { service, io });
  const set = await ask(`statuses/${sha}`, { state, ...statusText(task, 140) });
  if (!set.ok) return set.error;
  if (service.settings['deployments'] !== true) return { state: 'sent' };
  const made = await deploymentOf(task, async () =>
    ask('deployments', {
      ...{ ref: sha, environment: environmentOf(task, service), auto_merge: false, required_contexts: [] },
      ...{ description: toLine(task.message.title, 140), payload: { plumbline: task.id } },
    }),
  );
  if (!made.ok) return made.error;
  const status = await ask(`deployments/${made.value}/statuses`, {
    state: { pending: 'in_progress', success: 'success', failure: 'failure' }[state],
    description: toLine(task.message.title, 140),
    ...(task.message.links[0] === undefined ? {} : { log_url: task.message.links[0].url }),
  });
  return status.ok
    ? { state: 'sent', thread: { deployment: made.value } }
    : { ...status.error, ...keepThread(status.error, made.value) };
}

/** GitLab: https://docs.gitlab.com/api/commits/#set-the-pipeline-status-of-a-commit, …/api/deployments */
export async function sendGitLab(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const url = settingOf(service, 'url') || 'https://gitlab.com';
  const headers = { 'private-token': service.secrets['token'] ?? '' };
  if (task.kind === 'test') return checkToken(joinUrl(url, 'api/v4/user'), headers, { service, io });
  const found = commitOf(task, service, { api: url, host: webHost(url, '', ''), headers });
  if (!found.ok) return found.error;
  const { repository, sha, state: commit } = found.value;
  const state = ({ pending: 'running', success: 'success', failure: 'failed' } as const)[commit];
  const project = joinUrl(url, `api/v4/projects/${encodeURIComponent(repository)}`);
  const { context, description, target_url } = statusText(task, 255);
  const body = { state, name: context, description, ...(target_url === undefined ? {} : { target_url }) };
  // GitLab refuses a state that is already there.
  const accepts = ({ status, text }: HttpAnswer) => status === 400 && /Cannot transition status/i.test(text);
  const set = await askJson({ url: `${project}/statuses/${sha}`, headers, body }, { service, io, accepts });
  if (!set.ok) return set.error;
  if (service.settings['deployments'] !== true) return { state: 'sent' };
  const known = task.thread?.['deployment'];
  const deployment = { environment: environmentOf(task, service), sha, ref: sha, tag: false, status: state };
  const asked =
    typeof known === 'string'
      ? await askJson(
          { url: `${project}/deployments/${known}`, method: 'PUT', headers, body: { status: state } },
          { service, io, accepts },
        )
      : await askJson({ url: `${project}/deployments`, headers, body: deployment }, { service, io });
  if (!asked.ok) return asked.error;
  return { state: 'sent', thread: { deployment: typeof known === 'string' ? known : (fieldOf(asked.value.json, 'id') ?? '') } };
}

/** Gitea and Forgejo: https://docs.gitea.com/api, `POST /repos/{owner}/{repo}/statuses/{sha}` */
export async function sendGitea(task: Task, service: ServiceAccess, io: ServiceIo): Promise<Outcome> {
  const url = settingOf(service, 'url');
  const headers = { authorization: `token ${service.secrets['token'] ?? ''}` };
  if (task.kind === 'test') return checkToken(joinUrl(url, 'api/v1/user'), headers, { service, io });
  const found = commitOf(task, service, { api: url, host: webHost(url, '', ''), headers });
  if (!found.ok) return found.error;
  const { repository, sha, state } = found.value;
  const body = { state, ...statusText(task, 250) };
  const set = await askJson({ url: joinUrl(url, `api/v1/repos/${repository}/statuses/${sha}`), headers, body }, { service, io });
  return set.ok ? { state: 'sent' } : set.error;
}

/** A test has no commit to mark: it asks whether the token is good. */
async function checkToken(
  url: string,
  headers: { readonly [name: string]: string },
  on: { readonly service: ServiceAccess; readonly io: ServiceIo },
): Promise<Outcome> {
  if (on.service.secrets['token'] === undefined) return { state: 'failed', problem: 'its secret `token` is not stored' };
  const asked = await askHttp({ url, method: 'GET', headers }, on);
  return asked.ok ? { state: 'sent' } : asked.error;
}

/** The deployment that this App and revision has, made now if there is none yet. */
async function deploymentOf(task: Task, make: () => Promise<Result<HttpAnswer, Outcome>>): Promise<Result<string, Outcome>> {
  const known = task.thread?.['deployment'];
  if (typeof known === 'string' && known !== '') return ok(known);
  const made = await make();
  if (!made.ok) return made;
  const id = fieldOf(made.value.json, 'id');
  return id === undefined ? err({ state: 'failed', problem: 'the service made no deployment' }) : ok(id);
}

/** A deployment that was made is not made again when only its state could not be told. */
function keepThread(outcome: Outcome, deployment: string): { readonly thread?: JsonObject } {
  return outcome.state === 'later' ? { thread: { deployment } } : {};
}

interface Commit {
  readonly repository: string;
  readonly sha: string;
  readonly state: 'pending' | 'success' | 'failure';
}

/** What a notice says of which commit of which repository. */
function commitOf(task: Task, service: ServiceAccess, { host }: Host): Result<Commit, Outcome> {
  const failed = (problem: string) => err({ state: 'failed' as const, problem });
  if (service.secrets['token'] === undefined) return failed('its secret `token` is not stored');
  if (task.commit === undefined || !/^[0-9a-f]{40,64}$/.test(task.revision)) return failed('there is no commit to mark');
  const set = settingOf(service, 'repository');
  const repository = set === '' ? repositoryOf(task.repoURL, host) : set;
  if (repository === undefined) return failed(`the App's repository is not on ${toLine(host, 100)}`);
  if (!/^[\w.-]+(?:\/[\w.-]+)+$/.test(repository) || repository.split('/').some((part) => /^\.+$/.test(part)))
    return failed('the repository has no name that could be asked for');
  return ok({ repository, sha: task.revision, state: task.commit });
}

/** `owner/name` of a repository on that host. */
export function repositoryOf(repoURL: string, host: string): string | undefined {
  const match =
    /^(?:https?|ssh):\/\/(?:[^@/]*@)?([^/:]+(?::\d+)?)\/([^?#]+?)(?:\.git)?\/?$/.exec(repoURL) ??
    /^[^@/]+@([^:/]+):([^?#]+?)(?:\.git)?\/?$/.exec(repoURL);
  return match?.[1]?.toLowerCase() === host.toLowerCase() ? match[2] : undefined;
}

function webHost(url: string, apiHost: string, host: string): string {
  const found = URL.canParse(url) ? new URL(url).host : '';
  return found === apiHost ? host : found;
}

function environmentOf({ cluster, app }: Task, service: ServiceAccess): string {
  return settingOf(service, 'environment') || `${cluster}/${app}`;
}

function statusText(
  { cluster, app, message }: Task,
  max: number,
): { readonly context: string; readonly description: string; readonly target_url?: string } {
  const [first] = message.links;
  return {
    context: `plumbline/${cluster}/${app}`,
    description: toLine(message.title, max),
    ...(first === undefined ? {} : { target_url: first.url }),
  };
}
