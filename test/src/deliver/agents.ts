import type { PollRequest } from '../../../core/protocol/messages.ts';
import { parseClaim, type RequestClaim, signRequest } from '../../../core/protocol/request-signature.ts';
import type { Signer } from '../../../core/protocol/signing.ts';
import { makeEd25519, openSigner } from '../../../src/platform/ed25519.ts';
import type { ClusterFacts } from '../../../src/platform/ports.ts';

export const UID = 'uid-1';
export const PATH = '/agent/poll';

/** A key pair of an agent, or of the Worker. */
export async function makeSigner(): Promise<Signer> {
  const { seed, publicKey } = await makeEd25519();
  return openSigner(seed, publicKey);
}

let nonces = 0;

/** A request as the Worker receives it: signed, with a nonce of its own. */
export async function signed(
  agent: Signer,
  request: { readonly body: object | string; readonly time: number; readonly path?: string; readonly cluster?: string },
): Promise<{ readonly claim: RequestClaim; readonly body: Uint8Array; readonly path: string }> {
  const { path = PATH, time, cluster = UID } = request;
  const body = new TextEncoder().encode(typeof request.body === 'string' ? request.body : JSON.stringify(request.body));
  const nonce = `nonce-${String(++nonces).padStart(16, '0')}`;
  const headers = await signRequest({ method: 'POST', path, body, time, nonce }, cluster, agent);
  const claim = parseClaim((name) => headers[name]);
  if (!claim.ok) throw new Error(claim.error.message);
  return { claim: claim.value, body, path };
}

export function pollRequest(has: Partial<PollRequest> = {}): PollRequest {
  return { cluster: UID, generation: 0, keys: 0, bundles: [], expiresAt: 0, agentVersion: 'test', ...has };
}

export function factsOf(agent: Signer, facts: Partial<ClusterFacts> = {}): ClusterFacts {
  return { name: 'eu-1', uid: UID, agentKey: agent.publicKey, generation: 1, keys: 1, expiresAt: 1000, ...facts };
}
