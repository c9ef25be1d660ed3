import { Hono } from 'hono';
import type { Caller, Resource } from '../../core/api/access.ts';
import { problem } from '../../core/problem/problem.ts';
import { hasToken } from '../auth/bearer.ts';
import type { Env } from '../platform/env.ts';
import { appRoutes } from './app-routes.ts';
import { boardRoutes } from './board-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { problemResponse } from './problem-response.ts';

/**
 * Whether the caller may do something to an object: `<project>/<app>` for `applications` and `logs`, a name for the others, `*` for all.
 * It follows the policy while a stream is open, so ask it each time.
 */
export type May = (resource: Resource, action: string, object: string) => boolean;

/** What every handler below /api finds in its context. */
export interface ApiEnv {
  readonly Bindings: Env;
  readonly Variables: { readonly caller: Caller; readonly may: May };
}

/** Everything below /api needs a caller who may do it (core/api/routes.ts says what); nothing reaches a handler past this. */
export const api = new Hono<ApiEnv>()
  .use(async (c, next) => {
    if (!(await hasToken(c.req.header('authorization'), c.env.PLUMBLINE_API_TOKEN)))
      return problemResponse(c, problem('api.unauthenticated', 'the API token is missing or wrong'));
    c.set('caller', { id: 'operator', name: 'operator', kind: 'operator', groups: [], via: 'operator' });
    c.set('may', () => true);
    return next();
  })
  .route('/', appRoutes)
  .route('/', fleetRoutes)
  .route('/', boardRoutes);
