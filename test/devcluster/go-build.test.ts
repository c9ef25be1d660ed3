import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type GoBuild, goBuild } from '../../build/go-build.ts';

const silent = () => undefined;

/** A module of one program that prints `text`, and a cache of its own. */
async function makeModule(text: string): Promise<{ readonly build: GoBuild; readonly cache: string }> {
  const root = await mkdtemp(join(tmpdir(), 'go-build-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  // The compiler's own cache is not under test, and a cold one would compile the standard library.
  const { stdout } = await promisify(execFile)('go', ['env', 'GOCACHE'], { env: { ...process.env, XDG_CACHE_HOME: undefined } });
  const dir = join(root, 'module');
  await mkdir(dir);
  await writeFile(join(dir, 'go.mod'), 'module example.test/hello\n\ngo 1.26.0\n');
  await writeProgram(dir, text);
  const env = { CGO_ENABLED: '0', GOCACHE: stdout.trim() };
  return { build: { name: 'hello', dir, env, args: ['-trimpath'], output: 'hello' }, cache: join(root, 'cache', 'plumbline') };
}

function writeProgram(dir: string, text: string): Promise<void> {
  return writeFile(join(dir, 'main.go'), `package main\n\nfunc main() { print(${JSON.stringify(text)}) }\n`);
}

/** Go's `print` writes to standard error. */
async function output(path: string): Promise<string> {
  return (await promisify(execFile)(path)).stderr;
}

test('a build is done once, and again when a source changes', async () => {
  const { build } = await makeModule('one');
  const lines: string[] = [];
  const first = await goBuild(build, (line) => lines.push(line));
  expect(await output(first)).toBe('one');
  expect(lines.length).toBeGreaterThan(0);
  lines.length = 0;
  expect(await goBuild(build, (line) => lines.push(line))).toBe(first);
  expect(lines).toEqual([]);
  await writeProgram(build.dir, 'two');
  const second = await goBuild(build, silent);
  expect(second).not.toBe(first);
  expect(await output(second)).toBe('two');
});

test('what no compiler reads changes nothing', async () => {
  const { build } = await makeModule('one');
  const first = await goBuild(build, silent);
  await writeFile(join(build.dir, 'README.md'), 'more words');
  expect(await goBuild(build, silent)).toBe(first);
});

test('two builds at once give the same artefact', async () => {
  const { build, cache } = await makeModule('one');
  const [one, two] = await Promise.all([goBuild(build, silent), goBuild(build, silent)]);
  expect(one).toBe(two);
  expect(await output(one)).toBe('one');
  expect(await readdir(cache)).toHaveLength(1);
});

test('what a killed build left is removed and blocks nobody', async () => {
  const { build, cache } = await makeModule('one');
  // No process has this number: Linux' limit is 4,194,304.
  await mkdir(join(cache, 'hello-building-99999999-abcdef'), { recursive: true });
  const first = await goBuild(build, silent);
  const entry = first.slice(0, first.lastIndexOf('/'));
  await rm(entry, { recursive: true });
  await writeFile(`${entry}.lock`, '99999999');
  expect(await goBuild(build, silent)).toBe(first);
  expect(await readdir(cache)).toHaveLength(1);
});

test('the three builds used last are kept', async () => {
  const { build, cache } = await makeModule('0');
  const first = await goBuild(build, silent);
  for (const text of ['1', '2', '3']) {
    await writeProgram(build.dir, text);
    await goBuild(build, silent);
  }
  const kept = await readdir(cache);
  expect(kept).toHaveLength(3);
  expect(kept).not.toContain(first.split('/').at(-2));
});

test('sources that do not compile are named, and nothing half is left', async () => {
  const { build, cache } = await makeModule('one');
  await writeFile(join(build.dir, 'main.go'), 'package main\n\nfunc main() { undefinedFunction() }\n');
  await expect(goBuild(build, silent)).rejects.toThrow(/GoBuildError|undefined: undefinedFunction/);
  expect(await readdir(cache)).toEqual([]);
});

test('a machine without Go is told to install it', async () => {
  const { build } = await makeModule('one');
  vi.stubEnv('PATH', join(tmpdir(), 'no-such-folder'));
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(goBuild(build, silent)).rejects.toThrow(/Install Go 1\.26/);
});

test('a Go that is too old is named with its version', async () => {
  const { build } = await makeModule('one');
  const folder = await mkdtemp(join(tmpdir(), 'old-go-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'go'), '#!/bin/sh\necho go1.22.3\n', { mode: 0o755 });
  vi.stubEnv('PATH', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(goBuild(build, silent)).rejects.toThrow(/go1\.22\.3/);
});
