import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Me, TokenCreated } from '../../core/api/access.ts';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { StatusView } from '../../core/api/board.ts';
import type { Deployment } from '../../core/api/control.ts';
import type { LedgerEntryView } from '../../core/api/routes.ts';
import type { AppView, HistoryEntry } from '../../core/api/views.ts';
import { deployment } from '../journey/support/cluster-objects.ts';
import { argoApp, configMapYaml, deploymentYaml } from '../journey/support/definitions.ts';
import { type Journey, type Repository, startJourney } from '../journey/support/start-journey.ts';
import { waitFor } from '../journey/support/wait-for.ts';
import { runInTerminal, type Screen, type TerminalOptions } from './pseudo-terminal.ts';
import { type Run, runPlumb } from './run-plumb.ts';

vi.setConfig({ testTimeout: 240_000 });

/** What the token `ana` is called. */
const ACTOR = 'token ana';

/** A Deployment whose Pods exit at once, and that gives up soon. */
const BROKEN = deploymentYaml('web', { replicas: 1 })
  .replace('"spec": {', '"spec": { "progressDeadlineSeconds": 2,')
  .replace('"labels": {', '"annotations": { "devcluster.plumbline.dev/behaviour": "crash-loop" }, "labels": {');
/** Objects in three waves, the second of which takes a while. */
const WAVES = {
  'apps/waves/first.yaml': withWave(configMapYaml('first', '1'), 0),
  'apps/waves/slow.yaml': withWave(
    deploymentYaml('slow', { replicas: 1 }).replace(
      '"labels": {',
      '"annotations": { "devcluster.plumbline.dev/behaviour": "slow", "devcluster.plumbline.dev/delay": "3s" }, "labels": {',
    ),
    1,
  ),
  'apps/waves/last.yaml': withWave(configMapYaml('last', '1'), 2),
};
const WELL = deploymentYaml('web', { replicas: 2 });

function withWave(yaml: string, wave: number): string {
  return yaml.replace('"metadata": {', `"metadata": { "annotations": { "argocd.argoproj.io/sync-wave": "${wave}" },`);
}

let journey: Journey;
let repository: Repository;
let home: string;
let token: string;

/** The command line of somebody who has signed in. Whatever happens, no token is ever written. */
async function plumb(...args: readonly string[]): Promise<Run> {
  const run = await runPlumb(args, { home });
  for (const secret of [token, journey.system.apiToken]) if (secret !== '') expect(run.out + run.err).not.toContain(secret);
  // Nobody looks: no control characters, whatever comes from outside (S27).
  expect(run.out + run.err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  return run;
}

/** The same with -o json: exit code and data. */
async function json<T>(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly data: T; readonly err: string }> {
  const { code, out, err } = await plumb(...args, '-o', 'json');
  if (out === '') throw new Error(`plumb ${args.join(' ')} wrote nothing: ${err}`);
  return { code, data: JSON.parse(out) as T, err }; // the API's shapes, which tests elsewhere hold it to
}

const inTerminal = (args: readonly string[], options: Omit<TerminalOptions, 'home'> = {}): Promise<Screen> =>
  runInTerminal(args, { home, ...options });

const replicas = async () => {
  const live = await journey.objects.get(deployment('web', 'web'));
  return (live?.['spec'] as { readonly replicas?: number } | undefined)?.replicas; // a Deployment's
};

beforeAll(async () => {
  token = '';
  journey = await startJourney();
  home = await mkdtemp(join(tmpdir(), 'plumb-day-'));
  repository = await journey.repository('day');
  await repository.push(
    {
      'fleet/web.yaml': argoApp(repository.url, { name: 'web', path: 'apps/web' }),
      'apps/web/web.yaml': WELL,
      'fleet/careful.yaml': argoApp(repository.url, {
        name: 'careful',
        path: 'apps/careful',
        annotations: { 'plumbline.dev/approvals': '1' },
      }),
      'apps/careful/a.yaml': configMapYaml('a', '1'),
      'fleet/waves.yaml': argoApp(repository.url, { name: 'waves', path: 'apps/waves', automated: 'manual' }),
      ...WAVES,
    },
    'three apps',
  );
  await journey.addFleet(repository);
});
afterAll(() => journey?.stop());

describe('the working day at the command line', () => {
  test('begins with signing in by a token, which is kept where nobody else can read it', async () => {
    const url = journey.system.worker().url;
    const operator = { PLUMBLINE_URL: url, PLUMBLINE_API_TOKEN: journey.system.apiToken };
    const made = await runPlumb(['token', 'create', 'ana', '--role', 'role:admin', '--expires', '1d', '-o', 'json'], {
      home,
      env: operator,
    });
    expect(made).toMatchObject({ code: 0 });
    const created = JSON.parse(made.out) as TokenCreated; // of our own API
    const login = await runPlumb(['login', url, '--token-stdin', '-o', 'json'], { home, input: `${created.token}\n` });
    expect(login).toMatchObject({ code: 0 });
    token = created.token;
    expect(login.out + login.err).not.toContain(token);
    expect((await stat(join(home, '.config/plumbline/config.json'))).mode & 0o777).toBe(0o600);
    expect(await json<Me>('whoami')).toMatchObject({ code: 0, data: { name: ACTOR, kind: 'token' } });
  });

  test('all is well: status ends with 0', async () => {
    const { code, data } = await json<AppView[]>('app', 'wait', 'web', '--timeout', '120');
    expect([code, data[0]?.app]).toEqual([0, 'web']);
    expect((await plumb('app', 'list')).out).toMatch(/^web +demo +Synced +Healthy/m);
  });

  test('a bad push: the pipeline that waits is told so, and status says what and why', async () => {
    const commit = await repository.push({ 'apps/web/web.yaml': BROKEN }, 'use one replica');
    const waited = await plumb('app', 'wait', 'web', '--revision', commit, '--timeout', '120', '--patience', '2');
    expect(waited).toMatchObject({ code: 5, err: expect.stringContaining('Degraded') });
    const { code, data } = await json<StatusView>('status');
    expect(code).toBe(1);
    expect(data.wrong).toContainEqual(expect.objectContaining({ what: 'app', cluster: 'demo', name: 'web' }));
  });

  test('why: the App with its reasons, its tree down to the Pod, and what the push changed', async () => {
    const { data } = await json<AppView>('app', 'get', 'web');
    expect(data.reasons).toContainEqual(expect.objectContaining({ code: 'degraded', severity: 'bad' }));
    expect((await plumb('app', 'get', 'web')).out).toContain('[degraded]');
    const tree = await waitFor('the Pod in the tree', async () => {
      const { out } = await plumb('app', 'tree', 'web');
      return /Pod web\/web-/.test(out) ? out : undefined;
    });
    expect(tree).toMatch(/^Deployment web\/web {2}Degraded/m);
    expect(tree).toMatch(/^[├└]─ ReplicaSet web\/web-/m);
    const diff = await plumb('app', 'diff', 'web', '--from', '1', '--to', '0');
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/^-\s+replicas: 2$/m);
    expect(diff.out).toMatch(/^\+\s+replicas: 1$/m);
  });

  test('back in one move: the deployment before runs again, with who did it and why', async () => {
    const { code, data } = await json<AppView>(
      'app',
      'rollback',
      'web',
      '-m',
      '5xx since the push',
      '--until',
      'unpin',
      '--wait',
    );
    expect(code).toBe(0);
    expect(data.control?.pin).toMatchObject({ actor: ACTOR, reason: '5xx since the push', until: { kind: 'unpin' } });
    expect(await replicas()).toBe(2);
    const history = await json<Deployment[]>('app', 'history', 'web');
    expect(history.data[0]).toMatchObject({ n: 0, action: 'rollback', actor: ACTOR, reason: '5xx since the push' });
    expect((await plumb('app', 'get', 'web')).out).toMatch(/pinned to [0-9a-f]{7} .* until it is unpinned: token ana/);
  });

  test('self-heal holds the pin: a change by hand is taken back', async () => {
    await journey.objects.patch(deployment('web', 'web'), { spec: { replicas: 5 } });
    await waitFor('the pin to be healed', async () => (await replicas()) === 2);
  });

  test('the fix waits behind the pin until it is unpinned; who waits for it learns that a person has to act', async () => {
    const fix = await repository.push({ 'apps/web/web.yaml': deploymentYaml('web', { replicas: 3 }) }, 'use three replicas');
    await waitFor('the fix to be rendered', async () => {
      const { data } = await json<AppView>('app', 'get', 'web');
      return data.control?.next?.revision === fix;
    });
    const held = await plumb('app', 'wait', 'web', '--revision', fix, '--patience', '0', '--timeout', '30');
    expect(held).toMatchObject({ code: 6, err: expect.stringContaining('pinned') });
    expect(await plumb('app', 'unpin', 'web', '-m', 'fixed')).toMatchObject({ code: 0 });
    expect((await plumb('app', 'wait', 'web', '--revision', fix, '--timeout', '120')).code).toBe(0);
    expect(await replicas()).toBe(3);
  });

  test('an App without auto-sync waits for somebody, and is synced wave by wave, drawn in a terminal that is clean afterwards', async () => {
    expect((await plumb('app', 'wait', 'waves', '--patience', '0')).code).toBe(6);
    const screen = await inTerminal(['app', 'sync', 'waves', '--wait', '-m', 'first time']);
    expect(screen.code).toBe(0);
    expect(screen.raw).toMatch(/wave 1/);
    // Drawn over: what was on the way is in the bytes, and no longer on the screen.
    expect(screen.raw).toContain('\u001b[J');
    expect(screen.lines.join('\n')).not.toContain('wave 1');
    expect(screen.lines.join('\n')).toMatch(/demo\/waves [0-9a-f]{7}: synced/);
    expect(Math.max(...screen.lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('a dry run writes nothing and says what a sync would do', async () => {
    const dry = await json<{ receipt: { dryRun?: true } }>('app', 'sync', 'web', '--prune', '--dry-run');
    expect(dry).toMatchObject({ code: 0, data: { receipt: { dryRun: true, requests: [expect.any(String)] } } });
  });

  test('in CI the same is one line per change, without control characters', async () => {
    const screen = await inTerminal(['app', 'sync', 'web', '--wait'], { env: { CI: 'true', NO_COLOR: '1' } });
    expect(screen.code).toBe(0);
    expect(screen.raw).not.toContain('\u001b');
  });

  test('an approval: what waits is shown, approved, and deployed', async () => {
    const held = await plumb('app', 'wait', 'careful', '--patience', '0', '--timeout', '60');
    expect(held).toMatchObject({ code: 6, err: expect.stringContaining('approval') });
    const { data } = await json<AppView>('app', 'get', 'careful');
    const waiting = data.control?.approval;
    expect(waiting).toMatchObject({ needed: 1, approvals: [] });
    const next = await plumb('app', 'diff', 'careful', '--next');
    expect(next.code).toBe(1);
    expect(next.out).toMatch(/^added ConfigMap (careful\/)?a$/m);
    const wrong = await plumb('app', 'approve', 'careful', '--bundle', `sha256:${'0'.repeat(64)}`);
    expect(wrong.code).toBe(1);
    expect(await plumb('app', 'approve', 'careful', '--bundle', waiting?.bundle ?? '', '-m', 'looked at it')).toMatchObject({
      code: 0,
    });
    expect((await plumb('app', 'wait', 'careful', '--timeout', '120')).code).toBe(0);
  });

  test('deletion asks for the name in a terminal, and takes no other answer', async () => {
    let typed = false;
    const type = (word: string) => (raw: string) => {
      if (typed || !raw.includes('Type careful:')) return undefined;
      typed = true;
      return `${word}\r`;
    };
    const refused = await inTerminal(['app', 'delete', 'careful'], { onOutput: type('no') });
    expect(refused.code).toBe(1);
    typed = false;
    const deleted = await inTerminal(['app', 'delete', 'careful', '-m', 'no longer needed'], { onOutput: type('careful') });
    expect(deleted.code).toBe(0);
    await waitFor(
      'its object to go',
      async () => (await journey.objects.get('/api/v1/namespaces/careful/configmaps/a')) === undefined,
    );
    expect(await plumb('app', 'delete', 'web')).toMatchObject({ code: 2 });
  });

  test('who did what: activity, events, and the ledger, which verifies', async () => {
    const { data } = await json<{ events: ActivityEvent[] }>('activity', '--app', 'web', '--actor', ACTOR);
    expect(data.events).toContainEqual(expect.objectContaining({ actor: ACTOR, reason: '5xx since the push' }));
    expect((await plumb('events', '--app', 'demo/web', '--limit', '100')).out).toContain('5xx since the push');
    const log = await json<HistoryEntry[]>('ledger', 'log', 'demo', '--app', 'web', '--limit', '100');
    const rolledBack = log.data.find(({ message }) => message.startsWith('web: roll back'));
    const shown = await json<LedgerEntryView>('ledger', 'show', 'demo', rolledBack?.commit ?? '');
    expect(shown.data.text).toMatch(/^Actor: token ana\nReason: 5xx since the push$/m);
    expect(shown.data.files.some(({ path }) => path.includes('apps/web/'))).toBe(true);
    expect(await plumb('ledger', 'verify', 'demo')).toMatchObject({ code: 0 });
  });

  test('the token is revoked: from then on it opens nothing', async () => {
    expect(await plumb('token', 'revoke', 'ana')).toMatchObject({ code: 0 });
    expect(await plumb('app', 'list')).toMatchObject({ code: 3, err: expect.stringContaining('[api.unauthenticated]') });
  });
});
