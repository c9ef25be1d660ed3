/** Signing in: OpenID Connect with a certified provider and with a hostile one, GitHub, Cloudflare Access. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieOf } from './support/access-fixture.ts';
import { type Answer, call } from './support/call-worker.ts';
import type { CraftedProvider } from './support/crafted-provider.ts';
import type { LoneWorker } from './support/lone-worker.ts';
import type { OidcProvider } from './support/oidc-provider.ts';
import { fromElsewhere, type SignInFixture, sessionsOf, startSignInFixture } from './support/sign-in-fixture.ts';

let fixture: SignInFixture;
let worker: LoneWorker;
let good: OidcProvider;
let crafted: CraftedProvider;

beforeAll(async () => {
  fixture = await startSignInFixture();
  ({ worker, good, crafted } = fixture);
});
afterAll(() => fixture?.stop());

const begin: SignInFixture['begin'] = (...asked) => fixture.begin(...asked);
const comeBack: SignInFixture['comeBack'] = (...asked) => fixture.comeBack(...asked);
const meOf: SignInFixture['meOf'] = (cookie) => fixture.meOf(cookie);
const failed = (answer: Answer) => [answer.status, answer.headers.get('location'), sessionsOf(answer)];

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
    expect(failed(await comeBack(back, cookie))).toEqual([302, '/sign-in?problem=auth.code', 0]);
  });

  test('the state of another browser does not fit', async () => {
    const [one, two] = await Promise.all([begin('corp'), begin('corp')]);
    const back = await good.signIn(one.url, 'gus');
    expect(failed(await comeBack(back, ''))).toEqual([302, '/sign-in?problem=auth.code', 0]);
    expect(failed(await comeBack(back, two.cookie))).toEqual([302, '/sign-in?problem=auth.refused', 0]);
    expect(failed(await comeBack(back, `${one.cookie}x`))).toEqual([302, '/sign-in?problem=auth.code', 0]);
  });

  test('a forged state is refused', async () => {
    const { url, cookie } = await begin('corp');
    const back = new URL(await good.signIn(url, 'gus'));
    back.searchParams.set('state', 'x'.repeat(43));
    expect(failed(await comeBack(back.href, cookie))).toEqual([302, '/sign-in?problem=auth.refused', 0]);
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
  ])('not with %s', async (_name, idToken) => expect(await attempt(idToken)).toEqual([302, '/sign-in?problem=auth.refused', 0]));
});

describe('S28: nothing that a provider or a link says is shown', () => {
  test('an error of the provider', async () => {
    const { url, cookie } = await begin('crafted');
    const back = new URL(crafted.authorize(url));
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', '<script>alert(1)</script>');
    const answer = await comeBack(back.href, cookie);
    expect(failed(answer)).toEqual([302, '/sign-in?problem=auth.refused', 0]);
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
    expect(failed(answer)).toEqual([302, '/sign-in?problem=auth.provider', 0]);
  });
  test('not at all when there is none of that name', async () => {
    const answer = await call(`${worker.url}/auth/login/ghost`, { headers: fromElsewhere() });
    expect(failed(answer)).toEqual([302, '/sign-in?problem=api.not_found', 0]);
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
      expect(failed(await comeBack(wrong, again.cookie))).toEqual([302, '/sign-in?problem=auth.refused', 0]);
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
    expect(failed(await assert(claims, options))).toEqual([302, '/sign-in?problem=auth.refused', 0]),
  );

  test('without one there is no way in', async () => {
    const answer = await call(`${worker.url}/auth/login/access`, { headers: fromElsewhere() });
    expect(failed(answer)).toEqual([302, '/sign-in?problem=auth.refused', 0]);
  });
});

test('S13, S09: what was signed in with stays where it belongs', async () => {
  const { text } = await worker.ask('/api/activity?limit=500');
  const people = await worker.ask('/api/people');
  for (const secret of ['canary-access-token', 'canary-github-secret', 'canary-oidc-client-secret', worker.token])
    expect([secret, text.includes(secret), people.text.includes(secret)]).toEqual([secret, false, false]);
});
