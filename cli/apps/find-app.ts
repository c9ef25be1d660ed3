import type { AppId } from '../../core/api/board.ts';
import type { AppSummary, AppView } from '../../core/api/views.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, fromProblem, usage } from '../failure.ts';
import { nearNames } from '../output/near-names.ts';
import { nameOf } from './app-state.ts';

/** How a person names an App: `web`, `eu-1/web`, or `web` with the cluster beside it. */
export interface AppName {
  readonly name: string;
  readonly cluster?: string | undefined;
}

/** Every App, by cluster and name. */
export async function listApps(api: ApiClient): Promise<Result<readonly AppSummary[], Failure>> {
  const answer = await api.call('GET /apps', {});
  if (!answer.ok) return answer;
  return ok([...answer.value.apps].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)));
}

/** One App in full. Fails when there is none (3) or when several clusters have one (2), naming what could have been meant. */
export async function findApp(api: ApiClient, wanted: AppName): Promise<Result<AppView, Failure>> {
  const id = splitName(wanted);
  if (!id.ok) return id;
  if (id.value !== undefined) {
    const view = await api.call('GET /apps/:cluster/:app', { params: { ...id.value } });
    if (view.ok || view.error.code !== 'api.not_found') return view;
  }
  // Without the cluster, or to say what was meant instead, all must be known.
  const apps = await listApps(api);
  if (!apps.ok) return apps;
  const picked = pickApp(apps.value, wanted);
  return picked.ok
    ? api.call('GET /apps/:cluster/:app', { params: { cluster: picked.value.cluster, app: picked.value.app } })
    : picked;
}

/** The App that is named, of those that are known; fails as findApp does. */
export function pickApp<One extends AppId>(apps: readonly One[], wanted: AppName): Result<One, Failure> {
  const id = splitName(wanted);
  if (!id.ok) return id;
  const { name } = wanted;
  const found = apps.filter((one) =>
    id.value === undefined ? one.app === name : one.cluster === id.value.cluster && one.app === id.value.app,
  );
  const [only] = found;
  if (only === undefined) return err(notFound(apps, id.value === undefined ? name : nameOf(id.value)));
  if (found.length > 1)
    return usage(`${name} runs in several clusters`, `Name one of them: ${found.map(nameOf).join(', ')}; or give --cluster.`);
  return ok(only);
}

function notFound(apps: readonly AppId[], name: string): Failure {
  const failure = fromProblem(problem('api.not_found', `there is no App ${name}`), EXIT.refused);
  const known = apps.flatMap((one) => (name.includes('/') ? [nameOf(one)] : [one.app]));
  const near = nearNames(name, known);
  return near.length === 0 ? failure : { ...failure, fix: `Did you mean ${near.join(' or ')}?` };
}

/** The cluster and App of a name; undefined when it does not say the cluster. */
function splitName({ name, cluster }: AppName): Result<AppId | undefined, Failure> {
  const slash = name.indexOf('/');
  if (slash === -1) return ok(cluster === undefined ? undefined : { cluster, app: name });
  const id = { cluster: name.slice(0, slash), app: name.slice(slash + 1) };
  return cluster === undefined || cluster === id.cluster
    ? ok(id)
    : usage(`${name} is not in cluster ${cluster}: give one of the two`);
}
