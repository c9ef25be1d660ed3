import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { type ControlCommand, MAX_SECONDS } from '../../core/control/commands.ts';
import { clusterOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';
import { reason } from './reason.ts';

const why = v.object({ reason });
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SECONDS));
const rollback = v.object({
  to: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  until: v.optional(v.union([v.picklist(['newer-commit', 'unpin']), seconds]), 'newer-commit'),
  reason,
});
const approve = v.object({ bundle: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)), reason });
/** 0 ends it now. */
const timed = v.object({ seconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SECONDS)), reason });
const remove = v.object({ cascade: v.picklist(['prune', 'orphan']), confirm: v.pipe(v.string(), v.maxLength(253)), reason });

/** What people decide about an App beyond Git. Whoever calls may do it: src/api/api.ts has asked. */
export const controlRoutes = new Hono<ApiEnv>()
  .get('/apps/:cluster/:app/deployments', async (c) => {
    const { cluster, app } = c.req.param();
    const limit = Math.trunc(Math.min(Math.max(Number(c.req.query('limit') ?? 50) || 50, 1), 200));
    return c.json({ deployments: await clusterOf(c.env, cluster).deployments(app, limit) });
  })
  .post('/apps/:cluster/:app/rollback', (c) => decide(c, rollback, (body) => ({ kind: 'rollback', ...body })))
  .post('/apps/:cluster/:app/unpin', (c) => decide(c, why, (body) => ({ kind: 'unpin', ...body })))
  .post('/apps/:cluster/:app/suspend', (c) => decide(c, why, (body) => ({ kind: 'suspend', ...body })))
  .post('/apps/:cluster/:app/resume', (c) => decide(c, why, (body) => ({ kind: 'resume', ...body })))
  .post('/apps/:cluster/:app/approve', (c) => decide(c, approve, (body) => ({ kind: 'approve', ...body })))
  .post('/apps/:cluster/:app/confirm', (c) => decide(c, why, (body) => ({ kind: 'confirm', ...body })))
  .post('/apps/:cluster/:app/break-glass', (c) => decide(c, timed, (body) => ({ kind: 'break-glass', ...body })))
  .post('/apps/:cluster/:app/override-windows', (c) => decide(c, timed, (body) => ({ kind: 'override-windows', ...body })))
  .post('/apps/:cluster/:app/delete', (c) => decide(c, remove, (body) => ({ kind: 'delete', ...body })))
  .post('/apps/:cluster/:app/restore', (c) => decide(c, why, (body) => ({ kind: 'restore', ...body })));

async function decide<S extends v.GenericSchema>(
  c: Context<ApiEnv>,
  schema: S,
  toCommand: (body: v.InferOutput<S>) => ControlCommand,
): Promise<Response> {
  const { cluster = '', app = '' } = c.req.param();
  const body = await readJson(c, schema);
  if (!body.ok) return problemResponse(c, body.error);
  const { caller, roles } = c.get('access').actor();
  const command = toCommand(body.value);
  const decided = await clusterOf(c.env, cluster).control(app, { caller, roles }, command);
  if (!decided.ok) return problemResponse(c, decided.error);
  return c.json(command.kind === 'confirm' ? { id: decided.value.id } : {}, 202);
}
