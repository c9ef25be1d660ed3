/** Pull and merge requests against servers that answer as GitHub, GitLab and Gitea document it, and check what they are sent by the documented schemas. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv, type ValidateFunction } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { createHostPolicy } from '../../../src/fetch/host-policy.ts';
import { findGitHost, type HostCaller, type HostNetwork } from '../../../src/git-hosts/git-host.ts';
import { openProposal } from '../../../src/git-hosts/propose.ts';
import type { Credentials } from '../../../src/platform/ports.ts';

type Kind = 'github' | 'gitlab' | 'gitea';

const ajv = new Ajv({ strict: false });
const text = { type: 'string', minLength: 1 };
/** Request bodies: required and allowed fields of the published references. */
const BODY: Readonly<Record<Kind, ValidateFunction>> = {
  // https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
  github: ajv.compile({
    type: 'object',
    required: ['head', 'base'],
    properties: { title: text, head: text, base: text, body: { type: 'string' }, draft: { type: 'boolean' } },
    additionalProperties: false,
  }),
  // https://docs.gitlab.com/api/merge_requests/#create-mr
  gitlab: ajv.compile({
    type: 'object',
    required: ['source_branch', 'target_branch', 'title'],
    properties: {
      source_branch: text,
      target_branch: text,
      title: text,
      description: { type: 'string', maxLength: 1_048_576 },
      remove_source_branch: { type: 'boolean' },
    },
    additionalProperties: false,
  }),
  // CreatePullRequestOption of https://docs.gitea.com/api/
  gitea: ajv.compile({
    type: 'object',
    properties: { title: text, head: text, base: text, body: { type: 'string' } },
    additionalProperties: false,
  }),
};
const PATH: Readonly<Record<Kind, string>> = {
  github: '/api/v3/repos/acme/fleet/pulls',
  gitlab: '/api/v4/projects/acme%2Finfra%2Ffleet/merge_requests',
  gitea: '/api/v1/repos/acme/fleet/pulls',
};
const PROJECT: Readonly<Record<Kind, string>> = { github: 'acme/fleet', gitlab: 'acme/infra/fleet', gitea: 'acme/fleet' };
const BASIC = `Basic ${btoa('bot:canary-token')}`;
const AUTHORIZATION: Readonly<Record<Kind, string>> = {
  github: 'Bearer canary-token',
  gitlab: 'Bearer canary-token',
  gitea: BASIC,
};

interface Host {
  readonly origin: string;
  readonly opened: Record<string, string>[];
  readonly seen: { method: string; path: string; authorization: string }[];
}

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

interface Behaviour {
  /** Answers instead of doing anything. */
  readonly fails?: number;
  /** Where a redirect leads. */
  readonly location?: string;
  /** Refuses to open, as if somebody else had been faster. */
  readonly race?: boolean;
  /** Answers without an end. */
  readonly endless?: boolean;
}

/** A host with no request open. */
async function startHost(kind: Kind, behaviour: Behaviour = {}): Promise<Host> {
  const opened: Record<string, string>[] = [];
  const seen: Host['seen'] = [];
  const server = createServer((request, response): unknown => {
    const url = new URL(request.url ?? '', 'http://x');
    seen.push({ method: request.method ?? '', path: url.pathname, authorization: request.headers.authorization ?? '' });
    const send = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/json', location: behaviour.location ?? '' })
        .end(JSON.stringify(body));
    if (behaviour.endless === true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(64_000)));
      };
      response.on('drain', more);
      return more();
    }
    if (behaviour.fails !== undefined) return send(behaviour.fails, { message: 'no' });
    if (request.headers.authorization !== AUTHORIZATION[kind]) return send(401, { message: 'Bad credentials' });
    if (url.pathname !== PATH[kind]) return send(404, { message: 'Not Found' });
    // GitHub refuses requests without one.
    if (request.headers['user-agent'] === undefined) return send(403, {});
    if (kind === 'github' && request.headers.accept !== 'application/vnd.github+json') return send(415, {});
    const view = (one: Record<string, string>) => ({
      [kind === 'gitlab' ? 'web_url' : 'html_url']: one['url'],
      head: { ref: one['head'] },
      base: { ref: one['base'] },
    });
    if (request.method === 'GET') {
      const wants = (name: string) => url.searchParams.get(name);
      if (wants('state') !== (kind === 'gitlab' ? 'opened' : 'open')) return send(400, {});
      const branch =
        kind === 'github' ? wants('head')?.replace(/^acme:/, '') : kind === 'gitlab' ? wants('source_branch') : undefined;
      return send(200, opened.filter((one) => branch === undefined || one['head'] === branch).map(view));
    }
    let sent = '';
    request.on('data', (piece: Buffer) => (sent += piece.toString()));
    return request.on('end', (): unknown => {
      const body = JSON.parse(sent) as Record<string, string>;
      if (request.headers['content-type'] !== 'application/json' || !BODY[kind](body)) return send(422, BODY[kind].errors);
      const head = body['head'] ?? body['source_branch'] ?? '';
      const base = body['base'] ?? body['target_branch'] ?? '';
      const isThere = opened.some((one) => one['head'] === head);
      if (!isThere) opened.push({ ...body, head, base, url: `https://host.example/${opened.length + 1}` });
      if (isThere || behaviour.race) return send(kind === 'github' ? 422 : 409, { message: 'already exists' });
      // It was pushed just above.
      return send(201, view(opened.at(-1)!));
    });
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, opened, seen };
}

const network: HostNetwork = { fetch: (url, init) => fetch(url, init), deadline: (ms) => AbortSignal.timeout(ms) };
const PROPOSAL = { branch: 'plumbline/revert-4f1c2aa-web', base: 'main', title: 'Revert "x"', body: 'pods crash' };
const CREDENTIALS: Credentials = { kind: 'basic', username: 'bot', password: 'canary-token' };

function callerOf(kind: Kind, origin: string, credentials: Credentials | undefined = CREDENTIALS): HostCaller {
  const host = findGitHost(`${origin}/${PROJECT[kind]}.git`, { kind });
  if (!host.ok) throw new Error(host.error.message);
  return { host: host.value, credentials, network, allowHost: createHostPolicy({ allow: ['127.0.0.1'] }) };
}

describe.each(['github', 'gitlab', 'gitea'] as const)('%s', (kind) => {
  test('opens a request as the reference of the API says', async () => {
    const host = await startHost(kind);
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toEqual({
      ok: true,
      value: { url: 'https://host.example/1' },
    });
    expect(host.opened).toMatchObject([{ head: PROPOSAL.branch, base: 'main', title: PROPOSAL.title }]);
    expect(host.opened[0]?.['body'] ?? host.opened[0]?.['description']).toBe('pods crash');
  });

  test('gives the request that is open already', async () => {
    const host = await startHost(kind);
    await openProposal(callerOf(kind, host.origin), { ...PROPOSAL, branch: 'other' });
    const first = await openProposal(callerOf(kind, host.origin), PROPOSAL);
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toEqual(first);
    expect(host.opened).toHaveLength(2);
  });

  test('gives the request that somebody else opened at the same moment', async () => {
    const host = await startHost(kind, { race: true });
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toEqual({
      ok: true,
      value: { url: 'https://host.example/1' },
    });
  });

  test.each([401, 403, 404])('says which right is missing when the host answers %i', async (fails) => {
    const host = await startHost(kind, { fails });
    const outcome = await openProposal(callerOf(kind, host.origin), PROPOSAL);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'revert.host_refused' } });
    expect(JSON.stringify(outcome)).toMatch(/pull requests|scope/);
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  test.each([500, 503, 429])('can be tried again when the host answers %i', async (fails) => {
    const host = await startHost(kind, { fails });
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toMatchObject({
      error: { code: 'revert.host_unavailable' },
    });
  });

  test('S24: reads no answer without an end', async () => {
    const host = await startHost(kind, { endless: true });
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toMatchObject({
      error: { code: 'revert.host_unavailable' },
    });
  });

  test('S08: follows no redirect with the credentials', async () => {
    const other = await startHost(kind);
    const host = await startHost(kind, { fails: 307, location: `${other.origin}${PATH[kind]}` });
    expect(await openProposal(callerOf(kind, host.origin), PROPOSAL)).toMatchObject({ error: { code: 'revert.host_refused' } });
    expect(other.seen).toEqual([]);
  });

  test('S07: asks no private host that was not allowed', async () => {
    const host = await startHost(kind);
    const caller = { ...callerOf(kind, host.origin), allowHost: createHostPolicy() };
    expect(await openProposal(caller, PROPOSAL)).toMatchObject({ error: { code: 'git.host_forbidden' } });
    expect(host.seen).toEqual([]);
  });
});

describe('which host it is', () => {
  test.each([
    ['https://github.com/acme/fleet.git', 'github', 'https://api.github.com', 'acme/fleet'],
    ['https://gitlab.com/acme/infra/fleet', 'gitlab', 'https://gitlab.com/api/v4', 'acme/infra/fleet'],
    ['https://codeberg.org/acme/fleet.git', 'gitea', 'https://codeberg.org/api/v1', 'acme/fleet'],
    ['https://github.corp.example/acme/fleet', 'github', 'https://github.corp.example/api/v3', 'acme/fleet'],
    ['https://gitlab.corp.example:8443/a/b/c.git', 'gitlab', 'https://gitlab.corp.example:8443/api/v4', 'a/b/c'],
    ['https://forgejo.corp.example/a/b', 'gitea', 'https://forgejo.corp.example/api/v1', 'a/b'],
  ])('is told by the URL: %s', (url, kind, api, project) => {
    expect(findGitHost(url, undefined)).toEqual({ ok: true, value: { kind, api, project } });
  });

  test('is told by the setting where the URL does not, with an API elsewhere', () => {
    const setting = { kind: 'gitea', api: 'https://api.corp.example/v1/' } as const;
    expect(findGitHost('https://code.corp.example/a/b', setting)).toMatchObject({
      value: { kind: 'gitea', api: 'https://api.corp.example/v1' },
    });
    expect(findGitHost('https://code.corp.example/a/b', undefined)).toMatchObject({ error: { code: 'revert.host_unknown' } });
  });

  test.each(['https://notgithub.com/a/b', 'https://github.com.evil.example/a/b', 'https://xgitlab.example/a/b'])(
    'S08: %s is not taken for a host that it only resembles',
    (url) => {
      const found = findGitHost(url, undefined);
      const api = found.ok ? found.value.api : '';
      expect(api === '' || new URL(api).host === new URL(url).host).toBe(true);
    },
  );
});

test('S27: an address that is no web address is not given to people', async () => {
  const host = await startHost('github');
  const caller = callerOf('github', host.origin);
  const lying: HostNetwork = {
    ...network,
    fetch: async (_url, { method }) =>
      method === 'GET' ? Response.json([]) : Response.json({ html_url: 'javascript:alert(1)' }, { status: 201 }),
  };
  expect(await openProposal({ ...caller, network: lying }, PROPOSAL)).toMatchObject({ error: { code: 'revert.host_refused' } });
});
