import { Hono } from 'hono';
import { accessRoutes } from './access-routes.ts';
import type { ApiEnv } from './api-env.ts';
import { appRoutes } from './app-routes.ts';
import { authoriseRoute } from './authorise.ts';
import { boardRoutes } from './board-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { figuresRoutes } from './figures-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { ledgerViewRoutes } from './ledger-view-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { notifyRoutes } from './notify-routes.ts';
import { problemResponse } from './problem-response.ts';
import { badgeRoutes } from './public-routes.ts';
import { revertRoutes } from './revert-routes.ts';

/** Everything below /api needs a caller who may do it (core/api/routes.ts says what); nothing reaches a handler past this. */
export const api = new Hono<ApiEnv>()
  .use(async (c, next) => {
    await next();
    // What one may see is for nobody's cache but their own, and is never anything else than it says (S40).
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    c.res.headers.set('x-content-type-options', 'nosniff');
  })
  .use(async (c, next) => {
    const who = await authoriseRoute(c);
    if (!who.ok) return problemResponse(c, who.error);
    c.set('access', who.value);
    c.set('caller', who.value.caller);
    c.set('may', who.value.may);
    return next();
  })
  .route('/', appRoutes)
  .route('/', controlRoutes)
  .route('/', fleetRoutes)
  .route('/', boardRoutes)
  .route('/', ledgerViewRoutes)
  .route('/', revertRoutes)
  .route('/', liveRoutes)
  .route('/', figuresRoutes)
  .route('/', badgeRoutes)
  .route('/', notifyRoutes)
  .route('/', accessRoutes);
