import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds; generous, because it only matters when the test fails. */
  readonly timeout?: number;
  /** What to say of the state when the time is over. */
  readonly describe?: () => Promise<unknown> | unknown;
}

/** Asks until the probe gives something else than undefined or false, and gives that. A probe that throws has not succeeded yet. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const { timeout = 60_000, describe } = options;
  const deadline = performance.now() + timeout;
  let failure: unknown;
  for (;;) {
    try {
      const got = await probe();
      if (got !== undefined && got !== false) return got;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) {
      const state = describe === undefined ? '' : `; ${JSON.stringify(await describe(), null, 1)}`;
      throw new Error(`waited ${timeout / 1000} s for ${what}${state}`, { cause: failure });
    }
    await sleep(20);
  }
}
