/** Sessions without a provider: one-time codes, tokens, command lines; and their end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieOf } from './support/access-fixture.ts';
import { type Answer, call, codeOf } from './support/call-worker.ts';
import type { LoneWorker } from './support/lone-worker.ts';
import type { OidcProvider } from './support/oidc-provider.ts';
import { fromElsewhere, type SignInFixture, sessionsOf, startSignInFixture } from './support/sign-in-fixture.ts';

let fixture: SignInFixture;
let worker: LoneWorker;
let good: OidcProvider;
beforeAll(async () => {
  fixture = await startSignInFixture();
  await fixture.worker.ask('/api/policy', { method: 'PUT', body: { csv: 'g, ops, role:readonly', defaultRole: '' } });
  ({ worker, good } = fixture);
});
afterAll(() => fixture?.stop());

const begin: SignInFixture['begin'] = (...asked) => fixture.begin(...asked);
const comeBack: SignInFixture['comeBack'] = (...asked) => fixture.comeBack(...asked);
const meOf: SignInFixture['meOf'] = (cookie) => fixture.meOf(cookie);
const post: SignInFixture['post'] = (...asked) => fixture.post(...asked);

describe('the first administrator', () => {
  const makeCode = async () =>
    ((await worker.ask('/auth/first-admin-code', { method: 'POST' })).json as { readonly code: string }).code; // as the route says

  test('is made by a code, which only the operator gets', async () => {
    expect((await post('/auth/first-admin-code', {})).status).toBe(401);
    expect((await call(`${worker.url}/auth/providers`)).json).toMatchObject({ needsFirstAdmin: true });
    const code = await makeCode();
    const answers = await Promise.all([
      post('/auth/first-admin', { code, name: 'Ida' }),
      post('/auth/first-admin', { code, name: 'Joe' }),
    ]);
    // Two at once: one of them.
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await post('/auth/first-admin', { code, name: 'Kim' })).status).toBe(401);
    expect((await call(`${worker.url}/auth/providers`)).json).toMatchObject({ needsFirstAdmin: false });
    const session = cookieOf(answers.find(({ status }) => status === 200) as Answer); // one of them, see above
    expect((await meOf(session)).roles).toContain('role:admin');
  });

  test('a newer code voids the one before', async () => {
    const [old, fresh] = [await makeCode(), await makeCode()];
    expect((await post('/auth/first-admin', { code: old, name: 'Kim' })).status).toBe(401);
    expect((await post('/auth/first-admin', { code: fresh, name: 'Kim' })).status).toBe(200);
  });

  test('may be somebody who has signed in already', async () => {
    const { url, cookie } = await begin('corp');
    const session = cookieOf(await comeBack(await good.signIn(url, 'lea'), cookie));
    const answer = await post('/auth/first-admin', { code: await makeCode() }, { cookie: session, origin: worker.url });
    const me = await meOf(cookieOf(answer));
    expect([me.name, me.roles.includes('role:admin')]).toEqual(['lea@example.org', true]);
    // The session of before has ended.
    expect((await call(`${worker.url}/api/me`, { headers: { cookie: session } })).status).toBe(401);
  });

  test.each(['', ' ', 'x', 'operator'])('S31: %j is no name of its own', async (name) => {
    const answer = await post('/auth/first-admin', { code: await makeCode(), name });
    if (name.trim() === '') expect(codeOf(answer)).toBe('api.invalid');
    else if (name === 'operator') expect((await meOf(cookieOf(answer))).name).not.toBe('operator');
    else expect(answer.status).toBe(200);
  });
});

describe('tokens in place of a sign-in', () => {
  const exchange = (token: string, headers: Readonly<Record<string, string>> = {}) =>
    call(`${worker.url}/auth/token`, { method: 'POST', body: { token }, headers: { ...fromElsewhere(), ...headers } });

  test('the operator’s token gives a session that may do everything', async () => {
    const session = cookieOf(await exchange(worker.token));
    expect(await meOf(session)).toMatchObject({ name: 'operator', kind: 'operator' });
    expect((await call(`${worker.url}/api/people`, { headers: { cookie: session } })).status).toBe(200);
  });

  test('the session of an API token ends with the token', async () => {
    const made = (await worker.ask('/api/tokens', { method: 'POST', body: { name: 'to-exchange', roles: ['role:readonly'] } }))
      .json;
    const { id, token } = made as { readonly id: string; readonly token: string }; // as the route says
    const session = cookieOf(await exchange(token));
    expect(await meOf(session)).toMatchObject({ name: 'token to-exchange', kind: 'token' });
    await worker.ask(`/api/tokens/${id}`, { method: 'DELETE' });
    expect((await call(`${worker.url}/api/me`, { headers: { cookie: session } })).status).toBe(401);
  });

  test('S30: a cookie’s secret is no token, and a token is no cookie', async () => {
    const session = cookieOf(await exchange(worker.token));
    const secret = session.split('=')[1] ?? '';
    expect((await call(`${worker.url}/api/me`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(401);
    expect((await call(`${worker.url}/api/me`, { headers: { cookie: `plumbline=${worker.token}` } })).status).toBe(401);
  });

  test('S29: another site can sign nobody in', async () => {
    const answer = await exchange(worker.token, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    expect([codeOf(answer), sessionsOf(answer)]).toEqual(['api.cross_site', 0]);
  });

  test('S33: who guesses has to wait, whatever they guess; others need not', async () => {
    const guesser = { 'cf-connecting-ip': '203.0.113.7' };
    const statuses: number[] = [];
    for (let i = 0; i < 14; i++) statuses.push((await exchange(`plumb_${'x'.repeat(42)}${i}`, guesser)).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    const waiting = await exchange(worker.token, guesser);
    expect([waiting.status, Number(waiting.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await exchange(worker.token)).status).toBe(200);
  });

  test('signing out ends the session', async () => {
    const session = cookieOf(await exchange(worker.token));
    const headers = { cookie: session, origin: worker.url };
    expect(
      (
        await call(`${worker.url}/auth/logout`, {
          method: 'POST',
          body: {},
          headers: { cookie: session, origin: 'https://evil.example' },
        })
      ).status,
    ).toBe(403);
    expect((await call(`${worker.url}/auth/logout`, { method: 'POST', body: {}, headers })).status).toBe(200);
    expect((await call(`${worker.url}/api/me`, { headers: { cookie: session } })).status).toBe(401);
  });
});

describe('a command line', () => {
  interface Device {
    readonly userCode: string;
    readonly deviceCode: string;
    readonly verificationUrl: string;
  }
  const start = async () => (await post('/auth/device', {})).json as Device; // as the route says
  const signedIn = async (account: string) => {
    const { url, cookie } = await begin('corp');
    return { cookie: cookieOf(await comeBack(await good.signIn(url, account), cookie)), origin: worker.url };
  };

  test('gets a token once a person has approved its code, exactly once', async () => {
    const device = await start();
    expect(device.verificationUrl).toBe(`${worker.url}/device`);
    const poll = () => post('/auth/device/token', { deviceCode: device.deviceCode });
    const waiting = await poll();
    expect([waiting.status, codeOf(waiting)]).toEqual([428, 'auth.pending']);
    const person = await signedIn('mia+ops');
    const typed = device.userCode.toLowerCase().replace('-', ' ');
    expect((await post('/auth/device/approve', { userCode: typed }, person)).status).toBe(200);
    const { token } = (await poll()).json as { readonly token: string }; // as the route says
    expect((await poll()).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(`${worker.url}/api/me`, { headers })).json).toMatchObject({
      name: 'mia@example.org',
      roles: ['role:readonly'],
    });
    expect((await post('/auth/logout', {}, headers)).status).toBe(200);
    expect((await call(`${worker.url}/api/me`, { headers })).status).toBe(401);
  });

  test('is approved neither by nobody, nor from another site, nor by a token, nor with another code', async () => {
    const { userCode } = await start();
    expect((await post('/auth/device/approve', { userCode })).status).toBe(401);
    const person = await signedIn('mia+ops');
    expect(codeOf(await post('/auth/device/approve', { userCode }, { ...person, origin: 'https://evil.example' }))).toBe(
      'api.cross_site',
    );
    expect(codeOf(await post('/auth/device/approve', { userCode: 'BBBB-BBBB' }, person))).toBe('auth.code');
    const operator = cookieOf(
      await call(`${worker.url}/auth/token`, { method: 'POST', body: { token: worker.token }, headers: fromElsewhere() }),
    );
    expect(codeOf(await post('/auth/device/approve', { userCode }, { cookie: operator, origin: worker.url }))).toBe(
      'api.forbidden',
    );
    expect((await post('/auth/device/approve', { userCode }, person)).status).toBe(200);
  });
});
