import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Warp } from './warped-time-preload.ts';

/** A wrong clock for a process: the environment that gives it to it, and a way to set it while it runs. */
export interface WarpedTime {
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock of the process that runs with it. */
  set(pid: number, warp: Warp): Promise<void>;
}

/**
 * Time as faketime would make it, for Node processes: the wall clock is off by so much, and timers longer than a minute may run faster.
 * The program itself is not changed, and knows nothing of it.
 */
export async function createWarpedTime(dir: string, warp: Warp): Promise<WarpedTime> {
  const path = join(dir, `warp-${warpsMade++}.json`);
  const preload = fileURLToPath(new URL('warped-time-preload.ts', import.meta.url));
  await writeFile(path, JSON.stringify(warp));
  return {
    env: { NODE_OPTIONS: `--import=${preload}`, WARPED_TIME: path },
    async set(pid, next) {
      await writeFile(path, JSON.stringify(next));
      process.kill(pid, 'SIGUSR2');
    },
  };
}

let warpsMade = 0;
