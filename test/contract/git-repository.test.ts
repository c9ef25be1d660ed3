import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GitServer } from '../../cli/git-server/git-server.ts';
import { startGitServer } from '../fakes/git-server.ts';
import { createNodeSql } from '../fakes/node-sql.ts';
import { codeOf, good, openRepository as open, readText, refreshOne } from './git-open.ts';

describe.each([2, 1, 0] as const)('a repository on a server with protocol %d', (protocol) => {
  let server: GitServer;
  beforeAll(async () => {
    server = await startGitServer({ protocol });
  });
  afterAll(() => server.stop());
  let name = '';
  let count = 0;
  beforeEach(async () => {
    name = `repo-${count++}`;
    await server.createRepository(name);
  });

  test('is read: branch, files, folders, links, submodules and modes', async () => {
    const commit = await server.pushFiles(
      name,
      {
        'apps/web/a.yaml': 'kind: A\n',
        'apps/web/run.sh': { executable: '#!/bin/sh\n' },
        'apps/link': { link: 'web/a.yaml' },
        'apps/sub': { submodule: '1'.repeat(40) },
        'ünïcode "x".txt': 'u',
      },
      'Add the web app\n\nand a body\n',
      { author: 'Ada Lovelace <ada@example.com>', time: 1_700_000_000 },
    );
    const repository = open(server.url(name));
    const refreshed = good(await refreshOne(repository, 'main'));
    expect(refreshed).toMatchObject({
      commit,
      changed: true,
      author: 'Ada Lovelace',
      subject: 'Add the web app',
      committedAt: 1_700_000_000_000,
    });
    expect(await readText(repository, commit, 'apps/web/a.yaml')).toBe('kind: A\n');
    expect(await readText(repository, commit, 'apps/link')).toBe('web/a.yaml');
    expect(await readText(repository, commit, 'ünïcode "x".txt')).toBe('u');
    expect(await readText(repository, commit, 'apps/nope')).toBe('git.path_missing');
    expect(await readText(repository, commit, 'apps')).toBe('git.path_missing');
    expect(codeOf(await repository.list(commit, 'apps/link'))).toBe('git.path_missing');
    const listed = await repository.list(commit, 'apps', { recursive: true });
    expect(listed.ok && listed.value.map((entry) => `${entry.path} ${entry.kind}${entry.executable ? ' x' : ''}`)).toEqual([
      'apps/link link',
      'apps/sub submodule',
      'apps/web dir',
      'apps/web/a.yaml file',
      'apps/web/run.sh file x',
    ]);
    const found = await repository.lookup(commit, 'apps/web');
    expect(found.ok && found.value?.kind).toBe('dir');
  });

  test('that did not move costs one request', async () => {
    await server.pushFiles(name, { a: '1' }, 'first');
    const repository = open(server.url(name));
    const first = good(await refreshOne(repository, 'main'));
    server.clearRequests();
    expect(good(await refreshOne(repository, 'main'))).toMatchObject({ commit: first.commit, changed: false });
    expect(server.requests()).toHaveLength(1);
  });

  test('that moved is fetched as a difference, and changed paths are told', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `apps/app-${i}/a.yaml`,
        `name: app-${i}\nhash: ${(i * 2_654_435_761) >>> 0}\n`.repeat(5),
      ]),
    );
    const from = await server.pushFiles(name, files, 'first');
    const repository = open(server.url(name));
    const whole = good(await refreshOne(repository, 'main'));
    const to = await server.pushFiles(name, { 'apps/app-7/a.yaml': 'name: changed\n', 'apps/app-8/b.yaml': 'new' }, 'second');
    const difference = good(await refreshOne(repository, 'main'));
    expect(difference).toMatchObject({ commit: to, changed: true, previous: from });
    expect(difference.transferredBytes).toBeLessThan(whole.transferredBytes / 4);
    const changed = await repository.changedPaths(from, to);
    expect(changed).toEqual({ ok: true, value: { files: ['apps/app-7/a.yaml', 'apps/app-8/b.yaml'], dirs: ['apps/app-8'] } });
    expect(await readText(repository, to, 'apps/app-7/a.yaml')).toBe('name: changed\n');
    expect(await readText(repository, from, 'apps/app-7/a.yaml')).toContain('name: app-7');
    expect(await repository.changedPaths('0'.repeat(40), to)).toEqual({ ok: true, value: undefined });
  });

  test('F25: is found by branch, tag, full name, HEAD and commit id; annotated tags are peeled, a branch wins over a tag', async () => {
    const first = await server.pushFiles(name, { a: '1' }, 'first');
    const second = await server.pushFiles(name, { a: '2' }, 'second');
    const third = await server.pushFiles(name, { a: '3' }, 'third', { branch: 'both' });
    await server.git(name, 'tag', 'light', first);
    await server.git(name, 'tag', '-a', '-m', 'x', 'heavy', first);
    await server.git(name, 'tag', '-a', '-m', 'x', 'nested', 'heavy');
    await server.git(name, 'tag', 'both', first);
    const repository = open(server.url(name));
    const revisions = ['main', 'HEAD', '', 'refs/heads/main', 'light', 'heavy', 'nested', 'both', 'refs/tags/both', second];
    const outcomes = await repository.refresh({ revisions });
    expect(outcomes.map((outcome) => good(outcome).commit)).toEqual([
      second,
      second,
      second,
      second,
      first,
      first,
      first,
      third,
      first,
      second,
    ]);
    for (const { commit } of outcomes.map(good)) expect(await readText(repository, commit, 'a')).toMatch(/^[123]$/);
    server.clearRequests();
    expect((await repository.refresh({ revisions })).map((outcome) => good(outcome).changed)).not.toContain(true);
    expect(server.requests()).toHaveLength(1);
  });

  test('gives a commit by its id although no branch points to it, and costs nothing when it is here', async () => {
    const first = await server.pushFiles(name, { a: '1' }, 'first');
    await server.pushFiles(name, { a: '2' }, 'second');
    const repository = open(server.url(name));
    expect(good(await refreshOne(repository, first)).commit).toBe(first);
    server.clearRequests();
    expect(good(await refreshOne(repository, first))).toMatchObject({ changed: false, transferredBytes: 0 });
    expect(server.requests()).toHaveLength(0);
    expect(codeOf(await refreshOne(repository, 'd'.repeat(40)))).toBe('git.ref_missing');
  });

  test('F25: whose branch was deleted says so, and the last good commit stays', async () => {
    const commit = await server.pushFiles(name, { a: '1' }, 'first', { branch: 'dev' });
    const repository = open(server.url(name));
    good(await refreshOne(repository, 'dev'));
    await server.git(name, 'update-ref', '-d', 'refs/heads/dev');
    expect(codeOf(await refreshOne(repository, 'dev'))).toBe('git.ref_missing');
    expect(repository.lastSeen('dev')).toBe(commit);
    expect(await readText(repository, commit, 'a')).toBe('1');
  });

  test('F25: with no commit at all has no HEAD', async () => {
    expect(codeOf(await refreshOne(open(server.url(name)), 'HEAD'))).toBe('git.ref_missing');
  });

  test('F25: a force push is followed, also back to a commit that is known', async () => {
    const first = await server.pushFiles(name, { a: '1', b: '1' }, 'first');
    const repository = open(server.url(name));
    good(await refreshOne(repository, 'main'));
    const amended = await server.pushFiles(name, { a: '2' }, 'amended', { force: true });
    expect(good(await refreshOne(repository, 'main'))).toMatchObject({ commit: amended, previous: first });
    expect(await readText(repository, amended, 'b')).toBe('1');
    await server.git(name, 'update-ref', 'refs/heads/main', first);
    expect(good(await refreshOne(repository, 'main'))).toMatchObject({ commit: first, changed: true, previous: amended });
  });

  test('F25: a revision that is wrong costs only itself', async () => {
    await server.pushFiles(name, { a: '1' }, 'first');
    const outcomes = await open(server.url(name)).refresh({ revisions: ['main', 'nope', 'v1.*', 'e'.repeat(40)] });
    expect(outcomes.map(codeOf)).toEqual(['ok', 'git.ref_missing', 'git.ref_missing', 'git.ref_missing']);
  });

  test('F31: keeps what is too large out, and only its readers fail, also after it changed', async () => {
    const noise = (seed: number) => Buffer.from(new Uint8Array(300_000).map((_, i) => (i * i * 31 + seed + (i >> 8)) & 255));
    const first = await server.pushFiles(name, { small: 'x', 'large.bin': noise(1) }, 'first');
    const repository = open(server.url(name), { limits: { blobBytes: 100_000 } });
    expect(good(await refreshOne(repository, 'main')).commit).toBe(first);
    expect(await readText(repository, first, 'small')).toBe('x');
    expect(await readText(repository, first, 'large.bin')).toBe('git.limit');
    const shrunk = noise(1).subarray(0, 50_000);
    const second = await server.pushFiles(name, { small: 'y', 'large.bin': shrunk }, 'second');
    expect(good(await refreshOne(repository, 'main')).commit).toBe(second);
    const read = await repository.readFile(second, 'large.bin');
    expect(read.ok && Buffer.compare(read.value, shrunk)).toBe(0);
    expect(await readText(repository, second, 'small')).toBe('y');
  });

  test('S04: that is larger than allowed fails as a whole, and the last good commit stays', async () => {
    const first = await server.pushFiles(name, { a: '1' }, 'first');
    const repository = open(server.url(name), { limits: { packBytes: 20_000 } });
    good(await refreshOne(repository, 'main'));
    await server.pushFiles(name, { b: randomBytes(40_000) }, 'second');
    expect(codeOf(await refreshOne(repository, 'main'))).toBe('git.limit');
    expect(repository.lastSeen('main')).toBe(first);
  });

  test('drops what is no longer needed, and keeps the commits that are', async () => {
    const noise = () => randomBytes(3_000_000);
    const sql = createNodeSql();
    const repository = open(server.url(name), { sql });
    const commits: string[] = [];
    for (let i = 0; i < 4; i++) {
      commits.push(await server.pushFiles(name, { 'a.bin': noise(), b: `${i}` }, `${i}`));
      good(await refreshOne(repository, 'main'));
    }
    const [, second = '', , last = ''] = commits;
    expect(await repository.retain(commits)).toBe(false);
    expect(await repository.retain(commits.slice(1))).toBe(false);
    expect(await repository.retain([])).toBe(true);
    for (const reader of [repository, open(server.url(name), { sql })]) {
      expect(commits.map((commit) => reader.has(commit))).toEqual([false, false, false, true]);
      expect(await readText(reader, last, 'b')).toBe('3');
      expect(await readText(reader, second, 'b')).toBe('git.ref_missing');
    }
    const next = await server.pushFiles(name, { b: 'next' }, 'next');
    expect(good(await refreshOne(repository, 'main')).transferredBytes).toBeLessThan(3000);
    expect(await readText(repository, next, 'b')).toBe('next');
  });

  test('is read again after a restart, and its difference is fetched', async () => {
    const sql = createNodeSql();
    const first = await server.pushFiles(name, { a: '1', b: 'x'.repeat(10_000) }, 'first');
    good(await refreshOne(open(server.url(name), { sql }), 'main'));
    const repository = open(server.url(name), { sql });
    expect(await readText(repository, first, 'a')).toBe('1');
    server.clearRequests();
    const second = await server.pushFiles(name, { a: '2' }, 'second');
    expect(good(await refreshOne(repository, 'main'))).toMatchObject({ commit: second, previous: first });
    expect(server.requests()).toHaveLength(2);
    expect(await readText(repository, second, 'a')).toBe('2');
  });

  test('serves refreshes and readers that come at the same time', async () => {
    await server.pushFiles(name, { a: '1' }, 'first');
    await server.pushFiles(name, { a: '2' }, 'second', { branch: 'dev' });
    const repository = open(server.url(name));
    const outcomes = await Promise.all(['main', 'dev', 'main', 'dev'].map((revision) => refreshOne(repository, revision)));
    const texts = await Promise.all(outcomes.map((outcome) => readText(repository, good(outcome).commit, 'a')));
    expect(texts).toEqual(['1', '2', '1', '2']);
  });

  describe('F22: when the server fails, the last good commit stays', () => {
    afterEach(() => server.setFault(undefined));

    test.each([
      ['with an error', { status: 503 }, 'git.unavailable'],
      ['with a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' }, 'git.protocol'],
      [
        'with nothing',
        { status: 200, headers: { 'content-type': 'application/x-git-upload-pack-result' }, body: '' },
        'git.protocol',
      ],
      ['by refusing', { status: 403 }, 'git.auth'],
      ['by hiding the repository', { status: 404 }, 'git.not_found'],
    ])('%s', async (_what, fault, code) => {
      const first = await server.pushFiles(name, { a: '1' }, 'first');
      const repository = open(server.url(name));
      good(await refreshOne(repository, 'main'));
      const second = await server.pushFiles(name, { a: '2' }, 'second');
      server.setFault(() => fault);
      expect(codeOf(await refreshOne(repository, 'main'))).toBe(code);
      expect(repository.lastSeen('main')).toBe(first);
      expect(await readText(repository, first, 'a')).toBe('1');
      server.setFault(undefined);
      expect(good(await refreshOne(repository, 'main')).commit).toBe(second);
    });

    test('by cutting the pack anywhere, and nothing of it remains', async () => {
      await server.pushFiles(name, { a: '1' }, 'first');
      const sql = createNodeSql();
      const repository = open(server.url(name), { sql });
      good(await refreshOne(repository, 'main'));
      await server.pushFiles(name, { a: randomBytes(2000) }, 'second');
      const segments = sql.all('SELECT id FROM git_segment').length;
      for (const truncateAfter of [0, 3, 10, 100, 1000, 1900]) {
        server.setFault(({ path, method }) =>
          method === 'POST' && path.endsWith('/git-upload-pack') ? { truncateAfter } : undefined,
        );
        expect(codeOf(await refreshOne(repository, 'main'))).toBe('git.unavailable');
        expect(sql.all('SELECT id FROM git_segment')).toHaveLength(segments);
      }
    });
  });
});
