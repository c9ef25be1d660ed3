/** Runs at most so many tasks at a time, first come, first served. */
export interface Limiter {
  readonly run: <T>(task: () => Promise<T>) => Promise<T>;
}

/** Makes a limiter; `max` tasks run side by side. */
export function createLimiter(max: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(task) {
      if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        // The place is handed on, so that `running` stays what it is.
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
