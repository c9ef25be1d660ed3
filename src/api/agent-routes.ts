import { type Context, Hono } from 'hono';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { parseEnrolRequest } from '../../core/protocol/schemas.ts';
import { systemClock } from '../platform/clock.ts';
import { clusterOf, type Env, fleetOf, lobbyOf } from '../platform/env.ts';
import { readBounded } from '../platform/read-bounded.ts';
import { problemResponse } from './problem-response.ts';
import { forgetCluster, readAgentRequest } from './signed-agent.ts';

/** What agents call: poll, report, bundles and enrolment. Every request but the first is signed with the agent's key. */
export const agentRoutes = new Hono<{ Bindings: Env }>()
  .post('/agent/poll', async (c) => {
    const request = await readAgentRequest(c, 'poll');
    if (!request.ok) return refuse(c, request.error);
    const { cluster, claim, body, path } = request.value;
    const polled = await lobbyOf(c.env, cluster.lobby).poll(cluster.name, claim, body, path);
    if (!polled.ok) {
      forgetCluster(claim.cluster);
      return refuse(c, polled.error);
    }
    if (!polled.value.news) return c.body(null, 204);
    return c.json(await clusterOf(c.env, cluster.name).deliver(polled.value.request));
  })
  .post('/agent/report', async (c) => {
    const request = await readAgentRequest(c, 'report');
    if (!request.ok) return refuse(c, request.error);
    const { cluster, claim, body, path } = request.value;
    const taken = await clusterOf(c.env, cluster.name).report(claim, body, path);
    if (!taken.ok) forgetCluster(claim.cluster);
    return taken.ok ? c.json(taken.value) : refuse(c, taken.error);
  })
  .post('/agent/answers/:id', async (c) => {
    const request = await readAgentRequest(c, 'answer');
    if (!request.ok) return refuse(c, request.error);
    const { cluster, claim, body, path } = request.value;
    const taken = await clusterOf(c.env, cluster.name).answer(claim, { id: c.req.param('id'), body, path });
    if (!taken.ok) return refuse(c, taken.error);
    return taken.value === 'gone' ? c.json(problem('question.gone', 'nobody listens any more'), 410) : c.json({});
  })
  .get('/agent/bundles/:digest', async (c) => {
    const request = await readAgentRequest(c, 'bundle');
    if (!request.ok) return refuse(c, request.error);
    const { cluster, claim, path } = request.value;
    const bundle = await clusterOf(c.env, cluster.name).bundle(c.req.param('digest'), claim, path);
    return bundle.ok ? c.json(bundle.value) : refuse(c, bundle.error);
  })
  .post('/enrol', async (c) => {
    const body = await readBounded(c.req.raw, 16_384);
    if (!body.ok) return problemResponse(c, body.error);
    const request = parseEnrolRequest(parseJson(body.value));
    if (!request.ok) return problemResponse(c, problem('api.invalid', request.error));
    const enrolled = await fleetOf(c.env).enrol(request.value);
    return enrolled.ok ? c.json(enrolled.value) : problemResponse(c, enrolled.error);
  });

/** A refusal that says what time it is: the agent corrects its clock by it (P22), and workerd sends no `Date` by itself. */
function refuse(c: Context, found: Problem): Response {
  c.header('date', new Date(systemClock()).toUTCString());
  return problemResponse(c, found);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
