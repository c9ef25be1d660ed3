/** Loaded into a process before its program, see warped-time.ts: replaces the clock that the program will find. Read again on SIGUSR2. */
import { readFileSync } from 'node:fs';

export interface Warp {
  /** Added to the wall clock; durations are measured by another clock, which stays right. */
  readonly offsetMs?: number;
  /** Timers of more than a minute end so many times sooner. */
  readonly hurry?: number;
}

const path = process.env['WARPED_TIME'];
if (path !== undefined) {
  const read = (): Warp => JSON.parse(readFileSync(path, 'utf8')) as Warp; // written by warped-time.ts
  let warp = read();
  process.on('SIGUSR2', () => {
    warp = read();
  });
  const now = Date.now;
  Date.now = () => now() + (warp.offsetMs ?? 0);
  const later = globalThis.setTimeout;
  const hurried = (call: () => void, ms = 0, ...args: []) => later(call, ms > 60_000 ? ms / (warp.hurry ?? 1) : ms, ...args);
  globalThis.setTimeout = Object.assign(hurried, later);
}
