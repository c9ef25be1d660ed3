import type { AppSummary } from '../../core/api/views.ts';
import { problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import { EXIT, type Failure, fromProblem, usage } from '../failure.ts';
import { nameOf } from './app-state.ts';

/** Every App, by cluster and name. */
export async function listApps(api: ApiClient): Promise<Result<readonly AppSummary[], Failure>> {
  const answer = await api.get<{ readonly apps: readonly AppSummary[] }>('/apps');
  if (!answer.ok) return answer;
  return ok([...answer.value.apps].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)));
}

/** The App that `web` or `eu-1/web` names. Fails when there is none (3) or when several clusters have one (2), naming them. */
export async function findApp(api: ApiClient, name: string): Promise<Result<AppSummary, Failure>> {
  const apps = await listApps(api);
  return apps.ok ? pickApp(apps.value, name) : apps;
}

/** As findApp, of Apps that are known. */
export function pickApp(apps: readonly AppSummary[], name: string): Result<AppSummary, Failure> {
  const found = apps.filter((view) => (name.includes('/') ? nameOf(view) === name : view.app === name));
  const [only] = found;
  if (only === undefined) return err(fromProblem(problem('api.not_found', `there is no App ${name}`), EXIT.refused));
  if (found.length > 1) return usage(`${name} runs in several clusters`, `Name one of them: ${found.map(nameOf).join(', ')}.`);
  return ok(only);
}
