import { readBounded } from '../platform/read-bounded.ts';

/** What providers are asked through: the Worker's own fetch, with the hosts that it may reach, a deadline and no redirects. */
export interface ProviderNetwork {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly isAllowed: (url: URL) => boolean;
  /** True for hosts that the operator named: those may be asked without TLS. */
  readonly isNamed: (url: URL) => boolean;
  readonly deadline: (milliseconds: number) => AbortSignal;
}

const DEADLINE_MS = 10_000;
/** Discovery documents, keys, tokens and lists of teams are small. */
const MAX_BYTES = 1_000_000;

/** Thrown through the libraries that ask: a provider at a place, or with an answer, that is not taken. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
}

/** A fetch for libraries: refuses hosts that may not be asked (S07) and plain HTTP but for named ones (S36), follows nothing (S08), reads boundedly. */
export function providerFetch(network: ProviderNetwork): (url: string, init?: RequestInit) => Promise<Response> {
  return async (address, init = {}) => {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !network.isAllowed(url))
      throw new ProviderRefused('the provider is at a host that may not be asked');
    if (url.protocol !== 'https:' && !network.isNamed(url)) throw new ProviderRefused('the provider is not reached through TLS');
    const answer = await network.fetch(address, { ...init, redirect: 'manual', signal: network.deadline(DEADLINE_MS) });
    const body = await readBounded(answer, MAX_BYTES);
    if (!body.ok)
      throw new ProviderRefused(
        body.error.code === 'api.too_large' ? 'the provider sent more than it should' : 'the answer of the provider broke off',
      );
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : new Uint8Array(body.value), { status: answer.status, headers: answer.headers });
  };
}
