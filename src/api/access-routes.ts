import { Hono } from 'hono';
import * as v from 'valibot';
import { type Me, RESOURCES, type SignInProvider } from '../../core/api/access.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import { accessOf } from '../platform/env.ts';
import type { ApiEnv } from './api-env.ts';
import type { Authenticated } from './authenticate.ts';
import { readJson } from './json-body.ts';
import { problemResponse } from './problem-response.ts';

const text = (max: number) => v.pipe(v.string(), v.maxLength(max));
const roles = v.pipe(v.array(text(200)), v.maxLength(100));
const tokenSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'is no name: letters, digits, dots, dashes')),
  roles: v.pipe(roles, v.minLength(1)),
  expiresIn: v.exactOptional(v.pipe(v.number(), v.integer())),
  project: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(253))),
});
const policySchema = v.object({
  csv: text(500_000),
  defaultRole: text(200),
  scopes: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.maxLength(20))),
});
const providerSchema = v.object({
  id: text(63),
  kind: v.picklist(['oidc', 'github', 'cloudflare-access']),
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  issuer: v.exactOptional(text(2_000)),
  clientId: v.exactOptional(text(500)),
  clientSecret: v.exactOptional(text(4_000)),
  hasSecret: v.exactOptional(v.boolean()),
  scopes: v.exactOptional(v.pipe(v.array(text(200)), v.maxLength(50))),
  groupsClaim: v.exactOptional(text(200)),
  teamDomain: v.exactOptional(text(500)),
  audience: v.exactOptional(text(500)),
});
const providersSchema = v.object({ providers: v.pipe(v.array(providerSchema), v.maxLength(20)) });

/** Who one is, and who may do what: people, sessions, tokens, the policy, how one signs in. No answer holds a secret but that of a new token (S13). */
export const accessRoutes = new Hono<ApiEnv>()
  .get('/me', (c) => c.json(toMe(c.get('access')) satisfies Me))
  .get('/people', async (c) => c.json({ people: await accessOf(c.env).people() }))
  .put('/people/:id', async (c) => {
    const body = await readJson(c, v.object({ roles }));
    if (!body.ok) return problemResponse(c, body.error);
    return answer(c, await accessOf(c.env).setRoles(c.req.param('id'), body.value.roles, c.get('access').actor()));
  })
  .delete('/people/:id', async (c) => answer(c, await accessOf(c.env).removePerson(c.req.param('id'), c.get('access').actor())))
  .delete('/sessions/:id', async (c) => {
    const by = c.get('access').actor();
    const everything = c.get('may')('accounts', 'update', '*');
    return answer(c, await accessOf(c.env).endSession(c.req.param('id'), { ...by, everything }));
  })
  .get('/tokens', async (c) => c.json({ tokens: await accessOf(c.env).tokens() }))
  .post('/tokens', async (c) => {
    const body = await readJson(c, tokenSchema);
    if (!body.ok) return problemResponse(c, body.error);
    c.header('cache-control', 'no-store');
    return answer(c, await accessOf(c.env).createToken(body.value, c.get('access').actor()), 201);
  })
  .delete('/tokens/:id', async (c) => answer(c, await accessOf(c.env).revokeToken(c.req.param('id'), c.get('access').actor())))
  .get('/policy', async (c) => c.json(await accessOf(c.env).policy()))
  .put('/policy', async (c) => {
    const body = await readJson(c, policySchema);
    if (!body.ok) return problemResponse(c, body.error);
    return answer(c, await accessOf(c.env).setPolicy(body.value, c.get('access').actor()));
  })
  .get('/sign-in', async (c) => c.json({ providers: await accessOf(c.env).providers() }))
  .put('/sign-in', async (c) => {
    const body = await readJson(c, providersSchema);
    if (!body.ok) return problemResponse(c, body.error);
    const providers: readonly SignInProvider[] = body.value.providers;
    return answer(c, await accessOf(c.env).setProviders(providers, c.get('access').actor()));
  });

const ACTIONS = ['get', 'create', 'update', 'delete'] as const;
const APP_ACTIONS = [...ACTIONS, 'sync', 'override', 'rollback', 'approve', 'suspend'] as const;

function toMe(access: Authenticated): Me {
  const { caller, may, email, expiresAt } = access;
  const can: { [permission: string]: boolean } = {};
  for (const resource of RESOURCES) {
    const isOfApps = resource === 'applications' || resource === 'logs';
    for (const action of resource === 'applications' ? APP_ACTIONS : ACTIONS)
      can[`${resource}, ${action}`] = may(resource, action, isOfApps ? '*/*' : '*');
  }
  return {
    name: caller.name,
    kind: caller.kind,
    groups: caller.groups,
    roles: access.actor().roles,
    ...(email === undefined ? {} : { email }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    can,
  };
}

function answer(c: Parameters<typeof problemResponse>[0], result: Result<unknown, Problem>, status: 200 | 201 = 200): Response {
  return result.ok ? c.json(result.value === true ? {} : (result.value as object), status) : problemResponse(c, result.error); // clonable objects only
}
