import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../core/api/access.ts';
import { ok } from '../../../core/result.ts';
import type { ApiEnv } from '../../../src/api/api-env.ts';
import { appRoutes } from '../../../src/api/app-routes.ts';
import { fleetRoutes } from '../../../src/api/fleet-routes.ts';
import { ledgerRoutes } from '../../../src/api/ledger-routes.ts';
import type { AppView } from '../../../src/platform/ports.ts';
import { definition, status } from '../durable/cluster-fixture.ts';
import { type FakeObjects, fakeContext, fakeEnv } from './fake-env.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const clusters = async () => [{ name: 'eu-1', lobby: 0 }];
const view: AppView = {
  cluster: 'eu-1',
  app: 'web',
  state: 'present',
  definition: definition('web'),
  revision: '1',
  subject: '',
  author: '',
  problems: [],
  status: status('web', { resources: [{ key: 'a/b/c/d', version: 'v1', sync: 'Synced', health: { status: 'Healthy' } }] }),
  requests: [],
};

type Routes = typeof appRoutes | typeof fleetRoutes | typeof ledgerRoutes;

/** The routes as they stand behind the check of callers, asked by somebody who may do everything. */
function asOperator(routes: Routes) {
  const caller: Caller = { id: 'operator', name: 'operator', kind: 'operator', groups: [], via: 'operator' };
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    c.set('caller', caller);
    c.set('may', () => true);
    return next();
  });
  app.route('/', routes as Hono<ApiEnv>); // routes of every environment are routes of this one
  return app;
}

function call(routes: Routes, path: string, objects: FakeObjects, init: RequestInit = {}) {
  return asOperator(routes).request(path, init, fakeEnv(objects), fakeContext().context);
}

const post = (body: unknown, headers: Record<string, string> = JSON_TYPE) => ({
  method: 'POST',
  headers,
  body: JSON.stringify(body),
});

describe('Apps', () => {
  it('are listed with how many objects they have, not which', async () => {
    const response = await call(appRoutes, '/apps', { fleet: { clusters }, clusters: { 'eu-1': { apps: async () => [view] } } });
    const { apps } = (await response.json()) as { apps: { status: object }[] };
    expect(apps.map((app) => app.status)).toEqual(
      [{ ...view.status, resources: undefined, objects: 1 }].map(({ resources: _, ...rest }) => rest),
    );
  });

  it.each([
    ['50 by default', '', 50],
    ['what is asked for', '?limit=7', 7],
    ['a whole number, whatever is asked for', '?limit=1.5', 1],
    ['at least one', '?limit=-3', 1],
    ['at most a thousand', '?limit=1e9', 1000],
    ['50 for what is no number', '?limit=x', 50],
  ])('show a history of %s', async (_name, query, expected) => {
    const asked: number[] = [];
    const cluster = {
      app: async () => view,
      async history(_app: string | undefined, limit: number) {
        asked.push(limit);
        return [];
      },
    };
    await call(appRoutes, `/apps/eu-1/web/history${query}`, { fleet: { clusters }, clusters: { 'eu-1': cluster } });
    expect(asked).toEqual([expected]);
  });

  it('of a cluster that is not registered are not found, and its object is not woken', async () =>
    expect((await call(appRoutes, '/apps/us-9/web', { fleet: { clusters } })).status).toBe(404));
});

describe('what people ask of an App', () => {
  const ask = async (verb: string, body: unknown, app: AppView = view) => {
    const asked: unknown[] = [];
    const cluster = {
      app: async () => app,
      async request(_app: string, request: unknown) {
        asked.push(request);
        return ok({ id: 'r1' });
      },
    };
    const objects = { fleet: { clusters }, clusters: { 'eu-1': cluster } };
    const { status: code } = await call(appRoutes, `/apps/eu-1/web/${verb}`, objects, post(body));
    return { code, asked };
  };

  it.each([
    ['a sync', 'sync', {}, { kind: 'sync', actor: 'operator' }],
    [
      'a sync of chosen objects',
      'sync',
      { resources: ['apps/Deployment/shop/web'], force: true, replace: true, dryRun: true, prune: false, actor: 'ana' },
      {
        kind: 'sync',
        resources: ['apps/Deployment/shop/web'],
        force: true,
        replace: true,
        dryRun: true,
        prune: false,
        // Who asks is who is signed in, whatever a body says.
        actor: 'operator',
      },
    ],
    ['the end of a sync', 'terminate', { actor: 'ana' }, { kind: 'terminate', actor: 'operator' }],
  ])('%s reaches its cluster', async (_name, verb, body, request) => {
    expect(await ask(verb, body)).toEqual({ code: 202, asked: [request] });
  });

  it('a reset is for releases only', async () => {
    const release = { name: 'web' } as NonNullable<AppView['definition']['policy']['release']>; // only its presence is looked at
    const released = { ...view, definition: definition('web', { release }) };
    expect(await ask('reset', {}, released)).toEqual({ code: 202, asked: [{ kind: 'reset', actor: 'operator' }] });
    expect(await ask('reset', {})).toEqual({ code: 409, asked: [] });
  });

  it.each([
    ['a key that is none', { resources: ['Deployment web'] }],
    ['no keys', { resources: [] }],
    ['S22: keys without end', { resources: Array(1001).fill('/Secret/a/b') }],
    ['a text for a switch', { force: 'yes' }],
  ])('%s is refused', async (_name, body) => {
    expect(await ask('sync', body)).toEqual({ code: 400, asked: [] });
  });

  it('of an App that is not there is not found', async () => {
    const objects = { fleet: { clusters }, clusters: { 'eu-1': { app: async () => undefined } } };
    for (const verb of ['sync', 'terminate', 'reset'])
      expect((await call(appRoutes, `/apps/eu-1/web/${verb}`, objects, post({}))).status).toBe(404);
  });
});

describe('a body', () => {
  it.each([
    ['another content type (S29)', { 'content-type': 'text/plain' }, 400],
    ['no content type (S29)', {}, 400],
    ['a content type in upper case with a charset', { 'content-type': 'Application/JSON; charset=utf-8' }, 201],
  ])('with %s is answered as it should be', async (_name, headers, expected) => {
    const fleet = { clusters: async () => [], addCluster: async () => ok({ token: 't' }), work: async () => undefined };
    const init = {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: new TextEncoder().encode('{"name":"eu-1"}'),
    };
    expect((await call(fleetRoutes, '/clusters', { fleet }, init)).status).toBe(expected);
  });

  it('that is wrong names the field and repeats nothing of it (S09)', async () => {
    for (const credentials of [
      { kind: 'basic', username: 'a', password: 5 },
      { kind: 'canary-1', password: 'canary-2' },
      'canary-3',
    ]) {
      const response = await call(
        fleetRoutes,
        '/credentials',
        {},
        { ...post({ url: 'https://x/y', credentials }), method: 'PUT' },
      );
      const text = await response.text();
      expect([response.status, text.includes('credentials'), text.includes('canary')]).toEqual([400, true, false]);
    }
  });

  it('above a megabyte is refused (S24)', async () =>
    expect((await call(fleetRoutes, '/clusters', {}, post({ name: 'x'.repeat(1_100_000) }))).status).toBe(413));
});

describe('events', () => {
  it('are asked for by the number that each cluster gave', async () => {
    const asked: number[] = [];
    const cluster = {
      async events(after: number) {
        asked.push(after);
        return [];
      },
    };
    for (const query of ['?after=eu-1:41,us-1:7', '?after=us-1:7', '?after=eu-1:x', ''])
      await call(fleetRoutes, `/events${query}`, { fleet: { clusters }, clusters: { 'eu-1': cluster } });
    expect(asked).toEqual([41, 0, 0, 0]);
  });
});

describe('the ledger', () => {
  const path = '/ledger/eu-1.git/info/refs';
  const objects: FakeObjects = { fleet: { clusters }, clusters: { 'eu-1': { ledger: async () => new Response('refs') } } };

  it('is cloned with the token as password, and asks for it as Git expects', async () => {
    const headers = { authorization: `Basic ${btoa('git:the-api-token')}` };
    expect(await (await call(ledgerRoutes, path, objects, { headers })).text()).toBe('refs');
    const refused = await call(ledgerRoutes, path, objects);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Plumbline ledger"']);
  });

  it('of a cluster that is not registered is not found', async () => {
    const headers = { authorization: 'Bearer the-api-token' };
    expect((await call(ledgerRoutes, '/ledger/us-9.git/info/refs', objects, { headers })).status).toBe(404);
  });
});
