import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GitServer } from '../../cli/git-server/git-server.ts';
import { createHostPolicy } from '../../src/fetch/host-policy.ts';
import { startGitServer } from '../fakes/git-server.ts';
import { createNodeSql } from '../fakes/node-sql.ts';
import { codeOf, good, openRepository as open, refreshOne } from './git-open.ts';

describe('credentials', () => {
  const credentials = { username: 'ada', password: 'canary-password' };
  let server: GitServer;
  beforeAll(async () => {
    server = await startGitServer({ credentials });
    await server.pushFiles('fleet', { a: '1' }, 'first');
  });
  afterAll(() => server.stop());

  test('open a private repository, and without them or with wrong ones it is git.auth', async () => {
    const repository = open(server.url('fleet'));
    expect(codeOf((await repository.refresh({ revisions: ['main'] }))[0])).toBe('git.auth');
    const wrong = { kind: 'basic', username: 'ada', password: 'wrong' } as const;
    expect(codeOf((await repository.refresh({ revisions: ['main'], credentials: wrong }))[0])).toBe('git.auth');
    const outcome = (await repository.refresh({ revisions: ['main'], credentials: { kind: 'basic', ...credentials } }))[0];
    expect(good(outcome).changed).toBe(true);
  });

  test('S09: are in no row and no outcome', async () => {
    const sql = createNodeSql();
    const repository = open(server.url('fleet'), { sql });
    const outcomes = await repository.refresh({ revisions: ['main', 'nope'], credentials: { kind: 'basic', ...credentials } });
    const rows = ['git_segment', 'git_commit', 'git_revision', 'git_remote'].flatMap((table) =>
      sql.all(`SELECT * FROM ${table}`),
    );
    expect(JSON.stringify([outcomes, rows])).not.toContain('canary');
  });
});

describe('a server that is not where it was', () => {
  let server: GitServer;
  beforeAll(async () => {
    server = await startGitServer();
    await server.pushFiles('fleet', { a: '1' }, 'first');
  });
  afterAll(() => server.stop());
  afterEach(() => server.setFault(undefined));

  test('S08: a renamed repository is followed, and asked at its new place from then on', async () => {
    server.setFault(({ path, query }) =>
      path.startsWith('/old.git/')
        ? { status: 301, headers: { location: `${path.replace('/old.git/', '/fleet.git/')}?${query}` } }
        : undefined,
    );
    const repository = open(`${server.origin}/old.git`);
    good(await refreshOne(repository, 'main'));
    server.clearRequests();
    good(await refreshOne(repository, 'main'));
    expect(server.requests().map((request) => request.path)).toEqual(['/fleet.git/git-upload-pack']);
  });

  test('a server that forgot protocol 2 is asked again what it can do', async () => {
    const sql = createNodeSql();
    const repository = open(server.url('fleet'), { sql });
    good(await refreshOne(repository, 'main'));
    const old = await startGitServer({ protocol: 0, directory: server.directory });
    // The same repository, as remembered with protocol 2, now behind a server that speaks the original one.
    sql.run('UPDATE git_remote SET value = replace(value, ?, ?)', server.origin, old.origin);
    expect(codeOf(await refreshOne(open(old.url('fleet'), { sql }), 'main'))).toBe('ok');
    await old.stop();
  });

  test('S07: a host that is not allowed is not asked', async () => {
    server.clearRequests();
    const repository = open(server.url('fleet'), { allowHost: createHostPolicy() });
    expect(codeOf(await refreshOne(repository, 'main'))).toBe('git.host_forbidden');
    expect(server.requests()).toEqual([]);
  });
});

test('F28: an announced commit is fetched at once, and a wrong announcement changes nothing', async () => {
  const server = await startGitServer();
  await server.pushFiles('fleet', { a: '1' }, 'first');
  const repository = open(server.url('fleet'));
  good(await refreshOne(repository, 'main'));
  const second = await server.pushFiles('fleet', { a: '2' }, 'second');
  server.clearRequests();
  const [announced] = await repository.refresh({ revisions: ['main'], announced: [second] });
  expect(good(announced)).toMatchObject({ commit: second, changed: true });
  expect(server.requests()).toHaveLength(2);
  const third = await server.pushFiles('fleet', { a: '3' }, 'third');
  const [wrong] = await repository.refresh({ revisions: ['main'], announced: ['f'.repeat(40), '--upload-pack=x'] });
  expect(good(wrong).commit).toBe(third);
  const [early] = await repository.refresh({ revisions: ['main'], announced: [second] });
  expect(good(early).commit).toBe(third);
  await server.stop();
});

test('one changed file in a repository of 1,000 apps transfers less than 2 kB', async () => {
  const server = await startGitServer();
  const files: Record<string, string> = {};
  for (let i = 0; i < 1000; i++) {
    for (const kind of ['deployment', 'service', 'kustomization', 'config']) {
      files[`apps/app-${i}/base/${kind}.yaml`] = `kind: ${kind}\nname: app-${i}\nsum: ${(i * 2_654_435_761) >>> 0}\n`.repeat(4);
    }
  }
  await server.pushFiles('fleet', files, 'first');
  const repository = open(server.url('fleet'));
  good(await refreshOne(repository, 'main'));
  await server.pushFiles('fleet', { 'apps/app-500/base/config.yaml': 'kind: config\nname: app-500\nreplicas: 3\n' }, 'second');
  const { transferredBytes } = good(await refreshOne(repository, 'main'));
  console.log(`one changed file in 4,000: ${transferredBytes} bytes`);
  expect(transferredBytes).toBeLessThan(2000);
  await server.stop();
});
