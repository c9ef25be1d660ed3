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
    const body = await readAtMost(answer, MAX_BYTES);
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : body, { status: answer.status, headers: answer.headers });
  };
}

async function readAtMost(answer: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    size += value.length;
    if (size > limit) {
      await reader?.cancel();
      throw new ProviderRefused('the provider sent more than it should');
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
