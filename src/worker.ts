import { Hono } from 'hono';
import { problem, toProblem } from '../core/problem/problem.ts';
import { agentRoutes } from './api/agent-routes.ts';
import { api } from './api/api.ts';
import { authRoutes } from './api/auth-routes.ts';
import { dashboardRoutes } from './api/dashboard-routes.ts';
import { hookRoutes } from './api/hook-routes.ts';
import { installRoutes } from './api/install-routes.ts';
import { ledgerRoutes } from './api/ledger-routes.ts';
import { problemResponse } from './api/problem-response.ts';
import { publicRoutes } from './api/public-routes.ts';
import { requestId, requestLog } from './api/request-log.ts';
import { agentBundle } from './platform/agent-bundle.ts';
import { type Env, fleetOf } from './platform/env.ts';
import { log } from './platform/log.ts';

export { Access } from './durable/access.ts';
export { Board } from './durable/board.ts';
export { Cluster } from './durable/cluster.ts';
export { Fleet } from './durable/fleet.ts';
export { Lobby } from './durable/lobby.ts';
export { Notifier } from './durable/notifier.ts';
export { Repository } from './durable/repository.ts';

/** Below /api callers are checked; agents sign, Git hosts sign, the install command carries its own token. */
const app = new Hono<{ Bindings: Env }>()
  .use(requestLog)
  .get('/healthz', (c) => c.text('ok\n'))
  .route('/', agentRoutes)
  .route('/', hookRoutes)
  .route('/', installRoutes(agentBundle))
  .route('/', ledgerRoutes)
  .route('/', authRoutes)
  .route('/', publicRoutes)
  .route('/api', api)
  .route('/', dashboardRoutes)
  .notFound((c) => problemResponse(c, problem('api.not_found', `there is nothing at ${c.req.path}`)))
  .onError((error, c) => {
    const found = toProblem(error);
    log('error', 'request_failed', { request: requestId(c), route: c.req.routePath, error: found.message });
    return c.json({ ...problem('bug', 'the request failed; the log has the reason') }, 500);
  });

export default {
  fetch: app.fetch,
  /** Every minute: sources that are due, work that was interrupted, snapshots that expire. */
  async scheduled(_controller: ScheduledController, env: Env, ctx: ExecutionContext): Promise<void> {
    ctx.waitUntil(fleetOf(env).tick());
  },
} satisfies ExportedHandler<Env>;
