import type { Network } from '../../src/fetch/http.ts';

/** The Network port on Node's own fetch. */
export const nodeNetwork: Network = {
  // A body that is read piece by piece fits; Node's type only says more about it.
  fetch: (url, init) => fetch(url, init) as ReturnType<Network['fetch']>,
  deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
};
