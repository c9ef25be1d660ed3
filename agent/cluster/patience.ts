import type { Clock } from '../platform/clock.ts';
import type { ApiFailure } from './cluster-api.ts';

/**
 * What the API server has asked us not to ask again for now (429 or 503 with Retry-After), by path. Whoever comes too early gets the same failure
 * without a request, so that no caller has to know of the others, and nobody sleeps while something newer may have to be done (threat F10).
 */
export interface Patience {
  /** The failure for a request that is too early; undefined when it may be sent. */
  readonly refusal: (path: string) => ApiFailure | undefined;
  /** A request failed: remembers it when the server named a time. */
  readonly heard: (path: string, failure: ApiFailure) => void;
}

/** A server that is overloaded refuses many paths at once; older ones are forgotten, and cost a request too many. */
const MAX_PATHS = 10_000;

export function createPatience(clock: Pick<Clock, 'monotonic'>): Patience {
  const refused = new Map<string, { readonly until: number; readonly failure: ApiFailure }>();
  return {
    refusal(path) {
      const known = refused.get(path);
      if (known === undefined) return undefined;
      const retryAfterMs = Math.ceil(known.until - clock.monotonic());
      if (retryAfterMs > 0) return { ...known.failure, retryAfterMs };
      refused.delete(path);
      return undefined;
    },
    heard(path, failure) {
      if (failure.retryAfterMs === undefined) return;
      const oldest = refused.size < MAX_PATHS ? undefined : refused.keys().next().value;
      if (oldest !== undefined) refused.delete(oldest);
      refused.set(path, { until: clock.monotonic() + failure.retryAfterMs, failure });
    },
  };
}
