/** Does synchronous work for which it is always the first second of 1970, so that what is seeded with the time is always the same. */
export function withStoppedClock<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
