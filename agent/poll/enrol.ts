import { type Problem, problem } from '../../core/problem/problem.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import type { Envelope, PublicKey } from '../../core/protocol/messages.ts';
import type { Signer, Verify } from '../../core/protocol/signing.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { StateSecrets } from '../cluster/state-secrets.ts';
import { newSeed, shortHash, signerOf } from '../platform/crypto.ts';
import type { WorkerClient } from './worker-client.ts';

/**
 * Who this agent is: an Ed25519 key that is made here, stored in the cluster *before* it is used, and never leaves it. Enrolment binds the
 * one-use token to it; a retry with the same key is answered the same way, so a kill between any two steps costs nothing.
 *
 *   Secret plumbline-agent-identity: "seed" (32 bytes), "keys" (the first key list, once enrolled), "token" (a hash of the token that was used)
 *
 * Another token than the one that was used enrols again with the same key: `plumb cluster add` was run once more.
 */
export interface Identity {
  readonly signer: Signer;
  /** The key list that enrolment gave; undefined while not enrolled. */
  readonly keys: Envelope | undefined;
  /** Which token was used, as a hash. */
  readonly token: string;
}

const NAME = 'plumbline-agent-identity';

/** Reads the identity, or makes and stores one. */
export async function loadIdentity(secrets: StateSecrets): Promise<Result<Identity, Problem>> {
  for (;;) {
    const stored = await secrets.read(NAME);
    if (!stored.ok) return err(stored.error.problem);
    const seed = stored.value?.data.get('seed');
    if (seed !== undefined && seed.length === 32) {
      const keys = stored.value?.data.get('keys');
      // Verified with the pinned root key before it is used, like every key list.
      return ok({
        signer: signerOf(seed),
        keys: keys === undefined ? undefined : parseKeys(keys),
        token: stored.value?.data.get('token')?.toString() ?? '',
      });
    }
    const written = await secrets.write(NAME, new Map([['seed', newSeed()]]), stored.value?.resourceVersion ?? 'absent');
    // Another agent was faster: its key is the cluster's key.
    if (!written.ok && written.error.problem.code !== 'apply.conflict') return err(written.error.problem);
  }
}

/** A stored key list that cannot be read is as good as none: enrolment gives it again. */
function parseKeys(bytes: Buffer): Envelope | undefined {
  try {
    return JSON.parse(bytes.toString()) as Envelope;
  } catch {
    return undefined;
  }
}

export interface Enrolment {
  readonly identity: Identity;
  readonly token: string | undefined;
  readonly cluster: string;
  readonly root: PublicKey;
  readonly verify: Verify;
  readonly worker: WorkerClient;
  readonly secrets: StateSecrets;
  readonly kubernetesVersion: string;
  readonly agentVersion: string;
}

/** Enrols with the token unless that was done before; gives the key list. Fails with `enrol.token` and what the Worker or the root key refuses. */
export async function enrol(options: Enrolment): Promise<Result<Envelope, Problem>> {
  const { identity, token, root, verify, secrets } = options;
  const isNew = token !== undefined && token !== '' && shortHash(token) !== identity.token;
  if (identity.keys !== undefined && !isNew) return ok(identity.keys);
  if (token === undefined || token === '') return err(problem('enrol.token', 'this agent is not enrolled and has no token'));
  const answer = await options.worker.enrol({
    token,
    publicKey: identity.signer.publicKey,
    cluster: options.cluster,
    kubernetesVersion: options.kubernetesVersion,
    agentVersion: options.agentVersion,
  });
  if (!answer.ok) return answer;
  const { keys } = answer.value;
  const accepted = await acceptKeyList(keys, { root, accepted: undefined, verify });
  if (!accepted.ok) return accepted;
  const stored = await secrets.read(NAME);
  if (!stored.ok) return err(stored.error.problem);
  const data = new Map(stored.value?.data ?? []);
  data.set('keys', Buffer.from(JSON.stringify(keys)));
  data.set('token', Buffer.from(shortHash(token)));
  const written = await secrets.write(NAME, data, stored.value?.resourceVersion);
  return written.ok ? ok(keys) : err(written.error.problem);
}
