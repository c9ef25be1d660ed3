/** Who may do what: the whole route table, asked by nobody, somebody without a role, readonly, the role of a project, and an administrator. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Needs } from '../../../core/api/access.ts';
import { ROUTE_NEEDS } from '../../../core/api/routes.ts';
import { api } from '../../../src/api/api.ts';
import { type AccessFixture, POLICY, startAccessFixture } from './support/access-fixture.ts';
import { call, codeOf } from './support/call-worker.ts';
import { fill } from './support/route-table.ts';

type Actor = 'nobody' | 'none' | 'readonly' | 'deployer' | 'admin';
interface Named {
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly needs: Needs | 'signed-in';
}

const SERVED = api.routes
  .filter(({ method, path }) => !(method === 'ALL' && path === '/*'))
  .map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '')}`);
const ROUTES: readonly Named[] = Object.entries(ROUTE_NEEDS).map(([route, needs]) => {
  const [method = '', path = ''] = route.split(' ');
  return { route, method, path, needs };
});
/** What is asked about: an App of project shop, which exists. Nothing that is deleted does, so that the walk changes nothing. */
const EXISTING = { cluster: 'eu-1', app: 'web', name: 'eu-1', id: 'ghost', entry: '0000000' };

let fixture: AccessFixture;
const tokens = new Map<Actor, string>();

beforeAll(async () => {
  fixture = await startAccessFixture();
  tokens.set('none', (await fixture.token('none', ['role:none'])).token);
  tokens.set('readonly', (await fixture.token('readonly', ['role:readonly'])).token);
  tokens.set('deployer', (await fixture.token('deployer', ['proj:shop:deployer'])).token);
  tokens.set('admin', (await fixture.token('admin', ['role:admin'])).token);
});
afterAll(() => fixture?.stop());

/** The status of an answer, whose body (a stream may never end) is left. */
async function statusOf(actor: Actor, { method, path }: Named, values = EXISTING): Promise<number> {
  const token = tokens.get(actor);
  const response = await fetch(`${fixture.worker.url}/api${fill(path, values)}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
  });
  await response.body?.cancel();
  return response.status;
}

/** What each may do, in words of its own: `applications, get` on the App of the walk and so on. */
const MAY: Readonly<Record<Exclude<Actor, 'nobody'>, (needs: Needs) => boolean>> = {
  none: () => false,
  readonly: ({ action }) => action === 'get',
  deployer: ({ resource, action, on }) => on === 'app' && resource === 'applications' && ['get', 'sync'].includes(action),
  admin: () => true,
};
/** Whether they see the thing at all: else it does not exist for them. */
const SEES: typeof MAY = { ...MAY, readonly: () => true, deployer: ({ on }) => on === 'app' };

function expected(actor: Exclude<Actor, 'nobody'>, needs: Needs | 'signed-in'): 'let in' | 403 | 404 {
  if (needs === 'signed-in' || needs.on === 'each' || MAY[actor](needs)) return 'let in';
  return needs.on === 'all' || SEES[actor](needs) ? 403 : 404;
}

test('S35: every route that is served stands in the table, and the other way round', () => {
  expect(SERVED.filter((route) => !Object.hasOwn(ROUTE_NEEDS, route))).toEqual([]);
  expect(Object.keys(ROUTE_NEEDS).filter((route) => !SERVED.includes(route))).toEqual([]);
});

test('the App of the walk exists: what is refused below is refused', async () => {
  const { json } = await fixture.worker.ask('/api/apps');
  expect(json).toMatchObject({
    apps: [
      { app: 'db', definition: { project: 'default' } },
      { app: 'web', definition: { project: 'shop' } },
    ],
  });
});

describe('S14, S35: the table, asked by', () => {
  test.each(ROUTES.map((route): [string, Named] => [route.route, route]))('nobody: %s', async (_name, route) =>
    expect(await statusOf('nobody', route)).toBe(401),
  );

  const actors = ['none', 'readonly', 'deployer'] as const;
  test.each(
    actors.flatMap((actor) =>
      ROUTES.map((route): [string, string, Named, (typeof actors)[number]] => [actor, route.route, route, actor]),
    ),
  )('%s: %s', async (_actor, _name, route, actor) => {
    // What is deleted by name is not there, so that nothing is: it must be refused all the same.
    const status = await statusOf(actor, route);
    const wanted = expected(actor, route.needs);
    if (wanted === 'let in') expect([401, 403]).not.toContain(status);
    else expect(status).toBe(wanted);
  });

  test.each(ROUTES.map((route): [string, Named] => [route.route, route]))('an administrator: %s', async (_name, route) => {
    const values = route.method === 'DELETE' ? { ...EXISTING, name: 'ghost' } : EXISTING;
    // A body of `{}` is refused by what needs more; the App of the walk is not changed by what does not.
    expect([401, 403]).not.toContain(await statusOf('admin', route, values));
  });
});

describe('S34: what one may not see is as if it were not there', () => {
  const same = async (existing: string, missing: string, method = 'GET') => {
    const [one, other] = await Promise.all(
      [existing, missing].map((path) =>
        fixture.as(tokens.get('none') ?? '', path, { method, ...(method === 'GET' ? {} : { body: {} }) }),
      ),
    );
    // The paths differ in one word, which the answers repeat.
    const name = existing.includes('/web') ? 'web' : 'eu-1';
    expect(other?.status).toBe(404);
    expect([one?.status, one?.text.replaceAll(name, '…')]).toEqual([other?.status, other?.text.replaceAll('ghost', '…')]);
    const kinds = (answer: typeof one) => [...(answer?.headers.keys() ?? [])].filter((key) => key !== 'date').sort();
    expect(kinds(one)).toEqual(kinds(other));
  };

  test('an App', () => same('/api/apps/eu-1/web', '/api/apps/eu-1/ghost'));
  test('what is done to an App', () => same('/api/apps/eu-1/web/sync', '/api/apps/eu-1/ghost/sync', 'POST'));
  test('a cluster', () => same('/api/clusters/eu-1', '/api/clusters/ghost'));
  test('the ledger of a cluster', () => same('/api/ledger/eu-1', '/api/ledger/ghost'));
  test('the ledger of a cluster, for Git', () =>
    same('/ledger/eu-1.git/info/refs?service=git-upload-pack', '/ledger/ghost.git/info/refs?service=git-upload-pack'));

  test('lists hold what one may see and nothing else', async () => {
    const lists = ['/api/apps', '/api/clusters', '/api/board', '/api/activity', '/api/events', '/api/status'];
    for (const path of lists) {
      const { status, text } = await fixture.as(tokens.get('none') ?? '', path);
      expect([path, status]).toEqual([path, 200]);
      for (const word of ['web', 'eu-1', 'shop', 'fleet']) expect([path, text.includes(word)]).toEqual([path, false]);
    }
    const { json } = await fixture.as(tokens.get('deployer') ?? '', '/api/apps');
    expect(json).toMatchObject({ apps: [{ app: 'web' }] });
  });

  test('an App says what its reader may do with it', async () => {
    const { json } = await fixture.as(tokens.get('deployer') ?? '', '/api/apps/eu-1/web');
    expect(json).toMatchObject({ can: ['get', 'sync'] });
  });
});

describe('policies', () => {
  test('of Git count next to those that are set here', async () => {
    const { json } = await fixture.worker.ask('/api/policy');
    expect(json).toMatchObject({ csv: POLICY, problems: [], projectRoles: [{ project: 'shop', role: 'deployer' }] });
  });

  test('change at once what a token may', async () => {
    const { token } = await fixture.token('changing', ['role:changing'].concat('role:none').slice(1));
    expect((await fixture.as(token, '/api/fleet')).status).toBe(403);
    const csv = `${POLICY}\np, role:none, sources, get, *, allow\nthis is nothing`;
    const put = await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    expect(put.json).toMatchObject({ problems: [{ line: 3 }] });
    expect((await fixture.as(token, '/api/fleet')).status).toBe(200);
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: POLICY, defaultRole: '' } });
    expect((await fixture.as(token, '/api/fleet')).status).toBe(403);
  });
});

describe('S14: whoever may change accounts without being administrator', () => {
  const csv = `${POLICY}\np, role:clerk, accounts, *, *, allow`;
  let token: string;
  beforeAll(async () => {
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    ({ token } = await fixture.token('clerk', ['role:clerk']));
  });
  afterAll(() => fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: POLICY, defaultRole: '' } }));

  test('makes nobody administrator by writing the policy', async () => {
    const body = { csv: `${csv}\ng, role:clerk, role:admin`, defaultRole: 'role:admin' };
    expect(codeOf(await fixture.as(token, '/api/policy', { method: 'PUT', body }))).toBe('auth.roles');
    expect((await fixture.as(token, '/api/policy')).json).toMatchObject({ csv, defaultRole: '' });
    expect((await fixture.as(token, '/api/fleet')).status).toBe(403);
  });

  test('nor by naming a provider that says who everybody is', async () => {
    const provider = { id: 'own', kind: 'oidc', title: 'Own', issuer: 'https://evil.example', clientId: 'c' };
    expect(codeOf(await fixture.as(token, '/api/sign-in', { method: 'PUT', body: { providers: [provider] } }))).toBe(
      'auth.roles',
    );
    expect((await fixture.as(token, '/api/sign-in')).json).toEqual({ providers: [] });
  });
});

describe('S14: one permission does not stand for another', () => {
  const csv = `${POLICY}\np, role:adder, clusters, create, *, allow\np, role:adder, sources, create, *, allow`;
  let token: string;
  beforeAll(async () => {
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    ({ token } = await fixture.token('adder', ['role:adder']));
  });
  afterAll(() => fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: POLICY, defaultRole: '' } }));
  const post = (path: string, body: object) => fixture.as(token, path, { method: 'POST', body });

  test('who may add clusters takes the place of none that is there', async () => {
    const taken = await post('/api/clusters', { name: 'eu-1' });
    expect([codeOf(taken), taken.text.includes('/install/')]).toEqual(['api.forbidden', false]);
    expect((await post('/api/clusters', { name: 'added' })).status).toBe(201);
    expect((await fixture.worker.ask('/api/clusters/added', { method: 'DELETE' })).status).toBe(200);
  });

  test('who may add sources replaces no credentials of a repository', async () => {
    const credentials = { kind: 'basic', username: 'eve', password: 'x' };
    const added = await post('/api/fleet', { url: fixture.git.url('fleet'), path: 'fleet', cluster: 'eu-1', credentials });
    expect(codeOf(added)).toBe('api.forbidden');
  });
});

test('S09, S40: a reason is one line without a credential before it gets into a ledger', async () => {
  const secret = `ghp_${'s3cret'.repeat(6)}`;
  const reason = `leaked ${secret}\r\nActor: ana\u001b[31m`;
  const asked = await fixture.worker.ask('/api/clusters/eu-1/rotate', { method: 'POST', body: { reason } });
  expect(asked.status).toBe(201);
  const { text } = await fixture.worker.ask('/api/activity?limit=50');
  expect(text).not.toContain(secret);
  expect(text).toContain('leaked [redacted] Actor: ana [31m');
});

describe('S29: what a browser was made to send from elsewhere changes nothing', () => {
  const body = { name: 'us-1' };
  test.each<[string, Readonly<Record<string, string>>]>([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another site, without Origin', { origin: '', 'sec-fetch-site': 'cross-site' }],
    ['a site of the same domain', { 'sec-fetch-site': 'same-site' }],
    ['a form', { 'content-type': 'text/plain' }],
    ['a form of parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['no type', { 'content-type': '' }],
  ])('%s', async (_name, headers) => {
    const cookie = await fixture.admin(`Ana ${Math.random()}`);
    const answer = await fixture.browse(cookie, '/api/clusters', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(['api.cross_site', 'api.invalid']).toContain(codeOf(answer));
    const { json } = await fixture.worker.ask('/api/clusters');
    expect(json).toMatchObject({ clusters: [{ name: 'eu-1' }] });
  });

  test('a page of the dashboard may', async () => {
    const cookie = await fixture.admin('Ben');
    const headers = { 'content-type': 'APPLICATION/JSON; charset=utf-8', 'sec-fetch-site': 'same-origin' };
    const made = await fixture.browse(cookie, '/api/clusters', {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'us-1' }),
    });
    expect(made.status).toBe(201);
    expect((await fixture.browse(cookie, '/api/clusters/us-1', { method: 'DELETE' })).status).toBe(200);
  });

  test('a token that a browser remembers as a password changes nothing from elsewhere either', async () => {
    const authorization = `Basic ${btoa(`any:${fixture.worker.token}`)}`;
    const ask = async (site: string | undefined) =>
      codeOf(
        await call(`${fixture.worker.url}/api/webhook`, {
          method: 'POST',
          headers: { authorization, ...(site === undefined ? {} : { 'sec-fetch-site': site, origin: 'https://evil.example' }) },
        }),
      );
    expect(await ask('cross-site')).toBe('api.cross_site');
    expect(await ask('same-site')).toBe('api.cross_site');
    expect(await ask(undefined)).toBeUndefined();
  });

  test('S40: no answer invites other origins, and none of a person is kept by caches', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await call(`${fixture.worker.url}/api/clusters`, { method: 'OPTIONS', headers });
    const plain = await fixture.as(tokens.get('admin') ?? '', '/api/me', { headers });
    for (const answer of [preflight, plain]) expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(plain.headers.get('cache-control')).toBe('no-store');
    expect(plain.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('S13: no endpoint returns a credential', () => {
  test('whatever is asked by whoever may do everything', async () => {
    const secrets = ['canary-client-secret-31aa', 'canary-git-password-77bc', fixture.worker.token, fixture.worker.secret];
    const provider = {
      id: 'corp',
      kind: 'oidc',
      title: 'Corp',
      issuer: 'https://id.example.org',
      clientId: 'c',
      clientSecret: secrets[0],
    };
    expect((await fixture.worker.ask('/api/sign-in', { method: 'PUT', body: { providers: [provider] } })).status).toBe(200);
    const credentials = { kind: 'basic', username: 'robot', password: secrets[1] };
    const url = 'https://git.example.org/private';
    expect((await fixture.worker.ask('/api/credentials', { method: 'PUT', body: { url, credentials } })).status).toBe(200);
    const cookie = await fixture.admin('Cleo');
    const hidden = [...secrets, ...tokens.values(), cookie.split('=')[1] ?? ''];
    const reads = ROUTES.filter(({ method, path }) => method === 'GET' && !/stream|logs/.test(path));
    for (const { path } of reads) {
      const { text } = await fixture.browse(cookie, `/api${fill(path, EXISTING)}`);
      for (const secret of hidden) expect([path, text.includes(secret)]).toEqual([path, false]);
    }
    const { json } = await fixture.browse(cookie, '/api/sign-in');
    expect(json).toEqual({
      providers: [{ id: 'corp', kind: 'oidc', title: 'Corp', issuer: provider.issuer, clientId: 'c', hasSecret: true }],
    });
    await fixture.worker.ask('/api/sign-in', { method: 'PUT', body: { providers: [] } });
  });
});

describe('API tokens', () => {
  test('of one project do nothing elsewhere, whatever their roles', async () => {
    const { token } = await fixture.token('shop-only', ['role:admin'], { project: 'shop' });
    const statuses = await Promise.all(
      ['/api/apps/eu-1/web', '/api/apps/eu-1/db', '/api/clusters/eu-1', '/api/fleet', '/api/people'].map(
        async (path) => (await fixture.as(token, path)).status,
      ),
    );
    expect(statuses).toEqual([200, 404, 404, 403, 403]);
    expect(
      (await fixture.as(token, '/api/tokens', { method: 'POST', body: { name: 'more', roles: ['role:admin'] } })).status,
    ).toBe(403);
  });

  test('end when their time is over', async () => {
    const { token } = await fixture.token('short', ['role:readonly'], { expiresIn: 1 });
    expect((await fixture.as(token, '/api/me')).status).toBe(200);
    await expect.poll(async () => (await fixture.as(token, '/api/me')).status, { timeout: 5_000 }).toBe(401);
  });

  test('are shown once, and end when they are revoked, with what was made by them', async () => {
    const parent = await fixture.token('parent', ['role:admin']);
    const made = await fixture.as(parent.token, '/api/tokens', {
      method: 'POST',
      body: { name: 'child', roles: ['role:admin'], expiresIn: 90_000_000 },
    });
    const child = made.json as { readonly token: string; readonly expiresAt: number }; // as the route says
    expect(child.expiresAt).toBeLessThanOrEqual(parent.expiresAt ?? 0);
    const { text } = await fixture.worker.ask('/api/tokens');
    for (const secret of [parent.token, child.token]) expect(text).not.toContain(secret);
    expect((await fixture.worker.ask(`/api/tokens/${parent.id}`, { method: 'DELETE' })).status).toBe(200);
    for (const secret of [parent.token, child.token]) expect((await fixture.as(secret, '/api/me')).status).toBe(401);
  });

  test('have no role that their maker does not have', async () => {
    const csv = `${POLICY}\np, role:maker, tokens, create, *, allow\np, role:maker, applications, get, shop/*, allow`;
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv, defaultRole: '' } });
    const { token } = await fixture.token('maker', ['role:maker']);
    const make = async (roles: readonly string[]) =>
      (await fixture.as(token, '/api/tokens', { method: 'POST', body: { name: `by-maker-${roles.length}`, roles } })).status;
    expect(await make(['role:admin'])).toBe(403);
    expect(await make(['role:maker', 'role:readonly'])).toBe(403);
    expect(await make(['role:maker'])).toBe(201);
    await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: POLICY, defaultRole: '' } });
  });

  test.each<[string, object]>([
    ['a role that does not exist', { name: 'x', roles: ['role:ghost'] }],
    ['S31: an empty role', { name: 'x', roles: [''] }],
    ['no role', { name: 'x', roles: [] }],
    ['a name of another kind', { name: 'x y', roles: ['role:readonly'] }],
    ['S31: an empty project', { name: 'x', roles: ['role:readonly'], project: '' }],
    ['a time without end', { name: 'x', roles: ['role:readonly'], expiresIn: 1e15 }],
    ['no time at all', { name: 'x', roles: ['role:readonly'], expiresIn: 0 }],
    ['a time that is no number', { name: 'x', roles: ['role:readonly'], expiresIn: 'Infinity' }],
  ])('with %s are refused', async (_name, body) => {
    const answer = await fixture.worker.ask('/api/tokens', { method: 'POST', body });
    expect([400, 403]).toContain(answer.status);
  });

  test('clone the ledger with `ledger, get`, as Bearer or as password', async () => {
    const path = '/ledger/eu-1.git/info/refs?service=git-upload-pack';
    const readonly = tokens.get('readonly') ?? '';
    expect((await fixture.as(readonly, path)).status).toBe(200);
    const headers = { authorization: `Basic ${btoa(`anybody:${readonly}`)}` };
    expect((await call(fixture.worker.url + path, { headers })).status).toBe(200);
    expect((await fixture.as(tokens.get('deployer') ?? '', path)).status).toBe(404);
  });
});

test('what was changed is in the installation’s journal, with who changed it', async () => {
  const { json } = await fixture.worker.ask('/api/activity?limit=500');
  const { events } = json as {
    readonly events: readonly { readonly kind: string; readonly actor?: string; readonly text: string }[];
  }; // as the route says
  const own = events.filter(({ kind }) => ['token', 'policy', 'person', 'sign-in'].includes(kind));
  expect(own).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'token', actor: 'operator', text: 'token readonly made with role:readonly' }),
      expect.objectContaining({ kind: 'token', actor: 'token parent' }),
      expect.objectContaining({ kind: 'policy', actor: 'operator' }),
      expect.objectContaining({ kind: 'sign-in', actor: 'Cleo' }),
    ]),
  );
});
