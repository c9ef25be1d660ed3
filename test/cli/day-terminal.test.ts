import { mkdtemp } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApiServer, startApiServer, TOKEN } from './api-server.ts';
import { runInTerminal, type TerminalOptions } from './pseudo-terminal.ts';
import { type Options, runPlumb } from './run-plumb.ts';
import { fullView } from './views.ts';

vi.setConfig({ testTimeout: 60_000 });

const POD = '/Pod/shop/web-1-a';
/** What a hostile program writes to drive the terminal of whoever reads its logs. */
const HOSTILE = 'ok\u001b]0;owned\u0007\u001b[2J\u009b31m\r\u202edone';

let server: ApiServer;
let home: string;
let env: Readonly<Record<string, string>>;
let asked: URL[];

beforeEach(async () => {
  asked = [];
  server = await startApiServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://host');
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return false;
    asked.push(url);
    const send = (body: unknown) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/api/me') send({ name: 'ana', kind: 'person', groups: [], roles: [], can: {} });
    else if (url.pathname.endsWith('/tree')) send({ nodes: [node(POD)], more: 0, observedAt: 1 });
    else if (url.pathname.endsWith('/logs')) sendLogs(response);
    else if (url.pathname === '/api/stream') sendEvents(response, [['end', { reason: 'revoked' }]]);
    else return false;
    return true;
  });
  home = await mkdtemp(join(tmpdir(), 'plumb-terminal-'));
  env = { PLUMBLINE_URL: server.url, PLUMBLINE_API_TOKEN: TOKEN };
  server.state.apps = [fullView('web')];
});
afterEach(() => server.stop());

const node = (key: string) => ({
  key,
  version: 'v1',
  uid: key,
  health: { status: 'Healthy' },
  createdAt: '2026-01-01T00:00:00Z',
});

function sendEvents(response: ServerResponse, events: readonly (readonly [string, unknown])[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [event, data] of events) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  response.end();
}

const sendLogs = (response: ServerResponse) =>
  sendEvents(response, [
    ['lines', { lines: ['first', HOSTILE] }],
    ['end', { reason: 'the container ended' }],
  ]);

const plumb = (args: readonly string[], options: Options = {}) => runPlumb(args, { home, env, ...options });
const atTerminal = (args: readonly string[], options: Partial<TerminalOptions> = {}) =>
  runInTerminal(args, { home, env, ...options });

describe('logs', () => {
  it('of the only Pod are asked for as was said, and cannot drive the terminal (S27)', async () => {
    const screen = await atTerminal(['app', 'logs', 'eu-1/web', '-f', '--tail', '5', '--since', '10m', '-c', 'app', '-p']);
    expect(screen.code).toBe(0);
    expect(screen.raw.replaceAll(/[\r\n]/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(screen.lines.slice(0, 3)).toEqual(['first', expect.stringMatching(/^ok.*done$/), 'the container ended']);
    const query = Object.fromEntries(asked.find(({ pathname }) => pathname.endsWith('/logs'))?.searchParams ?? []);
    expect(query).toEqual({ pod: POD, container: 'app', tail: '5', since: '600', previous: '1', follow: '1' });
  });

  it('are data for programs: a line of JSON each', async () => {
    const { out, err } = await plumb(['app', 'logs', 'eu-1/web', 'web-1-a', '-o', 'json']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ line: 'first' }, { line: HOSTILE }]);
    expect(err).toBe('the container ended\n');
  });

  it('of a Pod that is not there are a wrong call, which says what is', async () => {
    expect(await plumb(['app', 'logs', 'eu-1/web', 'web-1-b'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('web-1-a'),
    });
    expect((await plumb(['app', 'logs', 'eu-1/web', '--tail', '5001'])).code).toBe(2);
  });
});

describe('a stream', () => {
  it('that the Worker ends because the session was revoked ends the command with 3 (S32)', async () =>
    expect(await plumb(['events', '--follow'])).toMatchObject({ code: 3, err: expect.stringContaining('revoked') }));
});

describe('Ctrl-C', () => {
  it('ends waiting, and leaves the terminal with what was shown last', async () => {
    server.state.apps = [{ ...fullView('web'), requests: [{ id: 'request-1', kind: 'sync', actor: 'ana' }] }];
    let pressed = false;
    const screen = await atTerminal(['app', 'wait', 'web', '--operation'], {
      onOutput(raw) {
        if (pressed || !raw.includes('asked for by ana')) return undefined;
        pressed = true;
        return '\u0003';
      },
    });
    expect(screen.code).toBe(130);
    // What is hidden, reversed or moved would stay so.
    expect(screen.raw).not.toMatch(/\u001b\[\?|\u001b\[7m|\u001b\[s/);
    expect(screen.lines[0]).toBe('eu-1/web 4f1c2aa Synced Healthy');
    expect(screen.lines[1]).toContain('sync asked for by ana');
  });
});

describe('a person at a terminal', () => {
  it('sees colours; with NO_COLOR none, and in a pipe none', async () => {
    expect((await atTerminal(['app', 'list'])).raw).toContain('\u001b[32m');
    expect((await atTerminal(['app', 'list'], { env: { ...env, NO_COLOR: '1' } })).raw).not.toContain('\u001b');
    expect((await plumb(['app', 'list'])).out).not.toContain('\u001b');
  });

  it('is not shown a secret that is typed: it must be piped in', async () => {
    for (const args of [
      ['login', '--token-stdin'],
      ['notify', 'set', 'x', '--kind', 'slack', '--secret', 'token'],
      ['sign-in', 'set', 'x', '--kind', 'oidc', '--secret-stdin'],
    ])
      expect(await atTerminal(args), args.join(' ')).toMatchObject({ code: 2, raw: expect.stringContaining('Pipe it in') });
  });
});

describe('login', () => {
  it('with a token keeps it, and says so; logout forgets it, and the Worker stays known', async () => {
    const signedIn = await runPlumb(['login', server.url, '--token-stdin'], { home, input: `${TOKEN}\n` });
    expect(signedIn).toMatchObject({ code: 0, out: expect.stringContaining('as ana') });
    expect((await runPlumb(['app', 'list'], { home })).code).toBe(0);
    expect((await runPlumb(['logout'], { home })).code).toBe(0);
    expect(await runPlumb(['app', 'list'], { home })).toMatchObject({ code: 3, err: expect.stringContaining('plumb login') });
  });

  it('with a wrong token keeps nothing', async () => {
    expect(await runPlumb(['login', server.url, '--token-stdin'], { home, input: 'wrong\n' })).toMatchObject({ code: 3 });
    expect((await runPlumb(['app', 'list'], { home })).code).toBe(2);
  });
});

it('-o name gives names as other commands take them', async () => {
  server.state.apps = [fullView('shop'), fullView('web')];
  expect((await plumb(['app', 'list', '-o', 'name'])).out).toBe('eu-1/shop\neu-1/web\n');
  expect((await plumb(['app', 'tree', 'web', '-o', 'name'])).out).toBe(`${POD}\n`);
});
