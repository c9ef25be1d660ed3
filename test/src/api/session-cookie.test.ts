import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { clearSessionCookie, sessionCookie, setSessionCookie } from '../../../src/api/session-cookie.ts';
import type { Env } from '../../../src/platform/env.ts';
import { fakeEnv } from './fake-env.ts';

const app = new Hono<{ Bindings: Env }>()
  .get('/in', (c) => {
    setSessionCookie(c, 'the-secret', 60);
    return c.text('');
  })
  .get('/out', (c) => {
    clearSessionCookie(c);
    return c.text('');
  })
  .get('/who', (c) => c.text(sessionCookie(c) ?? 'nobody'));

const ask = (url: string, { told, cookie }: { readonly told?: string; readonly cookie?: string } = {}) =>
  app.request(url, cookie === undefined ? {} : { headers: { cookie } }, {
    ...fakeEnv({}),
    ...(told === undefined ? {} : { PLUMBLINE_URL: told }),
  });

describe('the cookie of a session', () => {
  it.each([
    ['on HTTPS', 'https://p.example.org', undefined],
    ['behind something that ends TLS', 'http://10.0.0.1:8787', 'https://p.example.org'],
  ])('%s is of this host only, and never sent without TLS', async (_name, origin, told) => {
    const answer = await ask(`${origin}/in`, told === undefined ? {} : { told });
    expect(answer.headers.get('set-cookie')).toBe(
      '__Host-plumbline=the-secret; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
  });

  it('without TLS has no promise that it cannot keep', async () =>
    expect((await ask('http://127.0.0.1:8787/in')).headers.get('set-cookie')).toBe(
      'plumbline=the-secret; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    ));

  it('is taken back when one signs out', async () =>
    expect((await ask('https://p.example.org/out')).headers.get('set-cookie')).toMatch(/^__Host-plumbline=; Max-Age=0;/));

  it('S40: on HTTPS one that another host of the domain may have set does not count', async () => {
    const who = async (url: string, cookie: string) => (await ask(`${url}/who`, { cookie })).text();
    expect(await who('https://p.example.org', 'plumbline=planted')).toBe('nobody');
    expect(await who('https://p.example.org', '__Host-plumbline=mine; plumbline=planted')).toBe('mine');
    expect(await who('http://127.0.0.1:8787', 'plumbline=mine')).toBe('mine');
  });
});
