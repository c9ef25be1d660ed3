import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseWebhook } from '../../../src/webhook/parse-webhook.ts';
import { type Delivery, hex, PUSHES, pushOf, SECRET, SHA_A, SHA_B, withBody, ZERO } from './deliveries.ts';

interface Changes {
  readonly headers?: { readonly [name: string]: string };
  readonly without?: readonly string[];
  readonly text?: string;
  readonly secrets?: string | readonly string[];
  readonly signWith?: string;
}

/** Sends a delivery, signed as its provider signs, with something changed; gives the outcome, a problem as its code. */
async function send(delivery: Delivery, changes: Changes = {}) {
  const text = changes.text ?? JSON.stringify(delivery.body);
  const headers = new Headers({ 'content-type': 'application/json', ...delivery.headers });
  headers.set(delivery.signature.header, delivery.signature.make(text, changes.signWith ?? SECRET));
  for (const [name, value] of Object.entries(changes.headers ?? {})) headers.set(name, value);
  for (const name of changes.without ?? []) headers.delete(name);
  const result = await parseWebhook({ headers }, new TextEncoder().encode(text), changes.secrets ?? SECRET);
  return result.ok ? result.value : result.error.code;
}

const CHANGE = { ref: 'refs/heads/main', before: SHA_A, after: SHA_B };

describe.each(
  PUSHES.map((delivery): [string, Delivery] => [`${delivery.provider} ${Object.values(delivery.headers)[0] ?? ''}`, delivery]),
)('%s', (_name, delivery) => {
  test('a push gives the repository under one key and the ref that moved', async () => {
    expect(await send(delivery)).toEqual({
      provider: delivery.provider,
      event: 'push',
      repositories: ['git.example.com/org/shop'],
      refs: [CHANGE],
    });
  });

  test.each([
    ['no signature', { without: [delivery.signature.header] }],
    ['an empty signature', { headers: { [delivery.signature.header]: '' } }],
    ['a short signature', { headers: { [delivery.signature.header]: delivery.signature.make('', SECRET).slice(0, -2) } }],
    ['a signature by another secret', { signWith: 'x'.repeat(64) }],
    ['a signature by the empty secret', { signWith: '' }],
    ['no secret at all', { secrets: [] }],
    ['an empty secret', { secrets: '', signWith: '' }],
    ['a blank secret', { secrets: ['', '  '], signWith: '  ' }],
  ] satisfies readonly (readonly [string, Changes])[])('S26: %s is refused', async (_case, changes) => {
    expect(await send(delivery, changes)).toBe('webhook.signature');
  });

  test('while a secret is replaced, both are accepted', async () => {
    expect(await send(delivery, { secrets: ['new', SECRET] })).toMatchObject({ event: 'push' });
    expect(await send(delivery, { secrets: ['new', SECRET], signWith: 'new' })).toMatchObject({ event: 'push' });
  });

  test.each(['', 'null', '[]', '0', '"x"', '{', '{}', '[[[[', '{"repository":null}', '\u0000', '{"__proto__":{"a":1}}'])(
    'S25: the signed body %j is a problem, not an exception',
    async (text) => {
      const outcome = await send(delivery, { text });
      expect(outcome === 'webhook.payload' || (typeof outcome === 'object' && outcome.event === 'other')).toBe(true);
      expect(outcome).not.toMatchObject({ event: 'push' });
    },
  );
});

test.each(
  PUSHES.filter(({ provider }) => provider !== 'gitlab').map((delivery): [string, Delivery] => [delivery.provider, delivery]),
)('S26: %s: a body that changed after signing is refused', async (_name, delivery) => {
  const signed = delivery.signature.make('{}', SECRET);
  expect(await send(delivery, { headers: { [delivery.signature.header]: signed } })).toBe('webhook.signature');
});

test('S26: a good signature in another provider’s header does not help', async () => {
  const text = JSON.stringify(pushOf('forgejo').body);
  const headers = { 'x-gitea-signature': hex(text, SECRET), 'x-hub-signature-256': `sha256=${hex(text, SECRET)}` };
  expect(await send(pushOf('forgejo'), { headers, signWith: 'wrong' })).toBe('webhook.signature');
});

test('S26: the headers of no provider prove nothing', async () => {
  expect(await send({ ...pushOf('github'), headers: {} })).toBe('webhook.signature');
});

describe('S25: type confusion', () => {
  const github = pushOf('github');
  const cloud = pushOf('bitbucket', 0);
  const server = pushOf('bitbucket', 1);
  const gitlab = pushOf('gitlab');
  const plain = pushOf('plumbline');
  test.each([
    ['links.clone as text', withBody(server, { repository: { links: { clone: 'boom' } } })],
    ['href as a list', withBody(server, { repository: { links: { clone: [{ href: [] }] } } })],
    ['no links', withBody(server, { repository: { slug: 'shop' } })],
    ['no clone links', withBody(server, { repository: { links: { clone: [] } } })],
    ['a change that is null', withBody(server, { changes: [null] })],
    ['no changes', withBody(server, { changes: [] })],
    ['changes as text', withBody(server, { changes: 'x' })],
    ['no push changes', withBody(cloud, { push: { changes: [] } })],
    ['push null', withBody(cloud, { push: null })],
    ['html as a list', withBody(cloud, { repository: { links: { html: [] } } })],
    ['repository null', withBody(github, { repository: null })],
    ['repository a list', withBody(github, { repository: [] })],
    ['a URL that is a number', withBody(github, { repository: { clone_url: 7 } })],
    ['a URL that is enormous', withBody(github, { repository: { clone_url: 'x'.repeat(3000) } })],
    ['no URL', withBody(github, { repository: { full_name: 'org/shop' } })],
    ['ref null', withBody(github, { ref: null })],
    ['ref a list', withBody(github, { ref: ['refs/heads/main'] })],
    ['after an object', withBody(github, { after: {} })],
    ['project null', withBody(gitlab, { project: null })],
    ['object_kind a list', withBody(gitlab, { object_kind: [] })],
    ['updates empty', withBody(gitlab, { object_kind: 'repository_update', changes: [] })],
    ['repository an object', withBody(plain, { repository: { url: 'x' } })],
    ['repository empty', withBody(plain, { repository: '' })],
  ])('%s', async (_name, delivery) => {
    expect(await send(delivery)).toBe('webhook.payload');
  });
});

describe('events', () => {
  test.each([
    ['github', 'x-github-event', 'ping'],
    ['bitbucket', 'x-event-key', 'diagnostics:ping'],
  ])('%s: a ping is answered as such', async (provider, header, event) => {
    expect(await send(pushOf(provider), { headers: { [header]: event }, text: '{"zen":"x"}' })).toMatchObject({
      event: 'ping',
      repositories: [],
    });
  });

  test.each([
    ['github', 'x-github-event', 'issues'],
    ['gitea', 'x-gitea-event', 'release'],
    ['bitbucket', 'x-event-key', 'pullrequest:created'],
  ])('%s: an event that moves no branch is not a push', async (provider, header, event) => {
    expect(await send(pushOf(provider), { headers: { [header]: event } })).toMatchObject({ event: 'other', repositories: [] });
  });

  test('gitlab: a merge request is not a push, a tag push and a repository update are', async () => {
    const gitlab = pushOf('gitlab');
    expect(await send(withBody(gitlab, { object_kind: 'merge_request' }))).toMatchObject({ event: 'other' });
    expect(await send(withBody(gitlab, { object_kind: 'tag_push', ref: 'refs/tags/v1' }))).toMatchObject({
      event: 'push',
      refs: [{ ref: 'refs/tags/v1' }],
    });
    const update = { object_kind: undefined, event_name: 'repository_update', changes: [CHANGE] };
    expect(await send(withBody(gitlab, update))).toMatchObject({ event: 'push', refs: [CHANGE] });
  });

  test('a created ref has no before, a deleted one no after', async () => {
    const github = pushOf('github');
    expect(await send(withBody(github, { before: ZERO }))).toMatchObject({ refs: [{ ref: 'refs/heads/main', after: SHA_B }] });
    const deleted = await send(withBody(github, { after: ZERO, deleted: true }));
    expect(deleted).toMatchObject({ refs: [{ ref: 'refs/heads/main', before: SHA_A }] });
    const tag = { type: 'tag', name: 'v1', target: { hash: SHA_A } };
    const gone = await send(withBody(pushOf('bitbucket'), { push: { changes: [{ old: tag, new: null }] } }));
    expect(gone).toMatchObject({ refs: [{ ref: 'refs/tags/v1', before: SHA_A }] });
  });

  test('a form with a payload field is read', async () => {
    const github = pushOf('github');
    const text = new URLSearchParams({ payload: JSON.stringify(github.body) }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await send(github, { text, headers })).toMatchObject({ event: 'push', repositories: ['git.example.com/org/shop'] });
  });

  test('a plain webhook without a ref wakes the repository', async () => {
    expect(await send({ ...pushOf('plumbline'), body: { repository: 'git@git.example.com:org/shop' } })).toEqual({
      provider: 'plumbline',
      event: 'push',
      repositories: ['git.example.com/org/shop'],
      refs: [],
    });
  });
});

describe('GitLab’s signing tokens', () => {
  const gitlab = pushOf('gitlab');
  const key = Buffer.alloc(32, 7);
  const token = `whsec_${key.toString('base64')}`;
  const text = JSON.stringify(gitlab.body);
  const sign = (id: string, time: string, by = key) =>
    `v1,${createHmac('sha256', by).update(`${id}.${time}.${text}`).digest('base64')}`;
  const signed = (signature: string, secrets: string | readonly string[] = token) =>
    send(gitlab, {
      headers: { 'webhook-id': 'id', 'webhook-timestamp': '1790000000', 'webhook-signature': signature },
      without: ['x-gitlab-token'],
      secrets,
    });

  test('a right signature is accepted, alone or among others', async () => {
    expect(await signed(sign('id', '1790000000'))).toMatchObject({ event: 'push' });
    expect(await signed(`v1,AAAA v2,x ${sign('id', '1790000000')}`)).toMatchObject({ event: 'push' });
  });

  test('the key may be the bytes of Plumbline’s own secret', async () => {
    expect(await signed(sign('id', '1790000000', Buffer.from(SECRET, 'hex')), SECRET)).toMatchObject({ event: 'push' });
  });

  test.each([
    ['another id', sign('other', '1790000000')],
    ['another time', sign('id', '1790000001')],
    ['another key', sign('id', '1790000000', Buffer.alloc(32, 8))],
    ['nothing', ''],
    ['no version', sign('id', '1790000000').slice(3)],
    ['no base64', 'v1,!!!!'],
  ])('S26: a signature over %s is refused', async (_name, signature) => {
    expect(await signed(signature)).toBe('webhook.signature');
  });

  test('S26: a wrong signature is not rescued by a right token', async () => {
    const headers = { 'webhook-id': 'id', 'webhook-timestamp': '1790000000', 'webhook-signature': 'v1,AAAA' };
    expect(await send(gitlab, { headers })).toBe('webhook.signature');
  });
});
