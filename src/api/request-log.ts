import type { Context, MiddlewareHandler } from 'hono';
import { randomId, systemClock } from '../platform/clock.ts';
import type { Env } from '../platform/env.ts';
import { log } from '../platform/log.ts';

/** Ids of requests that are being answered. */
const ids = new WeakMap<Request, string>();

/** The id of a request: Cloudflare's own where there is one. */
export function requestId(c: Context): string {
  const ray = c.req.header('cf-ray') ?? '';
  const id = ids.get(c.req.raw) ?? (/^[0-9a-fA-F-]{8,40}$/.test(ray) ? ray : randomId().slice(0, 16));
  ids.set(c.req.raw, id);
  return id;
}

/**
 * Names the request in an answer that tells of a bug (`x-request-id`), as the log does. With PLUMBLINE_ACCESS_LOG=on it logs each request: method, route (not
 * the path, which may hold a token), status and time.
 */
export const requestLog: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  const begun = systemClock();
  await next();
  if (c.res.status >= 500) c.header('x-request-id', requestId(c));
  if (c.env.PLUMBLINE_ACCESS_LOG !== 'on') return;
  const { method, routePath } = c.req;
  log('info', 'request', { request: requestId(c), method, route: routePath, status: c.res.status, ms: systemClock() - begun });
};
