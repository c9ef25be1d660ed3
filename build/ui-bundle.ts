/**
 * Builds the dashboard once and keeps the result outside the tree.
 *
 *     ~/.cache/plumbline/ui-<16 hex digits>/          index.html, favicon.svg, assets/…; the digits are a hash of everything that decides it
 *     ~/.cache/plumbline/ui-<16 hex digits>.lock      held while it is being built
 *     ~/.cache/plumbline/ui-building-<pid>-<random>/  an unfinished build, renamed into place when it is whole
 *
 * An entry is therefore either whole or absent. What decides it: the files of ui/, those of core/ that they import, and the versions of packages.
 * Vite runs in a process of its own: it takes NODE_ENV from its surroundings, and tests have another one.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withBuildLock } from './build-lock.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KEPT_ENTRIES = 4;
/** A Worker that still runs may serve an entry that was built before: nothing younger is removed. */
const KEPT_MS = 6 * 3_600_000;

/** Gives the folder of the built dashboard, building it unless that was done before. Throws with Vite's words when it cannot be built. */
export async function bundleUi(progress: (line: string) => void): Promise<string> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const target = join(cache, `ui-${await hashInputs()}`);
  if (await isFolder(target)) return touch(target);
  return withBuildLock(
    `${target}.lock`,
    (pid) => progress(`dashboard: process ${pid} is building it`),
    async () => {
      if (await isFolder(target)) return touch(target);
      progress('dashboard: building');
      const made = await mkdtemp(join(cache, `ui-building-${process.pid}-`));
      try {
        await runVite(made);
        await rename(made, target).catch(async (error: unknown) => {
          // Somebody took the lock over and was faster; theirs is the same.
          if (!(await isFolder(target))) throw error;
        });
      } finally {
        await rm(made, { recursive: true, force: true });
      }
      await removeOldEntries(cache);
      return target;
    },
  );
}

/** Puts the built dashboard where wrangler takes it from. */
export async function buildUi(outDir: string, progress: (line: string) => void): Promise<void> {
  const from = await bundleUi(progress);
  await rm(outDir, { recursive: true, force: true });
  await cp(from, outDir, { recursive: true });
}

function runVite(outDir: string): Promise<void> {
  const args = [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', 'ui', '--outDir', outDir, '--logLevel', 'warn'];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`The dashboard cannot be built: Vite ended with ${code}.\n${output.slice(-4_000)}`)),
    );
  });
}

async function hashInputs(): Promise<string> {
  const files = (await readdir(join(ROOT, 'ui'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = new Map<string, string>();
  for (const queue = [...files, join(ROOT, 'package-lock.json')]; queue.length > 0; ) {
    const file = queue.pop() ?? '';
    if (texts.has(file)) continue;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    texts.set(file, text);
    if (/\.tsx?$/.test(file)) queue.push(...importsOf(text).map((name) => resolve(dirname(file), name)));
  }
  const hash = createHash('sha256');
  for (const [file, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${file.slice(ROOT.length)}\0${text.length}\0${text}`);
  return hash.digest('hex').slice(0, 16);
}

/** Relative imports of a module that remain when its types are gone. */
function importsOf(text: string): readonly string[] {
  const found = text.matchAll(
    /^\s*(?:import|export|\} from)\b(?! type\b)[^'"\n]*['"](\.[^'"\n]+)['"]|import\(['"](\.[^'"]+)['"]\)/gm,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

async function removeOldEntries(cache: string): Promise<void> {
  const entries: { readonly path: string; readonly used: number }[] = [];
  for (const name of await readdir(cache)) {
    if (!/^ui-([0-9a-f]{16}|building-.+)$/.test(name)) continue;
    const found = await stat(join(cache, name)).catch(() => undefined);
    if (found !== undefined) entries.push({ path: join(cache, name), used: found.mtimeMs });
  }
  entries.sort((a, b) => b.used - a.used);
  for (const { path, used } of entries.slice(KEPT_ENTRIES))
    if (Date.now() - used > KEPT_MS) await rm(path, { recursive: true, force: true });
}

async function touch(path: string): Promise<string> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // it only says when it was used last
  return path;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The same place as for what Go builds. */
function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'plumbline');
}
