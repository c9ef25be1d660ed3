/**
 * A lock between processes, as a file that its holder keeps fresh.
 *
 * Valid if and only if the file exists, its process lives, and it was touched within STALE_MS: so neither a
 * killed holder nor a process number used again blocks anyone for long. Two that both take over a stale lock at
 * the same instant can both get in; what they guard must survive that (see goBuild, where the second just loses).
 */
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const REFRESH_MS = 5_000;
const STALE_MS = 30_000;
const POLL_MS = 250;

/**
 * Runs `work` while holding the lock at `path`, waiting for it first.
 * @param waiting called once if somebody else holds it, with their process id (0 when unknown)
 */
export async function withBuildLock<T>(path: string, waiting: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await acquire(path, waiting);
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // Taken over as stale: the work is safe to finish all the same.
  }, REFRESH_MS);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    if ((await holder(path)) === process.pid) await rm(path, { force: true });
  }
}

async function acquire(path: string, waiting: (pid: number) => void): Promise<void> {
  let told = false;
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) {
      told = true;
      waiting(await holder(path));
    }
    await sleep(POLL_MS);
  }
}

async function isStale(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return false;
  if (Date.now() - file.mtimeMs > STALE_MS) return true;
  const pid = await holder(path);
  return pid !== 0 && !isAlive(pid);
}

/** The process id written in the lock; 0 when it is gone or not written yet. */
async function holder(path: string): Promise<number> {
  return Number(await readFile(path, 'utf8').catch(() => '0')) || 0;
}

/** True when a process of that id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
