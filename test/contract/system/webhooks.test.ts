/** Webhooks as they reach a running Worker: what is refused before it is read, what is refused after, what wakes a repository. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookSecret } from '../../../core/api/views.ts';
import { type Delivery, PUSHES, withBody } from '../../src/webhook/deliveries.ts';
import { call, codeOf } from './support/call-worker.ts';
import { type LoneWorker, need, startLoneWorker } from './support/lone-worker.ts';
import { sendUntilAnswered } from './support/raw-request.ts';
import { type Recording, recordConsole } from './support/record-console.ts';

/** The repository of every delivery; nothing is served there, which is not the webhook's business. */
const REPOSITORY = 'https://git.example.com/org/shop.git';

let worker: LoneWorker;
let secret: string;
let hooks: string;
let printed: Recording;

beforeAll(async () => {
  printed = recordConsole();
  worker = await startLoneWorker();
  secret = need(await worker.api.send<WebhookSecret>('POST', '/webhook')).secret;
  hooks = `${worker.url}/hooks`;
  need(await worker.api.send('POST', '/clusters', { name: 'eu-1' }));
  need(await worker.api.send('POST', '/fleet', { url: REPOSITORY, path: 'fleet', cluster: 'eu-1' }));
});
afterAll(async () => {
  await worker?.stop();
  await worker?.remove();
  printed.end();
});

interface Changes {
  readonly headers?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
  readonly text?: string;
  readonly signWith?: string;
}

/** Sends a delivery as its provider does, with something changed. */
function deliver(delivery: Delivery, changes: Changes = {}) {
  const text = changes.text ?? JSON.stringify(delivery.body);
  const signature = delivery.signature.make(text, changes.signWith ?? secret);
  const headers = {
    'content-type': 'application/json',
    ...delivery.headers,
    [delivery.signature.header]: signature,
    ...changes.headers,
  };
  const kept = Object.entries(headers).filter(([name]) => !(changes.without ?? []).includes(name));
  return call(hooks, { method: 'POST', headers: Object.fromEntries(kept), body: text });
}

const named = PUSHES.map((delivery): [string, Delivery] => [
  `${delivery.provider} ${Object.values(delivery.headers)[0] ?? ''}`.trim(),
  delivery,
]);

describe.each(named)('%s', (_name, delivery) => {
  const { header } = delivery.signature;

  test('a signed push of a known repository is accepted', async () => {
    const answer = await deliver(delivery);
    expect([answer.status, answer.json]).toEqual([202, { event: 'push', repositories: 1 }]);
  });

  test.each([
    ['no signature', { without: [header] }],
    ['an empty signature', { headers: { [header]: '' } }],
    ['a short signature', { headers: { [header]: delivery.signature.make('', 'x').slice(0, -2) || 'x' } }],
    ['a signature by another secret', { signWith: 'f'.repeat(64) }],
    ['a signature by the empty secret', { signWith: '' }],
  ] satisfies readonly (readonly [string, Changes])[])('S26: %s is refused', async (_case, changes) => {
    const answer = await deliver(delivery, changes);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'webhook.signature']);
    expect(answer.text).not.toContain(secret);
  });

  test.each(['', 'null', '[]', '0', '"x"', '{', '{}', '[[[[', '{"repository":null}', '{"__proto__":{"repository":"x"}}'])(
    'S25: the signed body %j is never an error of ours',
    async (text) => {
      const answer = await deliver(delivery, { text });
      // An event that moves no branch is answered as such; everything else is a problem.
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 400) expect(codeOf(answer)).toBe('webhook.payload');
    },
  );
});

describe('S25: type confusion', () => {
  const of = (provider: string, event?: string): Delivery => {
    const found = PUSHES.find(
      (one) => one.provider === provider && (event === undefined || one.headers['x-event-key'] === event),
    );
    if (found === undefined) throw new Error(`no delivery of ${provider}`);
    return found;
  };
  const server = of('bitbucket', 'repo:refs_changed');
  const cloud = of('bitbucket', 'repo:push');
  test.each([
    ['links.clone is a text', withBody(server, { repository: { links: { clone: 'boom' } } })],
    ['href is a list', withBody(server, { repository: { links: { clone: [{ href: [] }] } } })],
    ['no changes', withBody(server, { changes: [] })],
    ['push is null', withBody(cloud, { push: null })],
    ['html is a list', withBody(cloud, { repository: { links: { html: [] } } })],
    ['repository is null', withBody(of('github'), { repository: null })],
    ['clone_url is a number', withBody(of('gitea'), { repository: { clone_url: 7 } })],
    ['ref is a list', withBody(of('forgejo'), { ref: ['refs/heads/main'] })],
    ['after is an object', withBody(of('gogs'), { after: {} })],
    ['project is null', withBody(of('gitlab'), { project: null })],
    ['object_kind is a list', withBody(of('gitlab'), { object_kind: [] })],
    ['repository is an object', withBody(of('plumbline'), { repository: { url: 'x' } })],
  ])('%s: the payload is a problem', async (_case, delivery) => {
    const answer = await deliver(delivery);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'webhook.payload']);
  });

  test('a name of the prototype as repository wakes nobody', async () => {
    for (const repository of ['__proto__', 'constructor', 'https://git.example.com/__proto__']) {
      const answer = await deliver(withBody(of('plumbline'), { repository }));
      expect([answer.status, codeOf(answer)]).toEqual([404, 'webhook.unknown_repository']);
    }
  });
});

test('a repository that nobody uses is named as such', async () => {
  const plain = PUSHES.find(({ provider }) => provider === 'plumbline');
  if (plain === undefined) throw new Error('no plain delivery');
  const answer = await deliver(withBody(plain, { repository: 'https://git.example.com/org/other.git' }));
  expect([answer.status, codeOf(answer)]).toEqual([404, 'webhook.unknown_repository']);
});

test('S26: a request without the headers of any provider is refused', async () => {
  const answer = await call(hooks, { method: 'POST', body: { repository: REPOSITORY } });
  expect([answer.status, codeOf(answer)]).toEqual([401, 'webhook.signature']);
});

test('only POST is a webhook', async () => {
  expect((await call(hooks)).status).toBe(404);
  expect((await call(hooks, { method: 'PUT', body: '{}' })).status).toBe(404);
});

const HEAD = 'POST /hooks HTTP/1.1\r\nHost: plumbline\r\nContent-Type: application/json\r\nX-Plumbline-Signature: sha256=00\r\n';
const MEGABYTE = 1_000_000;

test('S24: a body of 50 MB is refused by its length, before it is sent', async () => {
  const { status, sent } = await sendUntilAnswered(hooks, `${HEAD}Content-Length: ${50 * MEGABYTE}\r\n\r\n`);
  expect([status, sent]).toEqual([413, 0]);
});

test('S24: a body in pieces without an end is refused after a few megabytes', async () => {
  const piece = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
  const { status, sent } = await sendUntilAnswered(hooks, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, {
    piece,
    limit: 200 * MEGABYTE,
  });
  // The Worker closes with unread bytes in its socket, so its answer is lost where the cut overtakes it.
  expect([413, undefined]).toContain(status);
  // Two megabytes are read, the rest is what the sockets in between hold.
  expect(sent).toBeLessThan(30 * MEGABYTE);
});

test('S24: what was refused leaves the Worker able to answer, and nothing secret in its log', async () => {
  expect((await call(`${worker.url}/healthz`)).status).toBe(200);
  for (const one of [secret, worker.secret, worker.token]) expect(printed.text()).not.toContain(one);
});
