import { Hono } from 'hono';
import { problem } from '../../core/problem/problem.ts';
import { webhookSecret } from '../auth/webhook-secret.ts';
import { accessOf, type Env, fleetOf } from '../platform/env.ts';
import { readBounded } from '../platform/read-bounded.ts';
import { parseWebhook } from '../webhook/parse-webhook.ts';
import { addressOf, tooMany } from './auth-routes.ts';
import { problemResponse } from './problem-response.ts';

/** GitHub refuses to send more than 25 MB; what a push event needs fits in far less, and the poll finds what is missed. */
const MAX_BODY = 2_000_000;

/** Push events of every Git host: a hint that a repository may have moved, answered before the work is done. */
export const hookRoutes = new Hono<{ Bindings: Env }>().post('/hooks', async (c) => {
  const body = await readBounded(c.req.raw, MAX_BODY);
  if (!body.ok) return problemResponse(c, problem('webhook.too_large', `the payload is larger than ${MAX_BODY} bytes`));
  const hook = await parseWebhook(c.req.raw, body.value, await webhookSecret(c.env));
  if (!hook.ok) {
    // Whoever signs validly is never slowed down: others may send from the same addresses of a Git host (S33).
    const seconds = hook.error.code === 'webhook.signature' ? await accessOf(c.env).attemptFailed('webhook', addressOf(c)) : 0;
    return seconds > 0 ? tooMany(c, seconds) : problemResponse(c, hook.error);
  }
  if (hook.value.event !== 'push') return c.json({ event: hook.value.event }, 200);
  const announced = hook.value.refs.flatMap((ref) => ref.after ?? []);
  const { known } = await fleetOf(c.env).changed(hook.value.repositories, announced);
  if (known === 0) return problemResponse(c, problem('webhook.unknown_repository', 'no fleet path or App uses this repository'));
  c.executionCtx.waitUntil(fleetOf(c.env).work());
  return c.json({ event: 'push', repositories: known }, 202);
});
