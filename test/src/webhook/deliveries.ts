import { createHmac } from 'node:crypto';

export const SECRET = '5f'.repeat(32);
const SHA_A = 'a'.repeat(40);
const SHA_B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);

/** What a provider sends for a push of `org/shop`, reduced to the fields around those that are read. */
export interface Delivery {
  readonly provider: string;
  readonly headers: { readonly [name: string]: string };
  /** The header that carries the proof, and how it is made. */
  readonly signature: { readonly header: string; make(body: string, secret: string): string };
  readonly body: unknown;
}

export const hex = (body: string, secret: string) => createHmac('sha256', secret).update(body).digest('hex');
const prefixed = (body: string, secret: string) => `sha256=${hex(body, secret)}`;

const hubBody = (host: string) => ({
  ref: 'refs/heads/main',
  before: SHA_A,
  after: SHA_B,
  commits: [{ id: SHA_B, added: ['a.yaml'] }],
  repository: {
    full_name: 'org/shop',
    html_url: `https://${host}/org/shop`,
    clone_url: `https://${host}/org/shop.git`,
    ssh_url: `git@${host}:org/shop.git`,
    default_branch: 'main',
  },
  pusher: { name: 'x' },
});

export const PUSHES: readonly Delivery[] = [
  {
    provider: 'github',
    headers: { 'x-github-event': 'push', 'x-github-delivery': '1', 'x-hub-signature': 'sha1=ignored' },
    signature: { header: 'x-hub-signature-256', make: prefixed },
    body: {
      ...hubBody('git.example.com'),
      repository: { ...hubBody('git.example.com').repository, git_url: 'git://git.example.com/org/shop.git' },
    },
  },
  {
    provider: 'gitea',
    headers: { 'x-gitea-event': 'push', 'x-gogs-event': 'push', 'x-github-event': 'push' },
    signature: { header: 'x-gitea-signature', make: hex },
    body: hubBody('git.example.com'),
  },
  {
    provider: 'forgejo',
    headers: { 'x-forgejo-event': 'push', 'x-gitea-event': 'push', 'x-gogs-event': 'push', 'x-github-event': 'push' },
    signature: { header: 'x-forgejo-signature', make: hex },
    body: hubBody('git.example.com'),
  },
  {
    provider: 'gogs',
    headers: { 'x-gogs-event': 'push', 'x-github-event': 'push' },
    signature: { header: 'x-gogs-signature', make: hex },
    body: hubBody('git.example.com'),
  },
  {
    provider: 'gitlab',
    headers: { 'x-gitlab-event': 'Push Hook', 'idempotency-key': '1' },
    signature: { header: 'x-gitlab-token', make: (_body, secret) => secret },
    body: {
      object_kind: 'push',
      event_name: 'push',
      ref: 'refs/heads/main',
      before: SHA_A,
      after: SHA_B,
      checkout_sha: SHA_B,
      project: {
        id: 1,
        git_http_url: 'https://git.example.com/org/shop.git',
        git_ssh_url: 'git@git.example.com:org/shop.git',
        web_url: 'https://git.example.com/org/shop',
      },
    },
  },
  {
    provider: 'bitbucket',
    headers: { 'x-event-key': 'repo:push', 'x-hook-uuid': '1' },
    signature: { header: 'x-hub-signature', make: prefixed },
    body: {
      push: {
        changes: [
          {
            old: { type: 'branch', name: 'main', target: { type: 'commit', hash: SHA_A } },
            new: { type: 'branch', name: 'main', target: { type: 'commit', hash: SHA_B } },
            truncated: false,
          },
        ],
      },
      repository: { full_name: 'org/shop', links: { html: { href: 'https://git.example.com/org/shop' }, self: { href: 'x' } } },
    },
  },
  {
    provider: 'bitbucket',
    headers: { 'x-event-key': 'repo:refs_changed', 'x-request-id': '1' },
    signature: { header: 'x-hub-signature', make: prefixed },
    body: {
      eventKey: 'repo:refs_changed',
      repository: {
        slug: 'shop',
        project: { key: 'ORG' },
        links: {
          clone: [
            { href: 'https://git.example.com/org/shop.git', name: 'http' },
            { href: 'ssh://git@git.example.com:7999/org/shop.git', name: 'ssh' },
          ],
          self: [{ href: 'https://git.example.com/org/shop/browse' }],
        },
      },
      changes: [
        { ref: { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' }, fromHash: SHA_A, toHash: SHA_B, type: 'UPDATE' },
      ],
    },
  },
  {
    provider: 'plumbline',
    headers: {},
    signature: { header: 'x-plumbline-signature', make: prefixed },
    body: { repository: 'https://git.example.com/org/shop', ref: 'refs/heads/main', before: SHA_A, after: SHA_B },
  },
];

/** The delivery of a provider; Bitbucket's second one is Bitbucket Server's. */
export function pushOf(provider: string, index = 0): Delivery {
  const found = PUSHES.filter((delivery) => delivery.provider === provider)[index];
  if (found === undefined) throw new Error(`no delivery of ${provider}`);
  return found;
}

/** The same delivery with a body that differs in some top-level fields. */
export function withBody(delivery: Delivery, part: object): Delivery {
  return { ...delivery, body: { ...(delivery.body as object), ...part } };
}

export { SHA_A, SHA_B, ZERO };
