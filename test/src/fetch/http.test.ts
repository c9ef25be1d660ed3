import { afterEach, describe, expect, test } from 'vitest';
import { settle } from '../../../src/fetch/failure.ts';
import { createHostPolicy } from '../../../src/fetch/host-policy.ts';
import { type GitRequest, type Network, sendGitRequest } from '../../../src/fetch/http.ts';
import type { Credentials } from '../../../src/platform/ports.ts';

/** A small internet: answers by host and path, and remembers who was told what. */
interface Seen {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | undefined;
}
let seen: Seen[] = [];
afterEach(() => {
  seen = [];
});

const TYPE = 'application/x-git-upload-pack-result';
const git = () => new Response('0000', { headers: { 'content-type': TYPE } });
const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });

function internet(pages: Readonly<Record<string, () => Response>>): Network {
  return {
    async fetch(url, init) {
      seen.push({ url, method: init.method, authorization: init.headers['authorization'] });
      const page = pages[url];
      if (page === undefined) throw new TypeError(`fetch failed for ${url} with ${init.headers['authorization']}`);
      return page() as Response & { body: never };
    },
    deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
  };
}

const secret: Credentials = { kind: 'basic', username: 'ada', password: 'canary-password' };

async function ask(network: Network, options: { url?: string; credentials?: Credentials; request?: Partial<GitRequest> } = {}) {
  const home = new URL(options.url ?? 'https://git.example/repo');
  const result = await settle(async () => {
    const answer = await sendGitRequest(
      { network, allowHost: createHostPolicy(), home, credentials: options.credentials ?? secret },
      { url: home, method: 'POST', accept: TYPE, milliseconds: 5000, maxBytes: 1000, ...options.request },
    );
    while (await answer.reader.fill());
    return answer.url.href;
  });
  // S09: nothing that is told to people may hold the credentials.
  expect(JSON.stringify(result)).not.toMatch(/canary|Basic |Bearer /);
  return result.ok ? result.value : result.error.code;
}

describe('credentials', () => {
  test('go to the configured origin, as Basic or Bearer', async () => {
    const network = internet({ 'https://git.example/repo': git });
    await ask(network);
    await ask(network, { credentials: { kind: 'bearer', token: 'canary-token' } });
    expect(seen.map((one) => one.authorization)).toEqual([`Basic ${btoa('ada:canary-password')}`, 'Bearer canary-token']);
  });

  test('survive letters outside ASCII', async () => {
    await ask(internet({ 'https://git.example/repo': git }), { credentials: { kind: 'basic', username: 'ä', password: 'ß' } });
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('ä:ß').toString('base64')}`);
  });

  test.each([
    ['another host', 'https://other.example/repo'],
    ['another port', 'https://git.example:8443/repo'],
    ['a subdomain', 'https://a.git.example/repo'],
  ])('S08: stay behind when a redirect leads to %s', async (_what, target) => {
    const network = internet({ 'https://git.example/repo': () => redirect(target), [target]: git });
    expect(await ask(network)).toBe(target);
    expect(seen.map((one) => one.authorization !== undefined)).toEqual([true, false]);
  });

  test('S08: stay behind when a redirect changes http to https', async () => {
    const network = internet({
      'http://git.example/repo': () => redirect('https://git.example/repo'),
      'https://git.example/repo': git,
    });
    expect(await ask(network, { url: 'http://git.example/repo' })).toBe('https://git.example/repo');
    expect(seen.map((one) => one.authorization !== undefined)).toEqual([true, false]);
  });

  test('S08: are not told to the host that a second redirect leads away to, and come back only home', async () => {
    const network = internet({
      'https://git.example/repo': () => redirect('https://other.example/a'),
      'https://other.example/a': () => redirect('https://git.example/b'),
      'https://git.example/b': git,
    });
    expect(await ask(network)).toBe('https://git.example/b');
    expect(seen.map((one) => one.authorization !== undefined)).toEqual([true, false, true]);
  });
});

describe('redirects', () => {
  test.each([301, 302, 307, 308])('keep method and body (%d)', async (status) => {
    const network = internet({ 'https://git.example/repo': () => redirect('/moved', status), 'https://git.example/moved': git });
    expect(await ask(network)).toBe('https://git.example/moved');
    expect(seen.map((one) => one.method)).toEqual(['POST', 'POST']);
  });

  test.each([
    ['S07: to a private address', 'http://169.254.169.254/latest', 'git.host_forbidden', 'http://git.example/repo'],
    ['S07: to a private address in another notation', 'http://0x7f.1/', 'git.host_forbidden', 'http://git.example/repo'],
    ['S07: to a mapped address', 'https://[::ffff:10.0.0.1]/', 'git.host_forbidden', 'https://git.example/repo'],
    ['S08: from https to http', 'http://git.example/repo', 'git.host_forbidden', 'https://git.example/repo'],
    ['to a file', 'file:///etc/passwd', 'git.protocol', 'https://git.example/repo'],
    ['S09: to a URL with credentials', 'https://a:canary-b@git.example/x', 'git.url', 'https://git.example/repo'],
    ['to nowhere', '', 'git.protocol', 'https://git.example/repo'],
  ])('%s are refused and not followed', async (_what, location, code, url) => {
    expect(
      await ask(internet({ [url]: () => (location === '' ? new Response(null, { status: 302 }) : redirect(location)) }), { url }),
    ).toBe(code);
    expect(seen).toHaveLength(1);
  });

  test('in circles end', async () => {
    expect(await ask(internet({ 'https://git.example/repo': () => redirect('/repo') }))).toBe('git.protocol');
    expect(seen).toHaveLength(6);
  });
});

describe('F22: an answer that is no Git data', () => {
  const page =
    (status: number, body = '<html>canary</html>', type = 'text/html') =>
    () =>
      new Response(body, { status, headers: { 'content-type': type } });

  test.each([
    [200, 'git.protocol'],
    [201, 'git.protocol'],
    [400, 'git.protocol'],
    [401, 'git.auth'],
    [403, 'git.auth'],
    [404, 'git.not_found'],
    [410, 'git.not_found'],
    [429, 'git.unavailable'],
    [500, 'git.unavailable'],
    [502, 'git.unavailable'],
    [503, 'git.unavailable'],
  ])('with status %d is %s', async (status, code) => {
    expect(await ask(internet({ 'https://git.example/repo': page(status) }))).toBe(code);
  });

  test('because there is no network is git.unavailable', async () => {
    expect(await ask(internet({}))).toBe('git.unavailable');
  });

  test('because the time is over is git.unavailable', async () => {
    const network: Network = {
      fetch: (_url, init) => new Promise((_, reject) => init.signal.addEventListener('abort', () => reject(init.signal.reason))),
      deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
    };
    expect(await ask(network, { request: { milliseconds: 5 } })).toBe('git.unavailable');
  });

  test('because the connection broke in the middle is git.unavailable', async () => {
    const broken = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new Error('canary: socket hang up'));
          },
        }),
        { headers: { 'content-type': TYPE } },
      );
    expect(await ask(internet({ 'https://git.example/repo': broken }))).toBe('git.unavailable');
  });

  test('S04: and never ends is git.limit', async () => {
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100)) }), {
        headers: { 'content-type': TYPE },
      });
    expect(await ask(internet({ 'https://git.example/repo': endless }))).toBe('git.limit');
  });
});

test('S07: the first host is checked like every other', async () => {
  expect(await ask(internet({ 'http://127.0.0.1/repo': git }), { url: 'http://127.0.0.1/repo' })).toBe('git.host_forbidden');
  expect(seen).toEqual([]);
});
