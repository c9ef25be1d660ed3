/** Signing in: OpenID Connect with a certified provider and with a hostile one, GitHub, Cloudflare Access, tokens, one-time codes, command lines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Me, SignInProvider } from '../../../core/api/access.ts';
import { cookieOf } from './support/access-fixture.ts';
import { type Answer, call, codeOf } from './support/call-worker.ts';
import { type CraftedProvider, startCraftedProvider } from './support/crafted-provider.ts';
import { type LoneWorker, startLoneWorker } from './support/lone-worker.ts';
import { type OidcProvider, startOidcProvider } from './support/oidc-provider.ts';

let worker: LoneWorker;
let good: OidcProvider;
let crafted: CraftedProvider;

beforeAll(async () => {
  worker = await startLoneWorker();
  good = await startOidcProvider(`${worker.url}/auth/callback`);
  crafted = await startCraftedProvider('plumbline');
  const providers: readonly SignInProvider[] = [
    { id: 'corp', kind: 'oidc', title: 'Corp', issuer: good.issuer, clientId: good.clientId, clientSecret: good.clientSecret },
    { id: 'crafted', kind: 'oidc', title: 'Crafted', issuer: crafted.issuer, clientId: 'plumbline', clientSecret: 's' },
    {
      id: 'github',
      kind: 'github',
      title: 'GitHub',
      issuer: crafted.issuer,
      clientId: 'gh',
      clientSecret: 'canary-github-secret',
    },
    { id: 'access', kind: 'cloudflare-access', title: 'Access', teamDomain: crafted.issuer, audience: 'our-audience' },
    { id: 'private', kind: 'oidc', title: 'Private', issuer: 'http://10.1.2.3', clientId: 'c' },
    { id: 'plain', kind: 'oidc', title: 'Plain', issuer: 'http://id.example.org', clientId: 'c' },
  ];
  const put = await worker.ask('/api/sign-in', { method: 'PUT', body: { providers } });
  if (put.status !== 200) throw new Error(put.text);
});
afterAll(async () => {
  await worker?.stop();
  await worker?.remove();
  await good?.stop();
  await crafted?.stop();
});

/** A new address for each sign-in, as failures are counted by address. */
let address = 0;
const fromElsewhere = () => ({ 'cf-connecting-ip': `192.0.2.${++address}` });

/** The beginning: where the browser is sent, and its cookie for the way back. */
async function begin(provider: string, query = ''): Promise<{ readonly url: string; readonly cookie: string }> {
  const answer = await call(`${worker.url}/auth/login/${provider}${query}`, { headers: fromElsewhere() });
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('plumbline-sign-in='));
  return { url: answer.headers.get('location') ?? '', cookie: cookie?.split(';')[0] ?? '' };
}

const comeBack = (url: string, cookie: string): Promise<Answer> =>
  call(url, { headers: { ...fromElsewhere(), ...(cookie === '' ? {} : { cookie }) } });
const meOf = async (cookie: string) => (await call(`${worker.url}/api/me`, { headers: { cookie } })).json as Me; // as the route says
const failed = (answer: Answer) => [answer.status, answer.headers.get('location'), sessionsOf(answer)];
const sessionsOf = (answer: Answer) => answer.headers.getSetCookie().filter((one) => /^plumbline=[^;]/.test(one)).length;

describe('with a certified provider', () => {
  test('somebody is who the provider says, with their groups, and goes where they wanted to', async () => {
    const { url, cookie } = await begin('corp', '?return=%2Fapps%2Feu-1%2Fweb');
    const back = await comeBack(await good.signIn(url, 'ana+devs+ops'), cookie);
    expect([back.status, back.headers.get('location')]).toEqual([302, '/apps/eu-1/web']);
    const session = back.headers.getSetCookie().find((one) => one.startsWith('plumbline='));
    for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/']) expect(session).toContain(attribute);
    expect(await meOf(cookieOf(back))).toMatchObject({
      name: 'ana@example.org',
      email: 'ana@example.org',
      kind: 'person',
      groups: ['devs', 'ops'],
      roles: [],
    });
  });

  test('the policy gives rights to groups, to nobody else', async () => {
    await worker.ask('/api/policy', { method: 'PUT', body: { csv: 'g, ops, role:readonly', defaultRole: '' } });
    const roles = async (account: string) => {
      const { url, cookie } = await begin('corp');
      return (await meOf(cookieOf(await comeBack(await good.signIn(url, account), cookie)))).roles;
    };
    expect(await roles('ben+ops')).toEqual(['role:readonly']);
    expect(await roles('cleo+devs')).toEqual([]);
    // S31: a group that is called like a role is no role.
    expect(await roles('dora+role:admin')).toEqual([]);
  });

  test('an address that the provider does not vouch for is nobody’s', async () => {
    const { url, cookie } = await begin('corp');
    const me = await meOf(cookieOf(await comeBack(await good.signIn(url, 'eve'), cookie)));
    expect([me.name, me.email]).toEqual(['eve', undefined]);
  });

  test('S37: what goes along has at least 128 bits, and PKCE is S256', async () => {
    const { url } = await begin('corp');
    const query = new URL(url).searchParams;
    for (const name of ['state', 'nonce', 'code_challenge']) expect([name, (query.get(name) ?? '').length]).toEqual([name, 43]);
    expect([query.get('code_challenge_method'), query.get('response_type')]).toEqual(['S256', 'code']);
  });

  test('a code counts once', async () => {
    const { url, cookie } = await begin('corp');
    const back = await good.signIn(url, 'fay');
    expect((await comeBack(back, cookie)).headers.get('location')).toBe('/');
    expect(failed(await comeBack(back, cookie))).toEqual([302, '/sign-in?error=state', 0]);
  });

  test('the state of another browser does not fit', async () => {
    const [one, two] = await Promise.all([begin('corp'), begin('corp')]);
    const back = await good.signIn(one.url, 'gus');
    expect(failed(await comeBack(back, ''))).toEqual([302, '/sign-in?error=state', 0]);
    expect(failed(await comeBack(back, two.cookie))).toEqual([302, '/sign-in?error=denied', 0]);
    expect(failed(await comeBack(back, `${one.cookie}x`))).toEqual([302, '/sign-in?error=state', 0]);
  });

  test('a forged state is refused', async () => {
    const { url, cookie } = await begin('corp');
    const back = new URL(await good.signIn(url, 'gus'));
    back.searchParams.set('state', 'x'.repeat(43));
    expect(failed(await comeBack(back.href, cookie))).toEqual([302, '/sign-in?error=denied', 0]);
  });
});

describe('S30: an ID token counts only as it should be', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const attempt = async (idToken: CraftedProvider['idToken']) => {
    crafted.idToken = idToken;
    const { url, cookie } = await begin('crafted');
    return failed(await comeBack(crafted.authorize(url), cookie));
  };

  test('the good one', async () => expect(await attempt((nonce) => crafted.sign({ nonce }))).toEqual([302, '/', 1]));
  test('clocks may differ a little', async () =>
    expect(await attempt((nonce) => crafted.sign({ nonce, exp: now() - 20, iat: now() + 20 }))).toEqual([302, '/', 1]));

  test.each<[string, (nonce: string) => Promise<string>]>([
    ['another nonce', () => crafted.sign({ nonce: 'another' })],
    ['no nonce', () => crafted.sign({})],
    ['alg none', (nonce) => crafted.sign({ nonce }, { alg: 'none' })],
    ['a symmetric algorithm with the public key', (nonce) => crafted.sign({ nonce }, { alg: 'HS256' })],
    ['the key of somebody else', (nonce) => crafted.sign({ nonce }, { key: 'other' })],
    ['another audience', (nonce) => crafted.sign({ nonce, aud: 'somebody-else' })],
    ['two audiences and no party', (nonce) => crafted.sign({ nonce, aud: ['plumbline', 'somebody-else'] })],
    ['another issuer', (nonce) => crafted.sign({ nonce, iss: 'https://accounts.example.org' })],
    ['its time over', (nonce) => crafted.sign({ nonce, exp: now() - 3_600 })],
    ['a time that is a text', (nonce) => crafted.sign({ nonce, exp: String(now() + 300) as unknown as number })],
    ['no end', (nonce) => crafted.sign({ nonce, exp: undefined as unknown as number })],
    ['a time to come', (nonce) => crafted.sign({ nonce, nbf: now() + 3_600 })],
    ['nobody', (nonce) => crafted.sign({ nonce, sub: '' })],
    ['no token', async () => ''],
    ['no JWT', async () => 'a.b.c'],
  ])('not with %s', async (_name, idToken) => expect(await attempt(idToken)).toEqual([302, '/sign-in?error=denied', 0]));
});

describe('S28: nothing that a provider or a link says is shown', () => {
  test('an error of the provider', async () => {
    const { url, cookie } = await begin('crafted');
    const back = new URL(crafted.authorize(url));
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', '<script>alert(1)</script>');
    const answer = await comeBack(back.href, cookie);
    expect(failed(answer)).toEqual([302, '/sign-in?error=denied', 0]);
    expect(answer.text).not.toContain('script');
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/%5Cevil.example',
    '%2F%2Fevil.example',
    '/%09/evil.example',
    'javascript:alert(1)',
  ])('a way back to %s leads home', async (asked) => {
    crafted.idToken = (nonce) => crafted.sign({ nonce });
    const { url, cookie } = await begin('crafted', `?return=${asked}`);
    expect((await comeBack(crafted.authorize(url), cookie)).headers.get('location')).toBe('/');
  });
});

describe('S07, S36: providers are asked', () => {
  test.each(['private', 'plain'])('neither in private networks nor without TLS: %s', async (provider) => {
    const answer = await call(`${worker.url}/auth/login/${provider}`, { headers: fromElsewhere() });
    expect(failed(answer)).toEqual([302, '/sign-in?error=provider', 0]);
  });
  test('not at all when there is none of that name', async () => {
    const answer = await call(`${worker.url}/auth/login/ghost`, { headers: fromElsewhere() });
    expect(failed(answer)).toEqual([302, '/sign-in?error=unknown_provider', 0]);
  });
});

describe('with GitHub', () => {
  test('teams are groups, over all pages', async () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ org: 'acme', slug: `team-${i}` }));
    crafted.teams = [
      many,
      [
        { org: 'acme', slug: 'last' },
        { org: 'other', slug: 'x' },
      ],
    ];
    const { url, cookie } = await begin('github');
    expect(new URL(url).searchParams.get('scope')).toBe('read:org');
    const me = await meOf(cookieOf(await comeBack(crafted.authorize(url), cookie)));
    expect([me.name, me.groups.length]).toEqual(['octo', 104]);
    expect(me.groups).toEqual(expect.arrayContaining(['acme', 'acme:team-99', 'acme:last', 'other:x']));
  });

  test('a forged state, two codes and none are refused', async () => {
    const { url, cookie } = await begin('github');
    const back = crafted.authorize(url);
    for (const wrong of [back.replace(/state=[^&]*/, 'state=x'), `${back}&code=y`, back.replace(/code=[^&]*&/, '')]) {
      const again = await begin('github');
      expect(failed(await comeBack(wrong, again.cookie))).toEqual([302, '/sign-in?error=denied', 0]);
    }
    expect((await comeBack(back, cookie)).headers.get('location')).toBe('/');
  });
});

describe('with Cloudflare Access', () => {
  const assert = async (claims: Parameters<CraftedProvider['sign']>[0], options = {}) => {
    const assertion = await crafted.sign({ aud: 'our-audience', email: 'hal@example.org', ...claims }, options);
    const headers = { ...fromElsewhere(), 'cf-access-jwt-assertion': assertion };
    return call(`${worker.url}/auth/login/access?return=/activity`, { headers });
  };

  test('the assertion beside the request signs in', async () => {
    const answer = await assert({});
    expect(answer.headers.get('location')).toBe('/activity');
    expect(await meOf(cookieOf(answer))).toMatchObject({ name: 'hal@example.org', groups: ['devs', 'ops'] });
  });

  test.each<[string, Parameters<CraftedProvider['sign']>[0], object]>([
    ['another audience', { aud: 'another' }, {}],
    ['another team', { iss: 'https://evil.cloudflareaccess.com' }, {}],
    ['its time over', { exp: 1 }, {}],
    ['nobody, as of a service token', { sub: '' }, {}],
    ['alg none', {}, { alg: 'none' }],
    ['another key', {}, { key: 'other' }],
  ])('S30: not with %s', async (_name, claims, options) =>
    expect(failed(await assert(claims, options))).toEqual([302, '/sign-in?error=denied', 0]),
  );

  test('without one there is no way in', async () => {
    const answer = await call(`${worker.url}/auth/login/access`, { headers: fromElsewhere() });
    expect(failed(answer)).toEqual([302, '/sign-in?error=denied', 0]);
  });
});

describe('the first administrator', () => {
  const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    call(worker.url + path, { method: 'POST', body, headers: { ...fromElsewhere(), ...headers } });
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
  const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    call(worker.url + path, { method: 'POST', body, headers: { ...fromElsewhere(), ...headers } });
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

test('S13, S09: what was signed in with stays where it belongs', async () => {
  const { text } = await worker.ask('/api/activity?limit=500');
  const people = await worker.ask('/api/people');
  for (const secret of ['canary-access-token', 'canary-github-secret', 'canary-oidc-client-secret', worker.token])
    expect([secret, text.includes(secret), people.text.includes(secret)]).toEqual([secret, false, false]);
});
