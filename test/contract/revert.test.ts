/** Reverts on a real Git server, compared with what `git revert` makes of the same repository. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runGit } from '../../cli/git-server/git-command.ts';
import type { GitServer } from '../../cli/git-server/git-server.ts';
import type { Problem } from '../../core/problem/problem.ts';
import type { Result } from '../../core/result.ts';
import type { Repository } from '../../src/fetch/repository.ts';
import type { Credentials, Reverted } from '../../src/platform/ports.ts';
import { revertCommit } from '../../src/revert/revert-commit.ts';
import { startGitServer } from '../fakes/git-server.ts';
import { codeOf, good, openRepository, refreshOne } from './git-open.ts';

const NOW = Date.UTC(2026, 10, 21);
const LINES = Array.from({ length: 30 }, (_, i) => `line ${i}`);
const linesWith = (changes: Readonly<Record<number, string>>) => `${LINES.map((line, i) => changes[i] ?? line).join('\n')}\n`;

let server: GitServer;
let scratch: string;
let count = 0;
let name = '';

beforeAll(async () => {
  server = await startGitServer();
  scratch = await mkdtemp(join(tmpdir(), 'plumbline-revert-'));
});
afterAll(async () => {
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  name = `repo-${++count}`;
  await server.createRepository(name);
});
afterEach(() => server.setFault(undefined));

const push = (files: Readonly<Record<string, string | null>>, message: string) =>
  server.pushFiles(name, files as Readonly<Record<string, string>>, message);
const git = (...args: string[]) => server.git(name, ...args).then((text) => text.trim());

interface Ask {
  readonly revision?: string;
  readonly proposal?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly credentials?: Credentials;
  readonly within?: string;
}

function revert(repository: Repository, commit: string, ask: Ask = {}): Promise<Result<Reverted, Problem>> {
  const { revision = 'main', actor = 'Ana', reason, proposal, credentials, within } = ask;
  return repository.write(credentials, (ports) =>
    revertCommit(ports, {
      revision,
      commit,
      words: { cluster: 'eu-1', app: 'web', actor, ...(reason === undefined ? {} : { reason }) },
      now: NOW,
      ...(proposal === undefined ? {} : { proposal }),
      ...(within === undefined ? {} : { within }),
    }),
  );
}

function done(result: Result<Reverted, Problem>): Reverted {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The tree that stock Git makes of the same revert. */
async function stockTree(commit: string, ...options: string[]): Promise<string> {
  const directory = join(scratch, `clone-${name}`);
  await runGit({ directory: scratch, args: ['clone', '-q', server.url(name), directory] });
  for (const [key, value] of [
    ['user.name', 'x'],
    ['user.email', 'x@example.org'],
  ] as const)
    await runGit({ directory, args: ['config', key, value] });
  await runGit({ directory, args: ['revert', '--no-edit', ...options, commit] });
  return (await runGit({ directory, args: ['rev-parse', 'HEAD^{tree}'] })).trim();
}

async function expectStock(repository: Repository, commit: string, ...options: string[]): Promise<Reverted> {
  const tree = await stockTree(commit, ...options);
  const reverted = done(await revert(repository, commit));
  expect(await git('rev-parse', 'main')).toBe(reverted.commit);
  expect(await git('rev-parse', 'main^{tree}')).toBe(tree);
  await git('fsck', '--strict');
  return reverted;
}

describe('who may go back with one App only (S14)', () => {
  test('undoes a commit that changed nothing beside it', async () => {
    await push({ 'apps/web/a.yaml': 'one\n', 'apps/db/b.yaml': 'b\n' }, 'first');
    const bad = await push({ 'apps/web/a.yaml': 'two\n', 'apps/web/new/c.yaml': 'c\n' }, 'second');
    expect(done(await revert(openRepository(server.url(name)), bad, { within: './apps/web/' })).branch).toBe('main');
    expect(await git('show', 'main:apps/web/a.yaml')).toBe('one');
  });

  test.each([
    ['a file of another App', { 'apps/web/a.yaml': 'two\n', 'apps/db/b.yaml': 'c\n' }],
    ['a file above it', { 'apps/web/a.yaml': 'two\n', 'rbac.yaml': 'x\n' }],
    ['an App whose name begins alike', { 'apps/web/a.yaml': 'two\n', 'apps/web-admin/a.yaml': 'x\n' }],
    ['an App that it removed', { 'apps/web/a.yaml': 'two\n', 'apps/db/b.yaml': null }],
    ['all Apps', { 'apps/web/a.yaml': null, 'apps/db/b.yaml': null, 'rest.yaml': 'r\n' }],
  ])('is refused when the commit also changed %s', async (_what, files) => {
    await push({ 'apps/web/a.yaml': 'one\n', 'apps/db/b.yaml': 'b\n' }, 'first');
    const bad = await push(files, 'second');
    const repository = openRepository(server.url(name));
    expect(codeOf(await revert(repository, bad, { within: 'apps/web' }))).toBe('api.forbidden');
    expect(await git('rev-parse', 'main')).toBe(bad);
    expect(done(await revert(repository, bad)).branch).toBe('main');
  });
});

describe('gives the tree that git revert gives', () => {
  test('for the newest commit, with message, author and trailers', async () => {
    await push({ 'a.yaml': 'one\n', 'deep/er/b.yaml': 'b\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'Raise "replicas"\n\nbody');
    const repository = openRepository(server.url(name));
    const tree = await stockTree(bad);
    const reverted = done(await revert(repository, bad, { reason: 'pods crash\nPlumbline-Actor: root' }));
    expect(await git('rev-parse', 'main^{tree}')).toBe(tree);
    expect(await git('log', '-1', '--format=%an|%cn|%P|%B', 'main')).toBe(
      [
        `Ana|Plumbline|${bad}|Revert "Raise "replicas""`,
        '',
        `This reverts commit ${bad}.`,
        '',
        'pods crash Plumbline-Actor: root',
        '',
        'Plumbline-App: eu-1/web',
        'Plumbline-Actor: Ana',
      ].join('\n'),
    );
    expect(reverted).toMatchObject({ branch: 'main', base: 'main' });
    expect(await git('log', '-1', '--format=%(trailers:key=Plumbline-Actor,valueonly)', 'main')).toBe('Ana');
  });

  test('for files that came and went, in folders that become empty', async () => {
    await push({ 'a.yaml': 'one\n', 'old/x.yaml': 'x\n', 'ünï/c.yaml': 'c\n' }, 'first');
    const bad = await push({ 'new/n.yaml': 'n\n', 'old/x.yaml': null, 'ünï/c.yaml': 'd\n' }, 'second');
    await push({ 'later.yaml': 'l\n' }, 'third');
    await expectStock(openRepository(server.url(name)), bad);
  });

  test('for an older commit, when the same files were changed at other places since', async () => {
    await push({ 'a.yaml': linesWith({}), 'b.yaml': linesWith({}) }, 'first');
    const bad = await push(
      { 'a.yaml': linesWith({ 3: 'bad', 20: 'bad too\nand more' }), 'b.yaml': linesWith({ 0: 'x' }) },
      'second',
    );
    await push({ 'a.yaml': linesWith({ 3: 'bad', 10: 'good', 20: 'bad too\nand more', 29: 'end' }) }, 'third');
    await push({ 'c.yaml': 'c' }, 'fourth');
    await expectStock(openRepository(server.url(name)), bad);
  });

  test('for a merge commit, back to its first parent', async () => {
    await push({ 'a.yaml': linesWith({}) }, 'first');
    const directory = join(scratch, `merge-${name}`);
    const run = (...args: string[]) =>
      runGit({ directory, args: ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args] });
    await runGit({ directory: scratch, args: ['clone', '-q', server.url(name), directory] });
    await run('checkout', '-q', '-b', 'topic');
    await writeFile(join(directory, 'a.yaml'), linesWith({ 5: 'topic' }));
    await run('commit', '-qam', 'topic');
    await run('checkout', '-q', 'main');
    await writeFile(join(directory, 'b.yaml'), 'b\n');
    await run('add', '.');
    await run('commit', '-qm', 'main goes on');
    await run('merge', '-q', '--no-ff', '-m', 'Merge topic', 'topic');
    await run('push', '-q', 'origin', 'main');
    const merge = await git('rev-parse', 'main');
    const parent = await git('rev-parse', 'main^1');
    await expectStock(openRepository(server.url(name)), merge, '-m', '1');
    expect(await git('log', '-1', '--format=%b', 'main')).toContain(
      `This reverts commit ${merge}, reversing\nchanges made to ${parent}.`,
    );
  });

  test('for a commit of many files among thousands', async () => {
    const files = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`apps/${i % 40}/f${i}.yaml`, `value: ${i}\n`]));
    await push(files, 'first');
    const bad = await push(
      Object.fromEntries(Object.keys(files).map((path, i) => [path, i % 3 ? `value: ${i}\n` : 'bad\n'])),
      'bad',
    );
    await push({ 'apps/1/f1.yaml': 'later\n' }, 'third');
    await expectStock(openRepository(server.url(name)), bad);
  });
});

describe('refuses', () => {
  test('what was changed in the same places since, naming the paths, and pushes nothing', async () => {
    await push({ 'a.yaml': linesWith({}), 'b.yaml': 'b\n', 'gone.yaml': 'x\n' }, 'first');
    const bad = await push({ 'a.yaml': linesWith({ 3: 'bad' }), 'b.yaml': 'bad\n', 'gone.yaml': 'y\n' }, 'second');
    const head = await push({ 'a.yaml': linesWith({ 3: 'worse' }), 'gone.yaml': null }, 'third');
    const outcome = await revert(openRepository(server.url(name)), bad);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'revert.conflict' } });
    expect(JSON.stringify(outcome)).toContain('a.yaml, gone.yaml');
    expect(await git('rev-parse', 'main')).toBe(head);
  });

  test('a commit that was reverted already, and the first commit', async () => {
    const first = await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    const repository = openRepository(server.url(name));
    done(await revert(repository, bad));
    expect(codeOf(await revert(repository, bad))).toBe('revert.nothing');
    expect(codeOf(await revert(repository, first))).toBe('revert.nothing');
  });

  test('a tag and a commit: there is no branch to push to', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    await git('tag', 'v1', bad);
    const repository = openRepository(server.url(name));
    expect(codeOf(await revert(repository, bad, { revision: 'v1' }))).toBe('revert.not_branch');
    expect(codeOf(await revert(repository, bad, { revision: bad }))).toBe('revert.not_branch');
    expect(done(await revert(repository, bad, { revision: 'HEAD' })).branch).toBe('main');
  });

  test("what a protected branch's hook refuses, with its words", async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    const hook = join(server.directory, `${name}.git`, 'hooks', 'pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "main is protected: https://u:canary-pw@host/x" >&2\nexit 1\n', { mode: 0o755 });
    const outcome = await revert(openRepository(server.url(name)), bad);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'git.push_refused', where: 'refs/heads/main' } });
    expect(JSON.stringify(outcome)).toContain('main is protected');
    expect(JSON.stringify(outcome)).not.toContain('canary-pw');
    expect(await git('rev-parse', 'main')).toBe(bad);
  });

  test('credentials that may read but not push', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    const repository = openRepository(server.url(name));
    good(await refreshOne(repository, 'main'));
    server.setFault(({ query }) => (query.includes('git-receive-pack') ? { status: 403 } : undefined));
    expect(codeOf(await revert(repository, bad))).toBe('git.write_denied');
  });
});

describe('a branch that moves', () => {
  test('is reverted on its new tip', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    const repository = openRepository(server.url(name));
    let moved: Promise<string> | undefined;
    server.setFault(({ path }) => {
      if (path.endsWith('/git-receive-pack')) moved ??= push({ 'b.yaml': 'b\n' }, 'third');
      return moved === undefined ? undefined : { delayMilliseconds: 300 };
    });
    const reverted = done(await revert(repository, bad));
    expect(await git('log', '-1', '--format=%P', reverted.commit)).toBe(await moved);
    expect(await git('show', 'main:a.yaml')).toBe('one');
    expect(await git('show', 'main:b.yaml')).toBe('b');
  });

  test('is not pushed to twice when the answer gets lost', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    server.setFault(({ path }) => (path.endsWith('/git-receive-pack') ? { truncateAfter: 0 } : undefined));
    const reverted = done(await revert(openRepository(server.url(name)), bad));
    expect(await git('rev-parse', 'main')).toBe(reverted.commit);
    expect(await git('rev-list', '--count', 'main')).toBe('3');
  });
});

describe('a proposal', () => {
  test('is a branch of its own, made once', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    const repository = openRepository(server.url(name));
    const ask = { proposal: 'plumbline/revert-web' };
    const first = done(await revert(repository, bad, ask));
    expect(first).toMatchObject({ branch: 'plumbline/revert-web', base: 'main' });
    expect(await git('rev-parse', 'plumbline/revert-web')).toBe(first.commit);
    expect(await git('rev-parse', 'main')).toBe(bad);
    await push({ 'b.yaml': 'b\n' }, 'third');
    expect(done(await revert(repository, bad, ask)).commit).toBe(first.commit);
  });

  test('leaves a branch of that name alone that is something else', async () => {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    await git('branch', 'taken', bad);
    expect(codeOf(await revert(openRepository(server.url(name)), bad, { proposal: 'taken' }))).toBe('api.conflict');
  });
});

test('S08: the credentials go to the configured server only', async () => {
  const other = await startGitServer({ credentials: { username: 'u', password: 'p' } });
  try {
    await push({ 'a.yaml': 'one\n' }, 'first');
    const bad = await push({ 'a.yaml': 'two\n' }, 'second');
    server.setFault(({ path, query }) =>
      query.includes('git-receive-pack') ? { status: 307, headers: { location: `${other.origin}${path}?${query}` } } : undefined,
    );
    const credentials = { kind: 'basic', username: 'u', password: 'p' } as const;
    expect(codeOf(await revert(openRepository(server.url(name)), bad, { credentials }))).toBe('git.write_denied');
    expect(other.requests().every(({ authorization }) => authorization === undefined)).toBe(true);
  } finally {
    await other.stop();
  }
});
