/** Seconds since the epoch, for programs that ask. */
export const wallSeconds = (): number => Date.now() / 1_000;
