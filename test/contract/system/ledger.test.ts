/** The ledger of a system at work, read by stock Git as anybody would, and judged by `plumb ledger verify`. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPlumb } from '../../cli/run-plumb.ts';
import { git } from '../../src/ledger/stock-git.ts';
import { application, configMap } from './support/application.ts';
import { call } from './support/call-worker.ts';
import { cloneLedger, everyObject } from './support/ledger-copy.ts';
import { isHealthy, type RunningSystem, startRunningSystem } from './support/running-system.ts';
import { deploySecrets, SECRET_VALUES } from './support/secret-fleet.ts';
import { findForms } from './support/stored-forms.ts';

const PUSHES = 12;

let system: RunningSystem;
let signers: string;
let clone: string;
let clones: readonly string[];

const place = () => ({ url: system.worker().url, token: system.apiToken, cluster: system.clusterName });
const states = async (copy: string) => {
  const log = await git(copy, '-c', `gpg.ssh.allowedSignersFile=${signers}`, 'log', '--format=%G?');
  return log.trim().split('\n');
};

beforeAll(async () => {
  system = await startRunningSystem();
  signers = join(system.dir, 'allowed_signers');
  await writeFile(signers, (await call(`${place().url}/ledger/allowed_signers`)).text);
  await deploySecrets(system);
  const { git: host } = system;
  const web = (greeting: string) => ({ 'web/a.yaml': configMap('web', { greeting }) });
  const definition = application({ name: 'web', repoURL: host.url('secrets'), path: 'web' });
  await host.pushFiles('secrets', web('0'), 'web 0');
  await host.pushFiles('fleet', { 'fleet/web.yaml': definition }, 'web');
  await system.untilApp('web', isHealthy);
  // Clones are taken one after the other for as long as pushes go on.
  let last = '';
  let isOver = false;
  const pushing = (async () => {
    for (let i = 1; i <= PUSHES; i++) {
      last = await host.pushFiles('secrets', web(String(i)), `web ${i}`);
      await system.untilApp('web', ({ status }) => status?.revision === last);
    }
    isOver = true;
  })();
  const taken: string[] = [];
  for (let n = 0; !isOver; n++) taken.push(await cloneLedger(place(), system.dir, `during-${n}`));
  await pushing;
  clones = taken;
  await system.untilApp('web', (view) => isHealthy(view) && view.status?.revision === last);
  clone = await cloneLedger(place(), system.dir, 'after');
});
afterAll(() => system?.stop());

describe('a clone by stock Git', () => {
  test('works while syncs are running, each time as a whole history', async () => {
    expect(clones.length).toBeGreaterThan(1);
    for (const copy of clones) {
      const commits = await states(copy);
      expect(new Set(commits)).toEqual(new Set(['G']));
      expect(await git(copy, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
      // Each is the beginning of what came after it: nothing is rewritten (I4).
      await git(clone, 'merge-base', '--is-ancestor', (await git(copy, 'rev-parse', 'HEAD')).trim(), 'HEAD');
    }
  });

  test('every commit of the whole is signed by a key that the Worker publishes', async () => {
    const commits = await states(clone);
    expect(commits.length).toBeGreaterThan(2 * PUSHES);
    expect(new Set(commits)).toEqual(new Set(['G']));
    expect(await git(clone, 'fsck', '--full', '--strict')).toBe('');
  });

  test('says in one line each what was deployed, and by which generation', async () => {
    const log = await git(
      clone,
      'log',
      '--format=%(trailers:key=App,valueonly,separator=) %(trailers:key=Revision,valueonly,separator=)',
      '--',
      'apps/web',
    );
    const revisions = new Set(
      log
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[1]),
    );
    const pushed = (await system.git.git('secrets', 'rev-list', 'main'))
      .trim()
      .split('\n')
      .slice(0, PUSHES + 1);
    expect([...revisions].sort()).toEqual([...pushed].sort());
  });

  test('accepts the token as a password, and nothing else', async () => {
    const url = new URL(place().url);
    url.username = 'plumbline';
    url.password = place().token;
    await git(system.dir, 'clone', '--quiet', `${url.href}ledger/${system.clusterName}.git`, 'by-password');
    url.password = 'wrong';
    await expect(
      git(system.dir, 'clone', '--quiet', `${url.href}ledger/${system.clusterName}.git`, 'by-wrong-password'),
    ).rejects.toThrow();
    await expect(
      git(system.dir, 'clone', '--quiet', `${place().url}/ledger/${system.clusterName}.git`, 'by-nothing'),
    ).rejects.toThrow();
  });

  test('cannot be pushed to', async () => {
    const copy = join(system.dir, 'pushing');
    await cp(clone, copy, { recursive: true });
    await git(copy, '-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'forged');
    await expect(git(copy, '-c', `http.extraHeader=Authorization: Bearer ${place().token}`, 'push', '--quiet')).rejects.toThrow();
  });

  test('I6: no object in it holds a Secret value in any form', async () => {
    const everything = await everyObject(clone);
    // The search sees what is there.
    expect(everything).toContain('(masked)');
    expect(findForms(Buffer.from(everything), SECRET_VALUES)).toEqual([]);
  });
});

describe('plumb ledger verify', () => {
  const verify = (copy: string) =>
    runPlumb(['ledger', 'verify', copy, '--url', place().url], { env: { PLUMBLINE_API_TOKEN: place().token } });
  const commit = (copy: string, ...args: string[]) =>
    git(copy, '-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '--all', ...args);

  test('proves a clone', async () => {
    const run = await verify(clone);
    expect([run.code, run.code === 0 ? '' : run.out + run.err]).toEqual([0, '']);
  });

  const TAMPERINGS: readonly (readonly [string, (copy: string) => Promise<unknown>])[] = [
    [
      'a manifest that was changed in a commit of its own',
      async (copy) => {
        await writeFile(join(copy, 'apps/web/manifests/configmap-web.yaml'), configMap('web', { greeting: 'forged' }));
        await commit(copy, '-m', 'apps: deploy web');
      },
    ],
    [
      'a manifest that was changed in the newest commit',
      async (copy) => {
        await writeFile(join(copy, 'apps/web/manifests/configmap-web.yaml'), configMap('web', { greeting: 'forged' }));
        await commit(copy, '--amend', '--no-edit');
      },
    ],
    ['a commit that says what never happened', (copy) => commit(copy, '--allow-empty', '-m', 'deploy web\n\nApp: web')],
    ['another message over the same tree', (copy) => commit(copy, '--amend', '-m', 'nothing to see')],
  ];

  test.each(TAMPERINGS)('finds %s', async (what, tamper) => {
    const copy = join(system.dir, what.replaceAll(' ', '-'));
    await cp(clone, copy, { recursive: true });
    await tamper(copy);
    expect((await verify(copy)).code).toBe(1);
  });

  test('says where a history was cut off: what is left of it holds', async () => {
    const copy = join(system.dir, 'cut-off');
    await cp(clone, copy, { recursive: true });
    await git(copy, 'reset', '--quiet', '--hard', 'HEAD~3');
    const end = (await git(copy, 'rev-parse', 'HEAD')).slice(0, 10);
    const run = await verify(copy);
    expect([run.code, run.err.includes(end)]).toEqual([0, true]);
  });
});
