import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { readRootKey, verifyEd25519 } from '../../cli/keys/root-key.ts';
import { problem } from '../../core/problem/problem.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import { type ApiServer, INSTALL_TOKEN, startApiServer, TOKEN } from './api-server.ts';
import { type Options, type Run, runPlumb } from './run-plumb.ts';
import { fullView, REVISION } from './views.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ApiServer;
let home: string;

beforeEach(async () => {
  server = await startApiServer();
  home = await mkdtemp(join(tmpdir(), 'plumb-test-'));
});
afterEach(() => server.stop());

/** Runs a command against the server; whatever happens, the token is never written. */
async function plumb(args: readonly string[], options: Options = {}): Promise<Run> {
  const run = await runPlumb(args, { home, env: { PLUMBLINE_URL: server.url, PLUMBLINE_API_TOKEN: TOKEN }, ...options });
  expect(run.out + run.err).not.toContain(TOKEN);
  return run;
}

/** An App whose Deployment has drifted and is not in sync. */
function drifted() {
  const view = fullView('web');
  const key = 'apps/Deployment/shop/web';
  const drift = [
    { key, kind: 'changed' as const, fields: ['/spec/replicas'], manager: 'kubectl-edit', action: 'reported' as const },
  ];
  const resources = [{ key, version: 'v1', sync: 'OutOfSync' as const, health: { status: 'Healthy' as const } }];
  // The fixture always has a status.
  return { ...view, status: { ...view.status!, sync: 'OutOfSync' as const, drift, resources } };
}

describe('exit codes', () => {
  it('0: help, version and what was done', async () => {
    for (const args of [['--help'], ['app', 'sync', '--help'], ['--version'], ['app', 'list']])
      expect((await plumb(args)).code).toBe(0);
  });

  it('2: an unknown command or option, a missing argument, no Worker named', async () => {
    for (const args of [
      ['ap'],
      ['app', 'lst'],
      ['app', 'get'],
      ['app', 'list', '--nope'],
      ['app', 'list', '-o', 'xml'],
      ['app', 'wait'],
    ]) {
      expect((await plumb(args)).code, args.join(' ')).toBe(2);
    }
    expect((await plumb(['app', 'list'], { env: {} })).code).toBe(2);
  });

  it('3: the Worker refuses, or is not there', async () => {
    const refused = await plumb(['app', 'list'], { env: { PLUMBLINE_URL: server.url } });
    expect(refused).toMatchObject({ code: 3, out: '', err: expect.stringContaining('[api.unauthenticated]') });
    await server.stop();
    expect(await plumb(['app', 'list'])).toMatchObject({ code: 3, err: expect.stringContaining('[cli.unreachable]') });
  });
});

describe('app', () => {
  it('list is a table for people and data for programs', async () => {
    server.state.apps = [fullView('web'), { ...fullView('shop'), problems: [problem('render.helm', 'no\u001b[31m value')] }];
    const table = await plumb(['app', 'list']);
    expect(table.out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['App', 'Cluster', 'Sync', 'Health', 'Revision', 'Why'],
      ['shop', 'eu-1', 'Synced', 'Healthy', '4f1c2aa', 'no\ufffd[31m value'],
      ['web', 'eu-1', 'Synced', 'Healthy', '4f1c2aa'],
      [''],
    ]);
    const json: unknown = JSON.parse((await plumb(['app', 'list', '-o', 'json'])).out);
    expect(json).toMatchObject([{ app: 'shop' }, { app: 'web', cluster: 'eu-1', status: { sync: 'Synced', objects: 1 } }]);
    expect(parse((await plumb(['-o', 'yaml', 'app', 'list'])).out)).toEqual(json);
  });

  it('list --check ends with 1 when an App is not well', async () => {
    server.state.apps = [fullView('web')];
    expect((await plumb(['app', 'list', '--check'])).code).toBe(0);
    server.state.apps.push(drifted());
    expect((await plumb(['app', 'list', '--check'])).code).toBe(1);
  });

  it('get shows where an App comes from, its objects and its problems', async () => {
    server.state.apps = [
      { ...fullView('web'), problems: [problem('render.helm', 'no such value', { where: 'charts/web/values.yaml:3' })] },
    ];
    const { out, code } = await plumb(['app', 'get', 'web']);
    expect(code).toBe(0);
    for (const text of [
      'git.example.com/shop.git',
      'Application argocd/web',
      'charts/web/values.yaml:3',
      '[render.helm]',
      'Deployment',
    ])
      expect(out).toContain(text);
  });

  it('diff ends with 1 and names the fields and who wrote them', async () => {
    server.state.apps = [fullView('web')];
    expect((await plumb(['app', 'diff', 'web'])).code).toBe(0);
    server.state.apps = [drifted()];
    const differs = await plumb(['app', 'diff', 'web']);
    expect(differs.code).toBe(1);
    expect(differs.out).toMatch(/changed Deployment shop\/web by kubectl-edit, reported\n +\/spec\/replicas/);
  });

  it('sync sends what was asked and why', async () => {
    server.state.apps = [fullView('web')];
    const { code, out } = await plumb(['app', 'sync', 'eu-1/web', '--prune', '--dry-run', '-m', 'a try', '-o', 'json']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { cluster: 'eu-1', app: 'web', request: 'request-1' }]);
    expect(server.state.received).toEqual([
      { method: 'POST', path: '/api/apps/eu-1/web/sync', body: { prune: true, dryRun: true, reason: 'a try' } },
    ]);
  });

  it('sync --resource names objects as Argo CD does, and says so when it cannot be told which', async () => {
    const view = fullView('web');
    // fullView always has a status.
    const resources = ['apps/Deployment/shop/web', '/ConfigMap/shop/web', '/ConfigMap/other/web'].map((key) => ({
      ...view.status!.resources[0]!,
      key,
    }));
    server.state.apps = [{ ...view, status: { ...view.status!, resources } }];
    const names = ['apps:Deployment:web', ':ConfigMap:other/web'];
    expect((await plumb(['app', 'sync', 'web', '--force', '--resource', ...names])).code).toBe(0);
    expect(server.state.received.at(-1)?.body).toMatchObject({
      force: true,
      resources: ['apps/Deployment/shop/web', '/ConfigMap/other/web'],
    });
    for (const name of [':ConfigMap:web', ':Secret:web', 'web'])
      expect((await plumb(['app', 'sync', 'web', '--resource', name])).code).toBe(2);
  });

  it('terminate and reset ask, and say why', async () => {
    server.state.apps = [fullView('web')];
    for (const verb of ['terminate', 'reset']) {
      expect((await plumb(['app', verb, 'web', '--reason', 'stuck'])).code).toBe(0);
      expect(server.state.received.at(-1)).toMatchObject({
        path: `/api/apps/eu-1/web/${verb}`,
        body: { reason: 'stuck' },
      });
    }
  });

  it('get shows what an App is doing, and the patch with which Git would say the same', async () => {
    const view = fullView('web');
    const progress = {
      state: 'waiting',
      phase: 'Sync',
      wave: 2,
      message: 'Job shop/migrate is Running',
      since: Date.now(),
    } as const;
    const patch = { spec: { replicas: 3 } };
    const drift = [
      { key: 'apps/Deployment/shop/web', kind: 'changed', fields: ['/spec/replicas'], action: 'reported', patch } as const,
    ];
    // fullView always has a status.
    server.state.apps = [{ ...view, status: { ...view.status!, progress, drift } }];
    const { out } = await plumb(['app', 'get', 'web']);
    expect(out).toMatch(/waiting \(Sync, wave 2\) for \S+: Job shop\/migrate is Running/);
    expect(out).toContain('{"spec":{"replicas":3}}');
  });

  it('sync --wait waits until the request is answered', async () => {
    const view = fullView('web');
    server.state.apps = [{ ...view, requests: [{ id: 'request-1', kind: 'sync', actor: 'ana' }] }];
    const running = plumb(['app', 'sync', 'web', '--wait']);
    await expect.poll(() => server.state.received.length, { timeout: 15_000 }).toBe(1);
    server.state.apps = [view];
    expect(await running).toMatchObject({ code: 0, out: expect.stringContaining('web: synced 4f1c2aa') });
  });

  it('sync --async does not wait', async () => {
    server.state.apps = [{ ...fullView('web'), requests: [{ id: 'request-1', kind: 'sync', actor: 'ana' }] }];
    const { code, out } = await plumb(['app', 'sync', 'web', '--async', '-o', 'json']);
    expect([code, JSON.parse(out)]).toEqual([0, { cluster: 'eu-1', app: 'web', request: 'request-1' }]);
  });

  it('sync ends with 4 when the agent does not answer', async () => {
    server.state.apps = [{ ...fullView('web'), requests: [{ id: 'request-1', kind: 'sync', actor: 'ana' }] }];
    expect((await plumb(['app', 'sync', 'web', '--timeout', '0.1'])).code).toBe(4);
  });

  it('wait ends with 0 when all is well and with 4 when time is over', async () => {
    server.state.apps = [fullView('web')];
    expect((await plumb(['app', 'wait', 'web', '--revision', REVISION.slice(0, 8)])).code).toBe(0);
    expect((await plumb(['app', 'wait', 'web', '--revision', 'abcd', '--timeout', '0'])).code).toBe(4);
    server.state.apps = [];
    expect((await plumb(['app', 'wait', '--all', '--timeout', '0'])).code).toBe(4);
    server.state.apps = [fullView('shop'), drifted()];
    expect(await plumb(['app', 'wait', '--all', '--timeout', '0.1'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('OutOfSync'),
    });
  });

  it('history and refresh speak of the App that was named', async () => {
    server.state.apps = [fullView('web')];
    expect((await plumb(['app', 'history', 'web', '--entries'])).out).toMatch(
      /cccccccccc {2}2023-11-14 22:13:20Z {2}7\s+web: synced 4f1c2aa\n/,
    );
    expect((await plumb(['app', 'refresh', 'web'])).code).toBe(0);
    expect(server.state.received.at(-1)?.path).toBe('/api/apps/eu-1/web/refresh');
  });
});

describe('fleet', () => {
  it('init makes a root key and a list that agents accept, and changes nothing the second time', async () => {
    const first = await plumb(['fleet', 'init', '-o', 'json']);
    expect(first.code).toBe(0);
    const path = join(home, '.config/plumbline/root-key.pem');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const root = await readRootKey(path);
    const { keys } = server.state;
    // The first run has made it.
    const trust = { root: root.ok ? root.value!.signer.publicKey : keys.root!, accepted: undefined, verify: verifyEd25519 };
    expect(await acceptKeyList(keys.envelope, trust)).toMatchObject({ ok: true, value: { version: 1, keys: keys.online } });
    const second = await plumb(['fleet', 'init', '-o', 'json']);
    expect([second.code, JSON.parse(second.out)]).toEqual([0, JSON.parse(first.out)]);
    expect(server.state.keys).toBe(keys);
  });

  it('init takes an interrupted attempt up where it was', async () => {
    await plumb(['fleet', 'init']);
    const { root: _root, envelope: _envelope, ...interrupted } = server.state.keys;
    server.state.keys = { ...interrupted, version: 0 };
    expect((await plumb(['fleet', 'init'])).code).toBe(0);
    expect(server.state.keys.online).toHaveLength(1);
  });

  it('init of a fleet with another root key is refused', async () => {
    await plumb(['fleet', 'init', '--key', 'theirs.pem']);
    expect((await plumb(['fleet', 'init'])).code).toBe(1);
    expect((await plumb(['fleet', 'init', '--key', 'theirs.pem'])).code).toBe(0);
  });

  it('rotate-keys signs the next version, with the old key only when it is kept', async () => {
    await plumb(['fleet', 'init']);
    const [first] = server.state.keys.online;
    expect(JSON.parse((await plumb(['fleet', 'rotate-keys', '--keep-old', '-o', 'json'])).out)).toEqual({
      version: 2,
      keys: [server.state.keys.online[1], first],
    });
    expect(JSON.parse((await plumb(['fleet', 'rotate-keys', '-o', 'json'])).out)).toEqual({
      version: 3,
      keys: [server.state.keys.online[2]],
    });
  });

  it('add reads the password from standard input and never writes it', async () => {
    const args = [
      'fleet',
      'add',
      'https://git.example.com/fleet.git',
      '--cluster',
      'eu-1',
      '--path',
      'fleet',
      '--username',
      'bot',
      '--password-stdin',
    ];
    const run = await plumb(args, { input: 'geheim\n' });
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining(`${server.url}/hooks`) });
    expect(run.out + run.err).not.toContain('geheim');
    expect(server.state.received.at(-1)?.body).toMatchObject({
      path: 'fleet',
      revision: 'HEAD',
      credentials: { kind: 'basic', username: 'bot', password: 'geheim' },
    });
  });

  it('add refuses a URL with credentials before it travels', async () => {
    const run = await plumb(['fleet', 'add', 'https://bot:geheim@git.example.com/fleet.git', '--cluster', 'eu-1']);
    expect(run.code).toBe(2);
    expect(run.out + run.err).not.toContain('geheim');
    expect(server.state.received).toEqual([]);
  });
});

describe('cluster', () => {
  it('add prints the install command, its hash and the root key that was compared', async () => {
    await plumb(['fleet', 'init']);
    const { code, out } = await plumb(['cluster', 'add', 'eu-1']);
    expect(code).toBe(0);
    expect(out).toContain(`kubectl apply --server-side -f ${server.url}/install/${INSTALL_TOKEN}\n`);
    expect(out).toMatch(/sha256:[0-9a-f]{64}/);
    expect(out).toContain('.config/plumbline/root-key.pem');
  });

  it('add refuses a manifest that pins another root key, and a Worker that names another', async () => {
    await plumb(['fleet', 'init']);
    server.state.pinned = 'A'.repeat(43);
    expect(await plumb(['cluster', 'add', 'eu-1'])).toMatchObject({ code: 1, out: '' });
    await plumb(['fleet', 'init', '--key', 'other.pem']);
    delete server.state.pinned;
    const { root: _root, envelope: _envelope, ...fresh } = server.state.keys;
    server.state.keys = { ...fresh, version: 0 };
    await plumb(['fleet', 'init', '--key', 'other.pem']);
    expect(await plumb(['cluster', 'add', 'eu-1'])).toMatchObject({ code: 1, out: '' });
  });

  it('remove asks, or needs --yes', async () => {
    expect((await plumb(['cluster', 'remove', 'eu-1'])).code).toBe(2);
    expect(await plumb(['cluster', 'remove', 'eu-1', '--yes'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('keep running'),
    });
  });

  it('list says who is silent', async () => {
    server.state.clusters = [{ name: 'eu-1', generation: 4, keys: 1, apps: { total: 2, synced: 1, healthy: 2 }, problems: [] }];
    expect((await plumb(['cluster', 'list'])).out).toMatch(/eu-1 +not installed +- +4 +2 +1 +2/);
  });
});

describe('events', () => {
  const event = (seq: number) => ({
    seq,
    time: 1_700_000_000_000 + seq,
    cluster: 'eu-1',
    app: 'web',
    kind: 'synced',
    text: `entry ${seq}`,
  });

  it('shows the last of the past, oldest first', async () => {
    server.state.events = [1, 2, 3, 4, 5].map(event);
    const { code, out } = await plumb(['events', '--limit', '3', '-o', 'json']);
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { seq: number }).seq),
    ).toEqual([3, 4, 5]);
  });

  it('follows, each event once, through a broken connection, until it is ended', async () => {
    server.state.events = [event(1)];
    let told = 0;
    const run = await plumb(['events', '--follow', '-o', 'json'], {
      onOutput(out, child) {
        const seen = out.trim().split('\n').length;
        if (seen <= told) return;
        told = seen;
        if (seen === 1) server.happen(event(2));
        if (seen === 2) {
          server.cutStreams();
          setTimeout(() => server.happen(event(3)), 3_000);
        }
        if (seen === 3) child.kill('SIGTERM');
      },
    });
    expect(run.out.trim().split('\n')).toEqual([1, 2, 3].map((seq) => JSON.stringify(event(seq))));
  });
});
