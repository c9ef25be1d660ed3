import { Hono } from 'hono';
import * as v from 'valibot';
import { clusterOf, fleetOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import { reasonUpTo } from './reason.ts';

const revertSchema = v.object({
  commit: v.exactOptional(v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{7,40}$/, 'is no commit: 7 to 40 hex digits'))),
  reason: reasonUpTo(2000),
  how: v.picklist(['push', 'propose']),
});

/** A real `git revert` of a source commit of an App, pushed or proposed. Whoever calls may do it: src/api/api.ts has asked. */
export const revertRoutes = new Hono<ApiEnv>().post('/apps/:cluster/:app/revert', async (c) => {
  const { cluster, app } = c.req.param();
  const body = await readJson(c, revertSchema);
  if (!body.ok) return problemResponse(c, body.error);
  const commit = await clusterOf(c.env, cluster).sourceCommit(app, body.value.commit);
  if (!commit.ok) return problemResponse(c, commit.error);
  const actor = c.get('caller').name;
  // A commit may have changed more than this App: to undo that by a push takes the permission for every App (S14).
  const onlyOwn = !c.get('may')('applications', 'rollback', '*/*');
  const reverted = await fleetOf(c.env).revert(cluster, app, { ...body.value, commit: commit.value, actor, onlyOwn });
  if (!reverted.ok) return problemResponse(c, reverted.error);
  c.executionCtx.waitUntil(fleetOf(c.env).work());
  return c.json(reverted.value, 201);
});
