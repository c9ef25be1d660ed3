/**
 * Builds a Go module once and keeps the result outside the tree.
 *
 * Layout of the cache ($XDG_CACHE_HOME or ~/.cache):
 *
 *     plumbline/<name>-<16 hex digits>/<output>    a finished build; the digits are a hash of everything that decides it
 *     plumbline/<name>-<16 hex digits>.lock        held while it is being built
 *     plumbline/<name>-building-<pid>-<random>/    an unfinished build, renamed into place when it is whole
 *
 * An entry is therefore either whole or absent, and a changed source is another entry.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive, withBuildLock } from './build-lock.ts';

/** What to build: `args` are build flags of `go build` (not `-o`, not packages), `env` is added to this process's own. */
export interface GoBuild {
  readonly name: string;
  /** The folder of go.mod. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** File name of the artefact. */
  readonly output: string;
}

/** A build that could not be done; the message says what happened, why, and what to do. */
export class GoBuildError extends Error {
  override readonly name = 'GoBuildError';
}

const OLDEST_GO = [1, 26] as const;
const KEPT_ENTRIES = 3;
const PROGRESS_MS = 2_000;
/** Files beside the Go sources that no build reads. */
const NOT_SOURCE = /(\.md|\.ts|_test\.go)$/;

/**
 * Gives the absolute path of the artefact, building it unless that was done before.
 * @param progress called with one line for people every few seconds while it builds, never when nothing is to be done
 * @throws GoBuildError when Go is missing or too old, or the sources do not compile
 */
export async function goBuild(build: GoBuild, progress: (line: string) => void): Promise<string> {
  const cache = join(cacheHome(), 'plumbline');
  const entry = join(cache, `${build.name}-${await computeKey(build, await goVersion(build))}`);
  const artefact = join(entry, build.output);
  if (!(await isFile(artefact))) {
    await mkdir(cache, { recursive: true });
    const waiting = (pid: number) => progress(`${build.name}: waiting for process ${pid}, which is building it`);
    await withBuildLock(`${entry}.lock`, waiting, async () => {
      if (!(await isFile(artefact))) await buildInto({ build, cache, entry, progress });
    });
    await removeOldEntries(cache, build.name);
  }
  const now = new Date();
  await utimes(entry, now, now); // The time of last use decides which entries are kept.
  return artefact;
}

/** Where builds are kept: the folder that holds `plumbline/`. */
export function cacheHome(): string {
  const named = process.env['XDG_CACHE_HOME'];
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
}

/** Hash of the sources, the compiler and the command: 16 hex digits. */
async function computeKey(build: GoBuild, version: string): Promise<string> {
  const hash = createHash('sha256');
  const env = Object.entries(build.env).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify([version, process.platform, process.arch, build.args, env, build.output]));
  for (const path of await sourceFiles(build.dir)) {
    const content = await readFile(join(build.dir, path));
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

async function sourceFiles(dir: string): Promise<readonly string[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  return found
    .filter((file) => file.isFile() && !NOT_SOURCE.test(file.name))
    .map((file) => join(file.parentPath, file.name).slice(resolve(dir).length + 1))
    .sort();
}

/** The compiler that go.mod selects, for example `go1.26.8`. */
async function goVersion(build: GoBuild): Promise<string> {
  const result = await run(build, ['env', 'GOVERSION']).catch((error: unknown) => {
    throw new GoBuildError(
      `Cannot build ${build.name}: the command \`go\` cannot be started (${String(error)}). ` +
        `It is written in Go. Install Go ${OLDEST_GO.join('.')} or newer from https://go.dev/dl and put it on PATH.`,
    );
  });
  const version = result.stdout.trim();
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (result.code !== 0) {
    throw new GoBuildError(`Cannot build ${build.name}: \`go env GOVERSION\` failed. ${result.stderr.trim()}`);
  }
  const tooOld = Number(major) < OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) < OLDEST_GO[1]);
  if (tooOld) {
    throw new GoBuildError(
      `Cannot build ${build.name}: \`go\` on PATH is ${version}, its libraries need ${OLDEST_GO.join('.')}. ` +
        'Install a newer Go from https://go.dev/dl and put it first on PATH.',
    );
  }
  return version;
}

async function buildInto(options: {
  readonly build: GoBuild;
  readonly cache: string;
  readonly entry: string;
  readonly progress: (line: string) => void;
}): Promise<void> {
  const { build, cache, entry } = options;
  const unfinished = await mkdtemp(join(cache, `${build.name}-building-${process.pid}-`));
  try {
    await compile(build, join(unfinished, build.output), options.progress);
    // Fails when somebody else's identical build came first, which is as good.
    await rename(unfinished, entry).catch(async (error: unknown) => {
      if (!(await isFile(join(entry, build.output)))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function compile(build: GoBuild, output: string, progress: (line: string) => void): Promise<void> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1_000);
  progress(`${build.name}: building (minutes the first time, seconds after a change)`);
  let total = 0;
  let compiled = 0;
  const timer = setInterval(() => {
    // Packages compiled by an earlier build are not named again, so the count may stay at zero.
    const packages = compiled === 0 ? '' : `, ${compiled} packages compiled (${total} in all)`;
    progress(`${build.name}: building since ${seconds()} s${packages}`);
  }, PROGRESS_MS);
  try {
    // Also downloads what is missing, so that the build itself is only compiling.
    const listed = await run(build, ['list', '-deps', ...build.args]);
    total = listed.stdout.split('\n').length - 1;
    const failure: string[] = [];
    const code = await follow(build, ['build', '-v', '-o', output, ...build.args], (line) => {
      if (/^[\w./-]+$/.test(line)) compiled++;
      else failure.push(line);
    });
    if (code !== 0) {
      const why = failure.slice(-20).join('\n') || listed.stderr.trim() || `exit code ${code}`;
      throw new GoBuildError(`Cannot build ${build.name}: \`go build\` in ${build.dir} failed.\n${why}`);
    }
  } finally {
    clearInterval(timer);
  }
  progress(`${build.name}: built in ${seconds()} s`);
}

function start(build: GoBuild, args: readonly string[]): ChildProcess {
  return spawn('go', args, { cwd: build.dir, env: { ...process.env, ...build.env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs `go` to its end; rejects only when it cannot be started. */
function run(build: GoBuild, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done, fail) => {
    const child = start(build, args);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 1, stdout, stderr }));
  });
}

/** Runs `go` to its end, handing over each line that it writes to standard error; gives the exit code. */
function follow(build: GoBuild, args: readonly string[], line: (text: string) => void): Promise<number> {
  return new Promise((done, fail) => {
    const child = start(build, args);
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', line);
    child.stdout?.resume();
    child.on('error', fail);
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Removes all but the entries used last, and what killed builds have left. */
async function removeOldEntries(cache: string, name: string): Promise<void> {
  const entries: { readonly path: string; readonly used: number }[] = [];
  for (const file of await readdir(cache)) {
    if (!file.startsWith(`${name}-`)) continue;
    const path = join(cache, file);
    const rest = file.slice(name.length + 1);
    const unfinished = /^building-(\d+)-/.exec(rest);
    if (unfinished !== null && !isAlive(Number(unfinished[1]))) await rm(path, { recursive: true, force: true });
    const found = /^[0-9a-f]{16}$/.test(rest) ? await stat(path).catch(() => undefined) : undefined;
    if (found !== undefined) entries.push({ path, used: found.mtimeMs });
  }
  entries.sort((a, b) => b.used - a.used);
  for (const old of entries.slice(KEPT_ENTRIES)) await rm(old.path, { recursive: true, force: true });
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}
