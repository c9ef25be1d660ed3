import { Hono } from 'hono';
import { type AgentBundle, agentManifest } from '../../core/install/agent-manifest.ts';
import { problem } from '../../core/problem/problem.ts';
import { type Env, fleetOf } from '../platform/env.ts';
import { problemResponse } from './problem-response.ts';

/**
 * The whole installation of an agent: `kubectl apply --server-side -f …/install/<token>`. kubectl may fetch it twice, so a GET consumes nothing and
 * nobody may cache it; the token is bound at enrolment.
 */
export function installRoutes(bundle: () => AgentBundle): Hono<{ Bindings: Env }> {
  return new Hono<{ Bindings: Env }>().get('/install/:token', async (c) => {
    const token = c.req.param('token');
    const clusterName = await fleetOf(c.env).tokenCluster(token);
    if (clusterName === undefined)
      return problemResponse(c, problem('api.not_found', 'this install command is unknown or was replaced'));
    const { root } = await fleetOf(c.env).keys();
    if (root === undefined)
      return problemResponse(c, problem('keys.refused', 'this fleet has no root key yet: run `plumb fleet init` first'));
    const workerUrl = c.env.PLUMBLINE_URL ?? new URL(c.req.url).origin;
    const manifest = agentManifest({ workerUrl, token, rootKey: root.key, clusterName, bundle: bundle() });
    return c.body(manifest, 200, { 'content-type': 'application/yaml', 'cache-control': 'no-store' });
  });
}
