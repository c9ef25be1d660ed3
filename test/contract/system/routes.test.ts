/** S35: the whole route table of a running Worker, asked by somebody who has no right to anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterAdded } from '../../../core/api/views.ts';
import { type Answer, call, codeOf } from './support/call-worker.ts';
import { type LoneWorker, need, startLoneWorker } from './support/lone-worker.ts';
import { sendUntilAnswered } from './support/raw-request.ts';
import { fill, type Route, routeTable } from './support/route-table.ts';

const ROUTES = await routeTable();
/** What everybody may read: it says nothing about this fleet but the keys that verify its ledgers. */
const PUBLIC: ReadonlySet<string> = new Set([
  'GET /healthz',
  'GET /*',
  'GET /ledger/allowed_signers',
  'GET /badge/:cluster/:file{[^/]+\\.svg}',
]);
/** What carries a proof of its own in the request; each is tested for a wrong one below. */
const PROVEN_OTHERWISE: ReadonlySet<string> = new Set([
  'POST /agent/poll',
  'POST /agent/report',
  'GET /agent/bundles/:digest',
  'POST /agent/answers/:id',
  'POST /enrol',
  'POST /hooks',
  'GET /install/:token',
  // Signing in: test/contract/system/access-sign-in.test.ts.
  'GET /auth/providers',
  'GET /auth/login/:provider',
  'GET /auth/callback',
  'POST /auth/token',
  'POST /auth/first-admin',
  'POST /auth/logout',
  'POST /auth/device',
  'GET /auth/device',
  'POST /auth/device/token',
]);
const VALUES = { cluster: 'eu-1', app: 'web', name: 'eu-1', repo: 'eu-1.git', token: 'guessed', digest: 'sha256:00' };

let worker: LoneWorker;
let added: ClusterAdded;

beforeAll(async () => {
  worker = await startLoneWorker();
  added = need(await worker.api.send<ClusterAdded>('POST', '/clusters', { name: 'eu-1' }));
});
afterAll(async () => {
  await worker?.stop();
  await worker?.remove();
});

const nameOf = ({ method, pattern }: Route) => `${method} ${pattern}`;
const isGuarded = (route: Route) => !PUBLIC.has(nameOf(route)) && !PROVEN_OTHERWISE.has(nameOf(route));
const methodsOf = ({ method }: Route) => (method === 'ALL' ? ['GET', 'POST', 'PUT', 'DELETE'] : [method]);

/** Asks a route in every way that its method allows. */
function ask(route: Route, headers: Readonly<Record<string, string>>, query = ''): Promise<Answer[]> {
  const url = worker.url + fill(route.pattern, VALUES) + query;
  return Promise.all(methodsOf(route).map((method) => call(url, { method, headers, ...(method === 'GET' ? {} : { body: {} }) })));
}

test('the table is the real one: it holds what everybody knows', () => {
  const names = ROUTES.map(nameOf);
  expect(names).toEqual(expect.arrayContaining(['GET /healthz', 'GET /api/apps', 'PUT /api/credentials', 'POST /agent/poll']));
  for (const name of [...PUBLIC, ...PROVEN_OTHERWISE]) expect(names).toContain(name);
});

describe('S35: without the token', () => {
  const WRONG: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['no header', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['only a scheme', { authorization: 'Bearer' }],
    ['the word undefined', { authorization: 'Bearer undefined' }],
    ['another token', { authorization: `Bearer ${'x'.repeat(27)}` }],
    ['an empty password', { authorization: `Basic ${btoa('plumbline:')}` }],
    ['broken base64', { authorization: 'Basic %%%' }],
  ];

  test.each(ROUTES.filter(isGuarded).map((route): [string, Route] => [nameOf(route), route]))(
    '%s is refused',
    async (_name, route) => {
      for (const [how, headers] of WRONG) {
        for (const answer of await ask(route, headers)) expect([how, answer.status]).toEqual([how, 401]);
      }
    },
  );

  test('the token counts in the header only, and whole', async () => {
    const apps: Route = { method: 'GET', pattern: '/api/apps' };
    const token = worker.token;
    const almost = [token.slice(0, -1), `${token}x`, token.toUpperCase(), `${token},${token}`];
    for (const wrong of almost) expect((await ask(apps, { authorization: `Bearer ${wrong}` }))[0]?.status).toBe(401);
    for (const query of [`?token=${token}`, `?access_token=${token}`]) expect((await ask(apps, {}, query))[0]?.status).toBe(401);
    expect((await ask(apps, { cookie: `token=${token}`, 'x-api-key': token }))[0]?.status).toBe(401);
    expect((await ask(apps, { authorization: `Bearer ${token}` }))[0]?.status).toBe(200);
  });

  test.each([
    '/api//apps',
    '//api/apps',
    '/API/apps',
    '/api/%61pps',
    '/%61pi/apps',
    '/x/../api/apps',
    '/api/apps/',
    '/api;/apps',
    '/api/apps%2f',
    '/hooks/../api/apps',
    '/api%2fapps',
  ])('S40: no spelling of a path goes around the check: %s', async (path) => {
    const answer = await call(worker.url + path);
    expect([401, 404]).toContain(answer.status);
  });

  test('what does not exist is refused in the same way as what does', async () => {
    const [known, unknown] = await Promise.all(
      ['/api/apps/eu-1/web', '/api/apps/nowhere/nothing'].map((path) => call(worker.url + path)),
    );
    expect([known?.status, known?.text]).toEqual([unknown?.status, unknown?.text]);
    const ledgers = await Promise.all(
      ['eu-1', 'nowhere'].map((name) => call(`${worker.url}/ledger/${name}.git/info/refs?service=git-upload-pack`)),
    );
    expect(ledgers.map(({ status, text }) => [status, text])).toEqual([
      [401, ledgers[0]?.text],
      [401, ledgers[0]?.text],
    ]);
  });
});

describe('S35: with a proof of another kind that is wrong', () => {
  test('agents must sign', async () => {
    for (const [method, path] of [
      ['POST', '/agent/poll'],
      ['POST', '/agent/report'],
      ['GET', `/agent/bundles/sha256:${'0'.repeat(64)}`],
    ] as const) {
      const plain = await call(worker.url + path, { method, ...(method === 'GET' ? {} : { body: {} }) });
      expect([plain.status, codeOf(plain)]).toEqual([401, 'agent.signature']);
      // The token of people is no identity of an agent.
      const person = await worker.ask(path, { method, ...(method === 'GET' ? {} : { body: {} }) });
      expect([person.status, codeOf(person)]).toEqual([401, 'agent.signature']);
    }
  });

  test('a signature of a cluster that nobody enrolled is refused', async () => {
    const headers = {
      'plumbline-cluster': '00000000-0000-0000-0000-000000000000',
      'plumbline-key': '0'.repeat(16),
      'plumbline-time': String(Date.now()),
      'plumbline-nonce': 'n'.repeat(22),
      'plumbline-signature': Buffer.alloc(64).toString('base64'),
    };
    const answer = await call(`${worker.url}/agent/poll`, { method: 'POST', headers, body: {} });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'agent.unknown']);
  });

  test('enrolment wants a token that was made', async () => {
    const nonsense = await call(`${worker.url}/enrol`, { method: 'POST', body: { token: [] } });
    expect([nonsense.status, codeOf(nonsense)]).toEqual([400, 'api.invalid']);
    const { publicKey } = worker.root.signer;
    const guess = { token: 'guessed', publicKey, cluster: 'u', kubernetesVersion: 'v1', agentVersion: '1' };
    const guessed = await call(`${worker.url}/enrol`, { method: 'POST', body: guess });
    expect([guessed.status, codeOf(guessed)]).toEqual([403, 'enrol.token']);
  });

  test('an install command that was not made is not found, and says nothing', async () => {
    for (const token of ['guessed', added.token.slice(0, -1), `${added.token}x`, added.token.toUpperCase(), '%00', '__proto__']) {
      const answer = await call(`${worker.url}/install/${token}`);
      expect([token, answer.status]).toEqual([token, 404]);
      expect(answer.text).not.toContain('eu-1');
    }
  });
});

test('a cluster that no agent has joined yet is listed under its name', async () => {
  const { json } = await worker.ask('/api/clusters');
  expect(json).toMatchObject({ clusters: [{ name: 'eu-1', generation: 0 }] });
});

test('what is public holds nothing of the fleet', async () => {
  for (const path of ['/healthz', '/', '/ledger/allowed_signers']) {
    const { status, text } = await call(worker.url + path);
    expect(status).toBe(200);
    for (const secret of ['eu-1', added.token, worker.token, worker.secret]) expect(text).not.toContain(secret);
  }
});

test('S29: a simple request from another site changes nothing, even with the token', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '', 'APPLICATION/XML']) {
    const answer = await worker.ask('/api/clusters', {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{"name":"us-1"}',
    });
    expect([type, answer.status]).toEqual([type, 400]);
  }
  const { json } = await worker.ask('/api/clusters');
  expect(json).toMatchObject({ clusters: [{ name: 'eu-1' }] });
});

test('bodies of people are bounded and typed', async () => {
  const head = [
    'POST /api/clusters HTTP/1.1',
    'Host: plumbline',
    'Content-Type: application/json',
    `Authorization: Bearer ${worker.token}`,
    'Content-Length: 1100000',
  ];
  expect(await sendUntilAnswered(worker.url, `${head.join('\r\n')}\r\n\r\n`)).toEqual({ status: 413, sent: 0 });
  for (const body of ['', '{', 'null', '[]', '{"name":{}}', '{"name":"../x"}', '{"__proto__":{"name":"us-1"}}']) {
    const headers = { 'content-type': 'application/json' };
    const answer = await worker.ask('/api/clusters', { method: 'POST', headers, body });
    expect([body, answer.status, codeOf(answer)]).toEqual([body, 400, 'api.invalid']);
  }
});
