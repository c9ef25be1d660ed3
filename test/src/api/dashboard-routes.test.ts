import { describe, expect, it } from 'vitest';
import { dashboardRoutes, isPagePath } from '../../../src/api/dashboard-routes.ts';
import type { Env } from '../../../src/platform/env.ts';

const INDEX = '<!doctype html><div id="root"></div>';

/** What Workers static assets do: the file of exactly this path, else 404. Remembers what it was asked. */
function files(known: Readonly<Record<string, string>>) {
  const asked: Request[] = [];
  const fetch = async (url: URL, init: RequestInit) => {
    asked.push(new Request(url, init));
    const text = known[url.pathname];
    return text === undefined
      ? new Response('no', { status: 404 })
      : new Response(text, { headers: { 'content-type': 'text/html', etag: '"1"', 'set-cookie': 'a=b' } });
  };
  return { asked, binding: { fetch } as unknown as NonNullable<Env['ASSETS']> }; // only fetch is asked for
}

function get(path: string, headers: Record<string, string> = {}) {
  const assets = files({ '/index.html': INDEX, '/assets/main-1a2b.js': 'code', '/favicon.svg': '<svg/>' });
  const answer = dashboardRoutes.request(`http://plumbline.test${path}`, { headers }, { ASSETS: assets.binding });
  return { assets, answer };
}

describe('addresses of pages', () => {
  it.each([
    '/',
    '/sign-in',
    '/device',
    '/apps/eu-1/shop',
    '/apps/eu-1/shop/diff',
    '/clusters',
    '/clusters/eu-1',
    '/ledger/eu-1/0123abcd',
    '/activity',
    '/figures',
    '/settings/people',
  ])('%s shows the dashboard', async (path) => {
    const response = await get(path).answer;
    expect([response.status, await response.text()]).toEqual([200, INDEX]);
  });

  it.each([
    '/nothing',
    '/index.html',
    '/apps/eu-1',
    '/settings/people/more',
    '/ledger/eu-1.git',
    '/ledger/eu-1.git/HEAD',
    '/assets/',
    '/assets/none.js',
    '/assets/a/b.js',
  ])('%s is not found', async (path) => expect((await get(path).answer).status).toBe(404));

  it.each([
    '/assets/..%5cindex.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/index.html',
    '/assets\\..\\index.html',
    '//sign-in',
    '/apps//shop',
    '/apps/eu-1/..',
    '/apps/eu-1/%2e%2e%2fx',
    '/clusters/eu%2d1',
    '/apps/eu-1/shop%00',
    '/sign-in/',
    '/%73ign-in%5c',
  ])('S40: %s leads nowhere', (path) => expect(isPagePath(path)).toBe(false));

  it('S40: an escaped file is not asked for', async () => {
    for (const path of ['/assets/..%5cindex.html', '/assets/..%2findex.html', '//assets/main-1a2b.js']) {
      const { assets, answer } = get(path);
      expect([(await answer).status, assets.asked.length]).toEqual([404, 0]);
    }
  });
});

describe('what is sent with them', () => {
  it('S27: a page may run only files of its own origin, and is in no frame', async () => {
    const { headers } = await get('/').answer;
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
  });

  it('pages are never kept, files named by their content for ever', async () => {
    expect((await get('/clusters').answer).headers.get('cache-control')).toBe('no-store');
    expect((await get('/assets/main-1a2b.js').answer).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await get('/favicon.svg').answer).headers.get('cache-control')).toBe('public, max-age=3600');
  });

  it('S40: no cookie goes to the files, and none comes from them', async () => {
    const { assets, answer } = get('/assets/main-1a2b.js', {
      cookie: 'plumbline=s',
      authorization: 'Bearer t',
      'if-none-match': '"0"',
    });
    expect((await answer).headers.get('set-cookie')).toBeNull();
    const [asked] = assets.asked;
    expect([asked?.headers.get('cookie'), asked?.headers.get('authorization'), asked?.headers.get('if-none-match')]).toEqual([
      null,
      null,
      '"0"',
    ]);
  });

  it('a Worker without the files says so', async () => {
    const response = await dashboardRoutes.request('http://plumbline.test/', {}, {});
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'api.not_found']);
  });
});
