import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import type { ClusterDetails, WebhookSecret, WebhookView } from '../../core/api/views.ts';
import { repositoryId } from '../../core/app/repository-id.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { webhookSecret } from '../auth/webhook-secret.ts';
import { clusterOf, fleetOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import { forbidden } from './authorise.ts';
import { visibleEvent } from './board-visibility.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import { reasonUpTo } from './reason.ts';
import { record } from './record.ts';

const text = (max = 1024) => v.pipe(v.string(), v.maxLength(max));
const host = v.exactOptional(
  v.object({ kind: v.picklist(['github', 'gitlab', 'gitea']), api: v.exactOptional(v.pipe(text(2048), v.url())) }),
);
const credentials = v.variant('kind', [
  v.object({ kind: v.literal('basic'), username: text(), password: text(8192), host }),
  v.object({ kind: v.literal('bearer'), token: text(8192), host }),
]);
const sourceSchema = v.object({
  url: text(2048),
  revision: v.optional(text(256), 'HEAD'),
  path: v.optional(text(), ''),
  cluster: text(63),
  credentials: v.exactOptional(credentials),
});
const publicKey = v.object({ keyid: text(16), key: text(64) });
const envelope = v.object({
  payloadType: text(),
  payload: text(1_000_000),
  signatures: v.array(v.object({ keyid: text(), sig: text() })),
});

/** Fleet paths, credentials, clusters, signing keys, and what happened lately. */
export const fleetRoutes = new Hono<ApiEnv>()
  .get('/fleet', async (c) => c.json({ sources: await fleetOf(c.env).sources() }))
  .post('/fleet', async (c) => {
    const body = await readJson(c, sourceSchema);
    if (!body.ok) return problemResponse(c, body.error);
    // They are the repository's, whoever else uses it: what PUT /credentials needs is needed here, too.
    if (body.value.credentials !== undefined && !c.get('may')('repositories', 'update', '*'))
      return problemResponse(c, forbidden({ resource: 'repositories', action: 'update' }, '*'));
    const path = body.value.path.replace(/^(\.?\/)+|\/+$/g, '');
    const added = await fleetOf(c.env).addSource({ ...body.value, path: path === '.' ? '' : path });
    if (added.ok) {
      c.executionCtx.waitUntil(fleetOf(c.env).work());
      await record(c, { kind: 'source', text: `fleet path ${added.value.id} added for ${added.value.cluster}` });
    }
    return answer(c, added, 201);
  })
  .delete('/fleet', async (c) => {
    const id = c.req.query('id') ?? '';
    const removed = await fleetOf(c.env).removeSource(id);
    if (removed.ok) {
      c.executionCtx.waitUntil(fleetOf(c.env).work());
      await record(c, { kind: 'source', text: `fleet path ${id} removed; its Apps stay` });
    }
    return answer(c, removed);
  })
  .put('/credentials', async (c) => {
    const body = await readJson(c, v.object({ url: text(2048), credentials: v.exactOptional(credentials) }));
    if (!body.ok) return problemResponse(c, body.error);
    const set = await fleetOf(c.env).setCredentials(body.value.url, body.value.credentials);
    if (set.ok) {
      c.executionCtx.waitUntil(fleetOf(c.env).work());
      const what = body.value.credentials === undefined ? 'removed' : 'set';
      await record(c, { kind: 'credentials', text: `credentials of ${repositoryId(body.value.url) ?? 'a repository'} ${what}` });
    }
    return answer(c, set);
  })
  .get('/clusters', async (c) => {
    const may = c.get('may');
    const clusters = (await fleetOf(c.env).clusters()).filter(({ name }) => may('clusters', 'get', name));
    // Until an agent has enrolled, the cluster's own object does not know what it is called.
    const views = clusters.map(async ({ name }) => ({ ...(await clusterOf(c.env, name).view()), name }));
    return c.json({ clusters: await Promise.all(views) });
  })
  .get('/clusters/:name', async (c) => {
    const name = c.req.param('name');
    const isKnown = (await fleetOf(c.env).clusters()).some((cluster) => cluster.name === name);
    if (!isKnown) return problemResponse(c, problem('api.not_found', `there is no cluster ${name}`));
    const cluster = clusterOf(c.env, name);
    const [view, facts, [newest]] = await Promise.all([cluster.view(), cluster.facts(), cluster.history(undefined, 1)]);
    return c.json({
      ...view,
      name,
      agentKeys: facts === undefined ? [] : [facts.agentKey],
      ...(newest === undefined ? {} : { ledgerHead: newest.commit }),
    } satisfies ClusterDetails);
  })
  .post('/clusters', async (c) => {
    const body = await readJson(c, v.object({ name: text(63) }));
    if (!body.ok) return problemResponse(c, body.error);
    const { name } = body.value;
    // A new install command for one that is there lets another agent take its place: that is what rotating is.
    const isKnown = (await fleetOf(c.env).clusters()).some((cluster) => cluster.name === name);
    if (isKnown && !c.get('may')('clusters', 'update', name))
      return problemResponse(c, forbidden({ resource: 'clusters', action: 'update' }, name));
    return giveInstall(c, name);
  })
  .post('/clusters/:name/rotate', async (c) => {
    const name = c.req.param('name');
    const body = await readJson(c, v.object({ reason: reasonUpTo(1000) }));
    if (!body.ok) return problemResponse(c, body.error);
    const isKnown = (await fleetOf(c.env).clusters()).some((cluster) => cluster.name === name);
    return isKnown
      ? giveInstall(c, name, body.value.reason)
      : problemResponse(c, problem('api.not_found', `there is no cluster ${name}`));
  })
  .delete('/clusters/:name', async (c) => {
    const name = c.req.param('name');
    const removed = await fleetOf(c.env).removeCluster(name);
    if (removed.ok) await record(c, { kind: 'cluster', text: `cluster ${name} removed; what runs there stays` });
    return answer(c, removed);
  })
  .get('/keys', async (c) => c.json(await fleetOf(c.env).keys()))
  .post('/keys', async (c) => {
    const key = await fleetOf(c.env).makeSigningKey();
    await record(c, { kind: 'keys', text: `signing key ${key.keyid} made` });
    return c.json(key, 201);
  })
  .put('/keys', async (c) => {
    const body = await readJson(c, v.object({ envelope, root: publicKey }));
    if (!body.ok) return problemResponse(c, body.error);
    const set = await fleetOf(c.env).setKeyList(body.value.envelope, body.value.root);
    if (set.ok) await record(c, { kind: 'keys', text: `key list ${set.value.version} accepted` });
    return answer(c, set);
  })
  .get('/webhook', (c) => c.json({ path: '/hooks' } satisfies WebhookView))
  .post('/webhook', async (c) => {
    await record(c, { kind: 'webhook', text: 'the webhook secret was shown' });
    return c.json({ path: '/hooks', secret: await webhookSecret(c.env) } satisfies WebhookSecret);
  })
  .get('/events', async (c) => {
    // `after` is one number per cluster, as the answer gave them: `eu-1:41,us-1:7`.
    const after = new Map(
      (c.req.query('after') ?? '').split(',').map((part) => [part.split(':')[0] ?? '', Number(part.split(':')[1]) || 0]),
    );
    const clusters = await fleetOf(c.env).clusters();
    const lists = await Promise.all(clusters.map(({ name }) => clusterOf(c.env, name).events(after.get(name) ?? 0)));
    const may = c.get('may');
    const seen = lists.flat().filter((event) => visibleEvent(event, may));
    return c.json({ events: seen.sort((a, b) => a.time - b.time) });
  });

/** Makes a new install command of a cluster; the token of an earlier one ends, an agent that has enrolled goes on until another one enrols. */
async function giveInstall(c: Context<ApiEnv>, name: string, reason?: string): Promise<Response> {
  const added = await fleetOf(c.env).addCluster(name);
  if (!added.ok) return problemResponse(c, added.error);
  c.executionCtx.waitUntil(fleetOf(c.env).work());
  const why = reason === undefined ? {} : { reason };
  await record(c, { kind: 'cluster', text: `install command made for cluster ${name}`, ...why });
  const origin = c.env.PLUMBLINE_URL ?? new URL(c.req.url).origin;
  return c.json({ name, token: added.value.token, install: `${origin}/install/${added.value.token}` }, 201);
}

function answer(c: Parameters<typeof problemResponse>[0], result: Result<unknown, Problem>, status: 200 | 201 = 200): Response {
  return result.ok ? c.json(result.value === true ? {} : (result.value as object), status) : problemResponse(c, result.error);
}
