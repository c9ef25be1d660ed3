const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that starts a Miniflare, without the signal handlers that it installs: they end the process at once, before anything of ours is stopped
 * or removed. Its `exit` handler, which ends workerd whatever happens, stays.
 */
export async function keepSignals<T>(work: () => Promise<T>): Promise<T> {
  const before = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  const done = await work();
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal))
      if (before.get(signal)?.has(listener) === false) process.off(signal, listener);
  }
  return done;
}
