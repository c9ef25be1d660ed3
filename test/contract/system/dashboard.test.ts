/** The dashboard's files as the real Worker serves them: what curl and a hostile browser see. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoneWorker, startLoneWorker } from './support/lone-worker.ts';

let worker: LoneWorker;

beforeAll(async () => {
  worker = await startLoneWorker();
});
afterAll(async () => {
  await worker?.stop();
  await worker?.remove();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Sends a path exactly as it is written: fetch would tidy it up first. */
function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { hostname, port } = new URL(worker.url);
  return new Promise((done, fail) => {
    request({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
    })
      .on('error', fail)
      .end();
  });
}

test.each(['/', '/sign-in', '/apps/eu-1/shop/diff', '/clusters/eu-1', '/settings/people'])('%s is the page', async (path) => {
  const { status, headers, text } = await get(path);
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-store']);
  expect(text).toContain('<div id="root"></div>');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

describe('S40: a path that plays tricks is no page and no file', () => {
  test.each([
    '/index.html',
    '/assets/..%5cindex.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2findex.html',
    '/assets/....//index.html',
    '//index.html',
    '//sign-in',
    '/apps//..%2f..%2findex.html',
    '/apps/eu-1/%2e%2e%5c',
    '/nothing',
  ])('%s', async (path) => {
    const { status, text } = await get(path);
    expect([status, text.includes('id="root"')]).toEqual([404, false]);
  });
});

test('files are named by their content, kept for ever, packed for whoever takes it, and asked for again only when they changed', async () => {
  const name = /\/assets\/[^"]+\.js/.exec((await get('/')).text)?.[0] ?? '';
  const plain = await get(name);
  expect([plain.status, plain.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  expect(plain.headers['content-type']).toMatch(/^text\/javascript/);
  const packed = await get(name, { 'accept-encoding': 'gzip' });
  expect([packed.headers['content-encoding'], packed.headers['vary']]).toEqual(['gzip', 'accept-encoding']);
  const etag = String(plain.headers['etag']);
  expect((await get(name, { 'if-none-match': etag })).status).toBe(304);
});
