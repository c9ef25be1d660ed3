/** Something has happened: whoever waits is woken, and whoever begins to wait later knows it too. */
export interface Signal {
  readonly wake: () => void;
  /** Resolves when it was woken since the last wait ended. */
  readonly wait: () => Promise<void>;
}

export function createSignal(): Signal {
  let isWoken = false;
  let waiting: (() => void)[] = [];
  return {
    wake() {
      isWoken = true;
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve();
    },
    async wait() {
      if (!isWoken) await new Promise<void>((resolve) => waiting.push(resolve));
      isWoken = false;
    },
  };
}
