import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { refOfKey } from '../../core/objects/object.ts';
import { problem } from '../../core/problem/problem.ts';
import { clusterOf, type Env, fleetOf } from '../platform/env.ts';
import type { AppView } from '../platform/ports.ts';
import type { ApiEnv } from './api-env.ts';
import { appObject, permissionsOf } from './app-permissions.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import { reason } from './reason.ts';

/** More than this is a sync of the App. */
const MAX_RESOURCES = 1_000;

const notFound = (cluster: string, app: string) => problem('api.not_found', `there is no App ${app} in cluster ${cluster}`);
const flag = v.exactOptional(v.boolean());
const askSchema = v.object({ reason });
const syncSchema = v.object({
  prune: flag,
  dryRun: flag,
  force: flag,
  replace: flag,
  /** Keys of objects, as `status.resources` names them: only these are synced, without hooks. */
  resources: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.maxLength(2048),
          v.check((key) => isObjectKey(key), 'is no key of an object: group/Kind/namespace/name'),
        ),
      ),
      v.minLength(1),
      v.maxLength(MAX_RESOURCES),
      v.readonly(),
    ),
  ),
  reason,
});

/** Apps: list, one, its resources, its desired objects and their drift, its history; what people ask of them. */
export const appRoutes = new Hono<ApiEnv>()
  .get('/apps', async (c) => {
    const clusters = await fleetOf(c.env).clusters();
    const lists = await Promise.all(clusters.map(({ name }) => clusterOf(c.env, name).apps()));
    const may = c.get('may');
    const seen = lists.flat().filter((view) => may('applications', 'get', appObject(view)));
    return c.json({ apps: seen.map(withoutResources) });
  })
  .get('/apps/:cluster/:app', async (c) => {
    const { cluster, app } = c.req.param();
    const view = await findApp(c.env, cluster, app);
    if (view === undefined) return problemResponse(c, notFound(cluster, app));
    return c.json({ ...view, can: permissionsOf(view, c.get('may')) });
  })
  .get('/apps/:cluster/:app/resources', async (c) => {
    const { cluster, app } = c.req.param();
    const view = await findApp(c.env, cluster, app);
    return view === undefined ? problemResponse(c, notFound(cluster, app)) : c.json({ resources: view.status?.resources ?? [] });
  })
  .get('/apps/:cluster/:app/diff', async (c) => {
    const { cluster, app } = c.req.param();
    const view = await findApp(c.env, cluster, app);
    if (view === undefined) return problemResponse(c, notFound(cluster, app));
    const desired = (await clusterOf(c.env, cluster).desired(app)) ?? [];
    const next = view.control?.next === undefined ? undefined : await clusterOf(c.env, cluster).desired(app, 'next');
    const outOfSync = (view.status?.resources ?? []).filter((resource) => resource.sync !== 'Synced');
    return c.json({ revision: view.revision, drift: view.status?.drift ?? [], outOfSync, desired, ...(next && { next }) });
  })
  .get('/apps/:cluster/:app/history', async (c) => {
    const { cluster, app } = c.req.param();
    if ((await findApp(c.env, cluster, app)) === undefined) return problemResponse(c, notFound(cluster, app));
    const limit = Math.trunc(Math.min(Math.max(Number(c.req.query('limit') ?? 50) || 50, 1), 1000));
    return c.json({ history: await clusterOf(c.env, cluster).history(app, limit) });
  })
  .post('/apps/:cluster/:app/sync', async (c) => {
    const { cluster, app } = c.req.param();
    if ((await findApp(c.env, cluster, app)) === undefined) return problemResponse(c, notFound(cluster, app));
    const body = await readJson(c, syncSchema);
    if (!body.ok) return problemResponse(c, body.error);
    const asked = await clusterOf(c.env, cluster).request(app, { kind: 'sync', ...body.value, actor: c.get('caller').name });
    return asked.ok ? c.json(asked.value, 202) : problemResponse(c, asked.error);
  })
  .post('/apps/:cluster/:app/terminate', (c) => ask(c, 'terminate'))
  .post('/apps/:cluster/:app/reset', (c) => ask(c, 'reset'))
  .post('/apps/:cluster/:app/refresh', async (c) => {
    const { cluster, app } = c.req.param();
    const refreshed = await fleetOf(c.env).refresh(cluster, app);
    if (refreshed.ok) c.executionCtx.waitUntil(fleetOf(c.env).work());
    return refreshed.ok ? c.json({}, 202) : problemResponse(c, refreshed.error);
  });

/** Ends the sync that runs, or lets a failed release begin anew. */
async function ask(c: Context<ApiEnv>, kind: 'terminate' | 'reset'): Promise<Response> {
  const { cluster = '', app = '' } = c.req.param();
  const view = await findApp(c.env, cluster, app);
  if (view === undefined) return problemResponse(c, notFound(cluster, app));
  if (kind === 'reset' && view.definition.policy.release === undefined)
    return problemResponse(c, problem('api.conflict', `${app} is no HelmRelease: there are no retries to reset`));
  const body = await readJson(c, askSchema);
  if (!body.ok) return problemResponse(c, body.error);
  const asked = await clusterOf(c.env, cluster).request(app, { kind, ...body.value, actor: c.get('caller').name });
  return asked.ok ? c.json(asked.value, 202) : problemResponse(c, asked.error);
}

function isObjectKey(key: string): boolean {
  const ref = refOfKey(key);
  return ref !== undefined && ref.kind !== '' && ref.name !== '';
}

async function findApp(env: Env, cluster: string, app: string): Promise<AppView | undefined> {
  const known = (await fleetOf(env).clusters()).some(({ name }) => name === cluster);
  return known ? clusterOf(env, cluster).app(app) : undefined;
}

/** A list of many Apps says how many objects each has, not which. */
function withoutResources(view: AppView): unknown {
  if (view.status === undefined) return view;
  const { resources, ...status } = view.status;
  return { ...view, status: { ...status, objects: resources.length } };
}
