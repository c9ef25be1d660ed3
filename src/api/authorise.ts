import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Needs } from '../../core/api/access.ts';
import { ROUTE_NEEDS } from '../../core/api/routes.ts';
import { INSTALLATION_LEDGER } from '../../core/ledger/installation.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isSameOrigin } from '../auth/same-origin.ts';
import { clusterOf, type Env, fleetOf } from '../platform/env.ts';
import { type Authenticated, authenticate, type May } from './authenticate.ts';
import { ownOrigins, sessionCookie } from './session-cookie.ts';

/**
 * The one check of every request: who is asking, that no other site made a browser ask, and that they may. What a route needs stands in
 * core/api/routes.ts; a route that does not stand there is refused. Apps and clusters that somebody may not see are not found, in the same words as those
 * that do not exist (S34).
 */
type Bound = { Bindings: Env };

const NOBODY = problem('api.unauthenticated', 'nobody is signed in: the token or session is missing, wrong or at its end');

/** Of routes outside of the table (the ledger for Git, /metrics): who is asking, once they may do this to `object`. Fails with api.unauthenticated or api.forbidden. */
export async function authorise<E extends Bound>(
  c: Context<E>,
  needs: Pick<Needs, 'resource' | 'action'>,
  object = '*',
): Promise<Result<Authenticated, Problem>> {
  const who = await authenticate(c);
  if (who === undefined) return err(NOBODY);
  const crossed = checkOrigin(c, who);
  if (crossed !== undefined) return err(crossed);
  return who.may(needs.resource, needs.action, object) ? ok(who) : err(forbidden(needs, object));
}

/** Of routes below /api, by the table. Fails with api.unauthenticated, api.cross_site, api.invalid, api.forbidden or api.not_found. */
export async function authoriseRoute<E extends Bound>(c: Context<E>): Promise<Result<Authenticated, Problem>> {
  const who = await authenticate(c);
  if (who === undefined) return err(NOBODY);
  const refused = checkOrigin(c, who) ?? (await routeRefusal(c, who.may));
  return refused === undefined ? ok(who) : err(refused);
}

/** Whether the caller still may have what this request began: asked again while a stream is open. */
export async function authoriseAgain<E extends Bound>(c: Context<E>, who: Authenticated): Promise<boolean> {
  return (await routeRefusal(c, who.may)) === undefined;
}

/** Every handler that could answer is checked: one may hand over to the next. */
async function routeRefusal<E extends Bound>(c: Context<E>, may: May): Promise<Problem | undefined> {
  for (const [index, { method, path }] of matchedRoutes(c).entries()) {
    // The check itself, and what answers every path that nothing else does (the dashboard): neither belongs to the API.
    if ((method === 'ALL' && path === '/api/*') || !path.startsWith('/api/')) continue;
    const needs = needsOf(method, path);
    if (needs === undefined) return problem('api.forbidden', `${method} ${path} is in no table of routes, so nobody may use it`);
    const refused = needs === 'signed-in' ? undefined : await refusal(c, { needs, may, params: paramsAt(c, index) });
    if (refused !== undefined) return refused;
  }
  return undefined;
}

const noApp = (cluster: string, app: string): Problem => problem('api.not_found', `there is no App ${app} in cluster ${cluster}`);
const noCluster = (cluster: string): Problem => problem('api.not_found', `there is no cluster ${cluster}`);

/** What somebody is told who may see a thing, and not do this to it. */
export function forbidden({ resource, action }: Pick<Needs, 'resource' | 'action'>, object: string): Problem {
  return problem('api.forbidden', `this needs the permission \`${resource}, ${action}, ${object}\``);
}

function needsOf(method: string, path: string): Needs | 'signed-in' | undefined {
  const route = `${method} ${path.replace(/^\/api/, '').replaceAll(/\{[^}]*\}/g, '')}`;
  // The table's own keys only: a path called `constructor` is none of them.
  return Object.hasOwn(ROUTE_NEEDS, route) ? ROUTE_NEEDS[route as keyof typeof ROUTE_NEEDS] : undefined; // checked beside it
}

/** The parameters as the handler will see them, decoded by the same code. */
function paramsAt<E extends Bound>(c: Context<E>, index: number): Readonly<Record<string, string>> {
  const own = c.req.routeIndex;
  c.req.routeIndex = index;
  const params: Readonly<Record<string, string>> = c.req.param();
  c.req.routeIndex = own;
  return params;
}

interface Asked {
  readonly needs: Needs;
  readonly may: May;
  readonly params: Readonly<Record<string, string>>;
}

async function refusal<E extends Bound>(c: Context<E>, asked: Asked): Promise<Problem | undefined> {
  const { needs, may, params } = asked;
  const { resource, action } = needs;
  switch (needs.on) {
    case 'each':
      return undefined;
    case 'all':
      return may(resource, action, '*') ? undefined : forbidden(needs, '*');
    case 'cluster': {
      const name = params['name'] ?? params['cluster'] ?? '';
      const isThere = (resource === 'ledger' && name === INSTALLATION_LEDGER) || (await isCluster(c.env, name));
      const maySee = may('clusters', 'get', name) || may(resource, 'get', name);
      if (!isThere || !(maySee || may(resource, action, name))) return noCluster(name);
      return may(resource, action, name) ? undefined : forbidden(needs, name);
    }
    case 'app': {
      const { cluster = '', app = '' } = params;
      const project = (await isCluster(c.env, cluster)) ? await clusterOf(c.env, cluster).project(app) : undefined;
      const object = `${project}/${app}`;
      const maySee = project !== undefined && (may('applications', 'get', object) || may(resource, action, object));
      if (!maySee) return noApp(cluster, app);
      return may(resource, action, object) ? undefined : forbidden(needs, object);
    }
  }
}

/** Clusters that this isolate has seen; one that was removed meanwhile answers for itself. Bounded, because names come from outside. */
const seen = new Set<string>();
const MAX_SEEN = 10_000;

async function isCluster(env: Env, name: string): Promise<boolean> {
  if (seen.has(name)) return true;
  const names = (await fleetOf(env).clusters()).map((cluster) => cluster.name);
  if (seen.size + names.length > MAX_SEEN) seen.clear();
  for (const known of names) seen.add(known);
  return names.includes(name);
}

/** Why a request that a cookie came with is not taken: it changes something, and another site may have made the browser send it (S29). */
function checkOrigin<E extends Bound>(c: Context<E>, who: Authenticated): Problem | undefined {
  const { method } = c.req;
  if (method === 'GET' || method === 'HEAD') return undefined;
  // A browser that was once asked for a token sends it along from everywhere, too; Git and curl do not say where they are from.
  const isBrowsers = /^basic\b/i.test(c.req.header('authorization') ?? '') && c.req.header('sec-fetch-site') !== undefined;
  if (!who.isCookie && !isBrowsers) return undefined;
  return crossSite(c);
}

/** The same for a request that gives a cookie. Programs say nothing of where they are from, and have no cookie that another could use. */
export function crossSiteSignIn<E extends Bound>(c: Context<E>): Problem | undefined {
  const isProgram =
    sessionCookie(c) === undefined && c.req.header('origin') === undefined && c.req.header('sec-fetch-site') === undefined;
  return isProgram ? undefined : crossSite(c);
}

function crossSite<E extends Bound>(c: Context<E>): Problem | undefined {
  if (!isSameOrigin((name) => c.req.header(name), ownOrigins(c)))
    return problem('api.cross_site', 'another site asked for this, or the browser does not say which');
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  // A DELETE carries no body, and browsers ask before they send one to another origin.
  if (c.req.method !== 'DELETE' && type !== 'application/json')
    return problem('api.invalid', 'send the body as application/json');
  return undefined;
}
