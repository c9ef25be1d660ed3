import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { actionNames } from '../../core/action/plan-action.ts';
import type { AppTree, ObjectView, ResourceAction } from '../../core/api/tree.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { refOfKey } from '../../core/objects/object.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { MAX_TAIL } from '../../core/question/questions.ts';
import { systemClock } from '../platform/clock.ts';
import { clusterOf, fleetOf } from '../platform/env.ts';
import type { AppView } from '../platform/ports.ts';
import type { ApiEnv } from './api-env.ts';
import { readJson } from './json-body.ts';
import { liveResponse } from './live-response.ts';
import { problemResponse } from './problem-response.ts';
import { reason } from './reason.ts';

const DEFAULT_TAIL = 200;
const MAX_SINCE = 30 * 86_400;

const key = v.pipe(v.string(), v.maxLength(2048));
const actionSchema = v.object({
  key,
  action: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
  parameters: v.exactOptional(
    v.pipe(
      v.record(v.pipe(v.string(), v.maxLength(64)), v.union([v.string(), v.number(), v.boolean()])),
      v.check((value) => JSON.stringify(value).length <= 2_048, 'is too large'),
    ),
  ),
  reason,
});

/** The live state of an App: its tree, what of it changes, its objects and their logs, and what can be done to them. */
export const liveRoutes = new Hono<ApiEnv>()
  .get('/apps/:cluster/:app/tree', async (c) => {
    const found = await findApp(c);
    if (found === undefined) return notFound(c);
    const tree: AppTree = (await clusterOf(c.env, found.cluster).tree(found.app)) ?? { nodes: [], more: 0 };
    return c.json(tree);
  })
  .get('/apps/:cluster/:app/stream', async (c) => {
    const found = await findApp(c);
    if (found === undefined) return notFound(c);
    return liveResponse(c, await clusterOf(c.env, found.cluster).stream(found.app));
  })
  .get('/apps/:cluster/:app/object', async (c) => {
    const found = await findApp(c);
    const wanted = c.req.query('key') ?? '';
    if (found === undefined) return notFound(c);
    if (!isKey(wanted)) return problemResponse(c, badKey('key'));
    const wish = { kind: 'object' as const, app: found.app, key: wanted, actor: c.get('caller').name };
    const looked = await clusterOf(c.env, found.cluster).look(wish);
    if (!looked.ok) return problemResponse(c, looked.error);
    const view: ObjectView = { key: wanted, differences: [], events: [], ...looked.value.object };
    return c.json(view);
  })
  .get('/apps/:cluster/:app/logs', async (c) => {
    const found = await findApp(c);
    const pod = c.req.query('pod') ?? '';
    if (found === undefined) return notFound(c);
    if (!isKey(pod) || refOfKey(pod)?.kind !== 'Pod') return problemResponse(c, badKey('pod'));
    const { container, since } = c.req.query();
    const wish = {
      app: found.app,
      key: pod,
      actor: c.get('caller').name,
      tail: numberOf(c.req.query('tail'), DEFAULT_TAIL, MAX_TAIL),
      follow: isOn(c.req.query('follow')),
      previous: isOn(c.req.query('previous')),
      ...(container === undefined || container === '' ? {} : { container: container.slice(0, 253) }),
      ...(since === undefined || since === '' ? {} : { since: numberOf(since, 0, MAX_SINCE) }),
    };
    const opened = await clusterOf(c.env, found.cluster).logs(wish);
    return opened.ok ? liveResponse(c, opened.value) : problemResponse(c, opened.error);
  })
  .get('/apps/:cluster/:app/actions', async (c) => {
    const found = await findApp(c);
    const wanted = c.req.query('key') ?? '';
    if (found === undefined) return notFound(c);
    const ref = refOfKey(wanted);
    if (!isKey(wanted) || ref === undefined) return problemResponse(c, badKey('key'));
    let actions: readonly ResourceAction[] = [];
    if (actionNames(ref).length > 0) {
      const wish = { kind: 'actions' as const, app: found.app, key: wanted, actor: c.get('caller').name };
      const looked = await clusterOf(c.env, found.cluster).look(wish);
      if (!looked.ok) return problemResponse(c, looked.error);
      actions = looked.value.actions ?? [];
    }
    // What the caller may not do is told all the same: so people know whom to ask.
    return c.json({
      actions: actions.map((action) =>
        mayAct(c, found, wanted, action.name) ? action : { ...action, disabled: 'you do not have the permission' },
      ),
    });
  })
  .post('/apps/:cluster/:app/actions', async (c) => {
    const found = await findApp(c);
    if (found === undefined) return notFound(c);
    const body = await readJson(c, actionSchema);
    if (!body.ok) return problemResponse(c, body.error);
    const { action, parameters, reason } = body.value;
    const ref = refOfKey(body.value.key);
    if (!isKey(body.value.key) || ref === undefined) return problemResponse(c, badKey('key'));
    if (!mayAct(c, found, body.value.key, action)) return notFound(c);
    if (!actionNames(ref).includes(action))
      return problemResponse(c, problem('action.unknown', `${ref.kind} has no action ${action}`));
    const asked = await clusterOf(c.env, found.cluster).act(found.app, {
      key: body.value.key,
      action,
      at: systemClock(),
      actor: c.get('caller').name,
      // Scalars only, by the schema.
      ...(parameters === undefined ? {} : { parameters: parameters as JsonObject }),
      ...(reason === undefined ? {} : { reason }),
    });
    return asked.ok ? c.json(asked.value, 202) : problemResponse(c, asked.error);
  });

/** `action/<group>/<Kind>/<name>`, as Argo CD's policies name it. */
function mayAct(c: Context<ApiEnv>, view: AppView, of: string, action: string): boolean {
  const ref = refOfKey(of);
  const permission = `action/${ref?.group ?? ''}/${ref?.kind ?? ''}/${action}`;
  return c.get('may')('applications', permission, `${view.definition.project}/${view.app}`);
}

async function findApp(c: Context<ApiEnv>): Promise<AppView | undefined> {
  const { cluster = '', app = '' } = c.req.param();
  const isKnown = (await fleetOf(c.env).clusters()).some(({ name }) => name === cluster);
  return isKnown ? clusterOf(c.env, cluster).app(app) : undefined;
}

function notFound(c: Context<ApiEnv>): Response {
  const { cluster = '', app = '' } = c.req.param();
  return problemResponse(c, problem('api.not_found', `there is no App ${app} in cluster ${cluster}`));
}

function isKey(text: string): boolean {
  const ref = refOfKey(text);
  return text.length <= 2048 && ref !== undefined && ref.kind !== '' && ref.name !== '';
}

function badKey(name: string): Problem {
  return problem('api.invalid', `${name}: is no key of an object: group/Kind/namespace/name`);
}

const isOn = (value: string | undefined): boolean => value === '1' || value === 'true';

function numberOf(text: string | undefined, otherwise: number, max: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), max) : otherwise;
}
