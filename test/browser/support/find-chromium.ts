import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { withBuildLock } from '../../../build/build-lock.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * The path of a Chromium: the one that PLUMBLINE_CHROMIUM names, one on the PATH, or the one that Playwright once installed. Where there is none it is
 * installed: Debian's for root on a Debian, Playwright's own elsewhere; `progress` is told. Throws with what to do when that fails.
 */
export async function findChromium(progress: (line: string) => void): Promise<string> {
  const found = await look();
  if (found !== undefined) return found;
  return withBuildLock(
    join(tmpdir(), 'plumbline-chromium.lock'),
    (pid) => progress(`Chromium: process ${pid} is installing it`),
    async () => {
      const meanwhile = await look();
      if (meanwhile !== undefined) return meanwhile;
      await install(progress);
      const installed = await look();
      if (installed !== undefined) return installed;
      throw new Error('There is no Chromium, and none could be installed. Install one and name it in PLUMBLINE_CHROMIUM.');
    },
  );
}

async function look(): Promise<string | undefined> {
  const named = process.env['PLUMBLINE_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const place of [...places, chromium.executablePath()]) if (await isProgram(place)) return place;
  return undefined;
}

async function install(progress: (line: string) => void): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && (await isProgram('/usr/bin/apt-get'))) {
    progress('Chromium: installing the package of this Debian');
    const ready = (await run('apt-get', ['update', '-q'], progress)) === 0;
    if (ready && (await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], progress)) === 0) return;
  }
  progress("Chromium: installing Playwright's");
  await run(process.execPath, [join(ROOT, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'], progress);
}

/** Runs a program, telling of each line that it writes; gives its exit code. */
function run(program: string, args: readonly string[], progress: (line: string) => void): Promise<number> {
  return new Promise((done) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(program, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const tell = (chunk: Buffer) => {
      for (const line of chunk.toString().split(/[\r\n]+/)) if (line.trim() !== '') progress(`Chromium: ${line.trim()}`);
    };
    child.stdout.on('data', tell);
    child.stderr.on('data', tell);
    child.on('error', () => done(127));
    child.on('close', (code) => done(code ?? 1));
  });
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
