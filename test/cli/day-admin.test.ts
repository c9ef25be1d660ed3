import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Me, PersonView, PolicyView, SignInProvider, TokenView } from '../../core/api/access.ts';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { Figures } from '../../core/api/board.ts';
import type { NotifyView } from '../../core/api/notify.ts';
import type { LedgerState } from '../../core/api/routes.ts';
import type { ObjectView, ResourceAction } from '../../core/api/tree.ts';
import type { AppView, ClusterDetails, FleetSource, HistoryEntry } from '../../core/api/views.ts';
import { configMap, deployment } from '../journey/support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml } from '../journey/support/definitions.ts';
import { type Journey, type Repository, startJourney } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';
import { type Options, type Run, runPlumb } from './run-plumb.ts';

vi.setConfig({ testTimeout: 240_000 });

const MAPS = ['a', 'b', 'c', 'd'];

let journey: Journey;
let repository: Repository;
let home: string;
let url: string;
let hooks: Server;
const received: string[] = [];

/** The command line of the person who signed in; before that, of the operator. */
async function plumb(args: readonly string[], options: Options = {}): Promise<Run> {
  const run = await runPlumb(args, { home, ...options });
  expect(run.out + run.err).not.toContain(journey.system.apiToken);
  return run;
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { out, err } = await plumb([...args, '-o', 'json']);
  if (out === '') throw new Error(`plumb ${args.join(' ')} wrote nothing: ${err}`);
  return JSON.parse(out) as T; // the API's shapes, which tests elsewhere hold it to
}

const succeeds = async (...args: readonly string[]) => expect(await plumb(args)).toMatchObject({ code: 0 });

const replicas = async () => {
  const live = await journey.objects.get(deployment('web', 'web'));
  return (live?.['spec'] as { readonly replicas?: number } | undefined)?.replicas; // a Deployment's
};

beforeAll(async () => {
  journey = await startJourney();
  url = journey.system.worker().url;
  home = await mkdtemp(join(tmpdir(), 'plumb-admin-'));
  hooks = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(Buffer.concat(chunks).toString());
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(hooks, 'listening');
  repository = await journey.repository('admin');
  await repository.push(
    {
      'fleet/web.yaml': argoApp(repository.url, { name: 'web', path: 'apps/web' }),
      'apps/web/web.yaml': deploymentYaml('web', { replicas: 2 }),
      'fleet/maps.yaml': argoApp(repository.url, {
        name: 'maps',
        path: 'apps/maps',
        annotations: { 'plumbline.dev/deletion-budget': '1' },
      }),
      ...Object.fromEntries(MAPS.map((name) => [`apps/maps/${name}.yaml`, configMapYaml(name, '1')])),
    },
    'two apps',
  );
});
afterAll(async () => {
  hooks?.close();
  await journey?.stop();
});

/** What the browser of the first administrator does: takes the one-time code, and approves what the command line asks for. */
async function approveInBrowser(userCode: string): Promise<void> {
  const made = await fetch(`${url}/auth/first-admin-code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${journey.system.apiToken}` },
  });
  const { code } = (await made.json()) as { readonly code: string }; // of our own Worker
  const post = (path: string, body: unknown, cookie = '') =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, 'sec-fetch-site': 'same-origin', cookie },
      body: JSON.stringify(body),
    });
  const signedIn = await post('/auth/first-admin', { code, name: 'Ana' });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const approved = await post('/auth/device/approve', { userCode }, cookie);
  expect(approved.status).toBe(200);
}

describe('signing in with the browser', () => {
  test('prints a code, waits until somebody approves it, and keeps what it gets', async () => {
    let approving: Promise<void> | undefined;
    const run = await plumb(['login', url, '--no-browser'], {
      onError(text) {
        const code = /code ([A-Z]{4}-[A-Z]{4})/.exec(text)?.[1];
        if (code !== undefined) approving ??= approveInBrowser(code);
      },
    });
    await approving;
    expect(run).toMatchObject({
      code: 0,
      out: expect.stringContaining('Signed in'),
      err: expect.stringContaining(`${url}/device`),
    });
    expect(await json<Me>('whoami')).toMatchObject({ name: 'Ana', kind: 'person' });
  });

  test('people have roles and sessions, which can be changed and ended', async () => {
    const people = await json<PersonView[]>('people', 'list');
    expect(people).toContainEqual(expect.objectContaining({ name: 'Ana', roles: ['role:admin'] }));
    expect((await plumb(['people', 'list'])).out).toMatch(/^Ana /m);
    expect((await plumb(['people', 'set', 'Anna', '--role', 'role:readonly'])).err).toContain('Did you mean Ana?');
  });
});

describe('the installation', () => {
  test('sources, clusters and the record of it', async () => {
    await succeeds('source', 'add', repository.url, '--path', 'fleet', '--revision', 'main', '--cluster', 'demo');
    expect(await json<FleetSource[]>('source', 'list')).toMatchObject([{ url: repository.url, path: 'fleet' }]);
    expect((await plumb(['app', 'wait', '--all', '--timeout', '120'])).code).toBe(0);
    expect(await json<ClusterDetails>('cluster', 'get', 'demo')).toMatchObject({ name: 'demo', agent: expect.anything() });
    expect((await plumb(['cluster', 'get', 'deom'])).err).toContain('Did you mean demo?');
    expect((await plumb(['activity', '--kind', 'source'])).out).toMatch(/installation +source +fleet path .* added/);
    expect(await plumb(['ledger', 'clone', '_fleet'])).toMatchObject({ code: 0, err: '' });
    expect(await plumb(['ledger', 'verify', '_fleet'])).toMatchObject({ code: 0, err: '' });
    expect(await json<LedgerState>('ledger', 'state', 'demo')).toMatchObject({ verified: true });
  });

  test('names of Apps and clusters are completed', async () => {
    expect((await plumb(['__complete', 'app', 'get', ''])).out).toMatch(/^web\tdemo$/m);
    expect((await plumb(['__complete', 'cluster', 'get', 'd'])).out).toBe('demo\tcluster\n');
    expect(await plumb(['__complete', 'app', 'get', ''], { env: { PLUMBLINE_URL: 'http://127.0.0.1:1' } })).toMatchObject({
      code: 0,
      out: '',
    });
  });

  test('tokens: one that may only look is refused what it may not, and sees it as not there', async () => {
    const { token } = await json<{ token: string }>('token', 'create', 'viewer', '--role', 'role:readonly', '--expires', '1h');
    expect(await json<TokenView[]>('token', 'list')).toContainEqual(expect.objectContaining({ name: 'viewer' }));
    const viewer = { env: { PLUMBLINE_URL: url, PLUMBLINE_API_TOKEN: token } };
    expect((await plumb(['app', 'get', 'web'], viewer)).code).toBe(0);
    expect(await plumb(['app', 'sync', 'web'], viewer)).toMatchObject({ code: 3, out: '' });
    expect((await plumb(['token', 'create', 'more', '--role', 'role:admin'], viewer)).code).toBe(3);
    await succeeds('token', 'revoke', 'viewer');
    expect(await plumb(['app', 'get', 'web'], viewer)).toMatchObject({ code: 3, err: expect.stringContaining('plumb login') });
  });

  test('the policy: lines that mean nothing are named, offline and when they are put in force', async () => {
    const file = join(home, 'policy.csv');
    await writeFile(file, 'p, role:deployer, applications, sync, */*, allow\ng, org:deployers, role:deployer\nnonsense\n');
    expect(await plumb(['policy', 'check', file])).toMatchObject({ code: 1, err: expect.stringContaining('line 3') });
    expect((await plumb(['policy', 'check', file, 'org:deployers', 'sync', 'applications', 'default/web'])).code).toBe(0);
    expect((await plumb(['policy', 'check', file, 'org:deployers', 'delete', 'applications', 'default/web'])).code).toBe(1);
    expect(await plumb(['policy', 'set', file])).toMatchObject({ code: 1, err: expect.stringContaining('line 3') });
    expect((await json<PolicyView>('policy', 'get')).csv).toContain('role:deployer');
  });

  test('notifications: a service is set, tried, and forgotten; its secret is never shown (S13)', async () => {
    const { port } = hooks.address() as AddressInfo; // it listens on a port
    const set = ['notify', 'set', 'hook', '--kind', 'webhook', '--setting', `url=http://127.0.0.1:${port}/`, '--secret', 'key'];
    expect(await plumb(set, { input: 'geheim-geheim-geheim\n' })).toMatchObject({ code: 0 });
    const tested = await plumb(['notify', 'test', 'hook']);
    expect(tested.err).toBe('');
    expect(tested.code).toBe(0);
    expect(received).toHaveLength(1);
    const view = await json<NotifyView>('notify', 'list');
    expect(view.services).toContainEqual(expect.objectContaining({ name: 'hook', kind: 'webhook', hasSecret: true }));
    expect(JSON.stringify(view) + received.join('')).not.toContain('geheim');
    await succeeds('notify', 'remove', 'hook');
    expect((await json<NotifyView>('notify', 'list')).services).toEqual([]);
  });
});

describe('the ways in', () => {
  test('a cluster gets a new install command, which is recorded with who asked and why', async () => {
    const rotated = await json<{ install: string; sha256: string }>('cluster', 'rotate', 'demo', '-m', 'a node was lost');
    expect(rotated.install).toContain(`${url}/install/`);
    const { events } = await json<{ events: ActivityEvent[] }>('activity', '--actor', 'Ana', '--limit', '5');
    expect(events).toContainEqual(expect.objectContaining({ actor: 'Ana', reason: 'a node was lost' }));
    expect((await plumb(['cluster', 'rotate', 'deom'])).err).toContain('Did you mean demo?');
  });

  test('a provider is set, changed without its secret, and removed; the secret is never shown (S13)', async () => {
    const set = ['sign-in', 'set', 'hub', '--kind', 'github', '--client-id', 'Iv1.0123'];
    expect(await plumb([...set, '--secret-stdin'], { input: 'geheim-geheim\n' })).toMatchObject({ code: 0 });
    await succeeds(...set, '--title', 'GitHub');
    const providers = await json<SignInProvider[]>('sign-in', 'list');
    expect(providers).toMatchObject([{ id: 'hub', kind: 'github', title: 'GitHub', hasSecret: true }]);
    expect(JSON.stringify(providers)).not.toContain('geheim');
    expect((await plumb(['sign-in', 'remove', 'hup'])).err).toContain('Did you mean hub?');
    await succeeds('sign-in', 'remove', 'hub');
  });

  test("the operator's token gives a code for an administrator, another token does not", async () => {
    const operator = { PLUMBLINE_URL: url, PLUMBLINE_API_TOKEN: journey.system.apiToken };
    const made = await plumb(['people', 'first-admin'], { env: operator });
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^\S+\n$/) });
    expect((await plumb(['people', 'first-admin'])).code).toBe(3);
  });
});

describe('an App', () => {
  test('is suspended and resumed: what changes in Git meanwhile waits', async () => {
    await succeeds('app', 'suspend', 'web', '-m', 'moving the volume');
    const commit = await repository.push({ 'apps/web/web.yaml': deploymentYaml('web', { replicas: 3 }) }, 'three');
    await journey.waitForApp('web', { revision: commit });
    const held = await plumb(['app', 'wait', 'web', '--revision', commit, '--patience', '0', '--timeout', '60']);
    expect(held).toMatchObject({ code: 6, err: expect.stringContaining('suspended by Ana (moving the volume)') });
    await succeeds('app', 'resume', 'web');
    expect((await plumb(['app', 'wait', 'web', '--revision', commit, '--timeout', '120'])).code).toBe(0);
    expect(await replicas()).toBe(3);
  });

  test('breaks the glass for a while: what is changed by hand stays until it is over', async () => {
    expect((await plumb(['app', 'break-glass', 'web', '--for', '30m'])).code).toBe(2);
    await succeeds('app', 'break-glass', 'web', '--for', '30m', '-m', 'incident 7');
    await waitFor(
      'the agent to know',
      async () => (await json<AppView>('app', 'get', 'web')).status?.generation === (await journey.view()).generation,
    );
    await journey.objects.patch(deployment('web', 'web'), { spec: { replicas: 6 } });
    await waitFor('the drift to be told', async () => (await plumb(['app', 'diff', 'web'])).code === 1);
    expect(await replicas()).toBe(6);
    await succeeds('app', 'break-glass', 'web', '--for', '1s', '-m', 'over');
    await waitFor('the drift to be healed', async () => (await replicas()) === 3);
  });

  test('is looked into: one object, masked, who differs, and what can be done to it', async () => {
    const view = await json<ObjectView>('app', 'object', 'web', 'Deployment/web');
    expect(view).toMatchObject({ key: 'apps/Deployment/web/web', live: expect.stringContaining('replicas: 3') });
    expect((await plumb(['app', 'object', 'web', 'deployment/web', '--live'])).out).toMatch(/^kind: Deployment$/m);
    expect((await plumb(['app', 'object', 'web', 'Deployment/wbe'])).err).toContain('Did you mean web?');
    const actions = await json<ResourceAction[]>('app', 'actions', 'web', 'Deployment/web');
    expect(actions.map(({ name }) => name)).toContain('restart');
  });

  test('is restarted, and the ledger says by whom', async () => {
    await succeeds('app', 'action', 'web', 'restart', 'Deployment/web', '-m', 'stuck connections');
    const live = await journey.objects.get(deployment('web', 'web'));
    expect(JSON.stringify(live)).toContain('restartedAt');
    const entries = await json<HistoryEntry[]>('app', 'history', 'web', '--entries');
    expect(entries.some(({ message }) => /restart of Deployment web\/web asked for by Ana/.test(message))).toBe(true);
    expect((await plumb(['app', 'action', 'web', 'restrat', 'Deployment/web'])).err).toContain('Did you mean restart');
  });

  test('confirms deletions above its budget, just those that are shown', async () => {
    const gone = Object.fromEntries(MAPS.slice(1).map((name) => [`apps/maps/${name}.yaml`, null]));
    const commit = await repository.push(gone, 'fewer');
    const held = await plumb(['app', 'wait', 'maps', '--revision', commit, '--patience', '0', '--timeout', '60']);
    expect(held).toMatchObject({ code: 6, err: expect.stringContaining('would delete 3 of 4 objects') });
    expect((await plumb(['app', 'confirm', 'maps'])).code).toBe(2);
    const confirmed = await plumb(['app', 'confirm', 'maps', '--yes', '-m', 'meant so']);
    expect(confirmed).toMatchObject({ code: 0, err: expect.stringContaining('delete ConfigMap maps/b') });
    expect((await plumb(['app', 'wait', 'maps', '--revision', commit, '--timeout', '120'])).code).toBe(0);
    expect(await journey.objects.get(configMap('maps', 'b'))).toBeUndefined();
  });

  test('is deleted and brought back', async () => {
    await succeeds('app', 'delete', 'maps', '--yes');
    await waitFor('its object to go', async () => (await journey.objects.get(configMap('maps', 'a'))) === undefined);
    await succeeds('app', 'restore', 'maps');
    expect((await plumb(['app', 'wait', 'maps', '--timeout', '120'])).code).toBe(0);
    expect(await journey.objects.get(configMap('maps', 'a'))).toBeDefined();
  });

  test('is reverted in Git itself', async () => {
    const before = await json<AppView>('app', 'get', 'web');
    const commit = await repository.push({ 'apps/web/web.yaml': deploymentYaml('web', { replicas: 1 }) }, 'one is enough');
    expect((await plumb(['app', 'wait', 'web', '--revision', commit, '--timeout', '120'])).code).toBe(0);
    const reverted = await json<{ commit: string; branch: string }>('app', 'revert', 'web', '--push', '-m', 'it was not');
    expect(reverted.branch).toBe('main');
    await plumb(['app', 'refresh', 'web']);
    expect((await plumb(['app', 'wait', 'web', '--revision', reverted.commit, '--timeout', '120'])).code).toBe(0);
    expect((await json<AppView>('app', 'get', 'web')).bundle).toBe(before.bundle);
  });

  test('has figures', async () => {
    const figures = await json<Figures>('figures', '--app', 'web', '--days', '1');
    expect(figures.deployments).toBeGreaterThan(0);
  });

  test('is followed: a push is told as it happens', async () => {
    let pushed = false;
    const run = await plumb(['events', '--follow', '--limit', '1', '--app', 'maps', '-o', 'json'], {
      onOutput(out, child) {
        if (!pushed) {
          pushed = true;
          void repository.push({ 'apps/maps/a.yaml': configMapYaml('a', '2') }, 'a second value');
        } else if (out.includes('"kind":"deploy"') && out.trim().split('\n').length > 1) child.kill('SIGINT');
      },
    });
    expect(run.out).toContain('"app":"maps"');
  });
});

test('logging out ends the session in the Worker too, and nothing is left of it', async () => {
  const path = join(home, '.config/plumbline/config.json');
  const { token } = JSON.parse(await readFile(path, 'utf8')) as { readonly token: string }; // `plumb login` wrote it
  const again = { env: { PLUMBLINE_URL: url, PLUMBLINE_API_TOKEN: token } };
  expect((await plumb(['app', 'list'], again)).code).toBe(0);
  await succeeds('logout');
  expect((await plumb(['app', 'list'], again)).code).toBe(3);
  expect(await plumb(['app', 'list'])).toMatchObject({ code: 3, err: expect.stringContaining('[api.unauthenticated]') });
  expect((await plumb(['logout'])).code).toBe(2);
});
