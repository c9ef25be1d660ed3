/**
 * Limits of attempts: a token bucket for each address and kind, and one for all addresses together (S33). The number of buckets is bounded, but none
 * that still remembers a failure is given up for another: once all places are taken, unknown addresses share one. So nobody gets rid of their own
 * bucket by using many addresses, and what is tried under how many names does not matter at all.
 */
export interface Limit {
  /** Attempts at once. */
  readonly burst: number;
  /** Attempts regained in each minute. */
  readonly perMinute: number;
}

export interface Attempts {
  /** Seconds to wait before another attempt is looked at; 0 when it may be made now. It costs nothing by itself. */
  wait(address: string): number;
  /** Counts an attempt that failed. */
  failed(address: string): void;
}

interface Bucket {
  level: number;
  at: number;
}

const MAX_ADDRESSES = 10_000;

/** A limit for each address, and one for all of them together; both forget with time. */
export function createAttempts(limits: { readonly each: Limit; readonly all: Limit; readonly now: () => number }): Attempts {
  const { each, all, now } = limits;
  const everybody: Bucket = { level: all.burst, at: now() };
  const strangers: Bucket = { level: each.burst, at: now() };
  const buckets = new Map<string, Bucket>();

  const fill = (bucket: Bucket, limit: Limit): Bucket => {
    const time = now();
    bucket.level = Math.min(limit.burst, bucket.level + (Math.max(0, time - bucket.at) / 60_000) * limit.perMinute);
    bucket.at = time;
    return bucket;
  };
  const find = (address: string): Bucket | undefined => {
    const bucket = buckets.get(address);
    return bucket ?? (buckets.size >= MAX_ADDRESSES ? strangers : undefined);
  };
  const forgetFull = () => {
    for (const [address, bucket] of buckets) if (fill(bucket, each).level >= each.burst) buckets.delete(address);
  };
  const waitOf = (bucket: Bucket | undefined, limit: Limit) =>
    bucket === undefined || fill(bucket, limit).level >= 1 ? 0 : Math.ceil(((1 - bucket.level) * 60) / limit.perMinute);

  return {
    wait: (address) => Math.max(waitOf(find(address), each), waitOf(everybody, all)),
    failed(address) {
      fill(everybody, all).level = Math.max(0, everybody.level - 1);
      if (!buckets.has(address) && buckets.size >= MAX_ADDRESSES) forgetFull();
      let bucket = find(address);
      if (bucket === undefined) {
        bucket = { level: each.burst, at: now() };
        buckets.set(address, bucket);
      }
      fill(bucket, each).level = Math.max(0, bucket.level - 1);
    },
  };
}
