import { type Problem, problem } from '../../core/problem/problem.ts';
import { acceptKeyList } from '../../core/protocol/keys.ts';
import type { Envelope, KeyList, PublicKey } from '../../core/protocol/messages.ts';
import type { Verify } from '../../core/protocol/signing.ts';
import { type AcceptedSnapshot, acceptSnapshot } from '../../core/protocol/snapshot-rules.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** What the agent trusts at this moment: the key list, and the newest snapshot signed under it. */
export interface Trusted {
  readonly keyList: KeyList | undefined;
  readonly keysEnvelope: Envelope | undefined;
  readonly accepted: AcceptedSnapshot | undefined;
  /** The key list under which `accepted` was signed: needed to verify it again after a restart. */
  readonly acceptedUnder: Envelope | undefined;
}

export interface Offer {
  readonly keys?: Envelope;
  readonly snapshot?: Envelope;
}

export interface TrustOptions {
  readonly root: PublicKey;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly verify: Verify;
  /** Milliseconds since the epoch, corrected by the Worker's clock. */
  readonly now: number;
}

/**
 * Judges what a peer (or our own store) offers; keeps what it had when it refuses. A new key list retires keys at once, but the snapshot that was
 * accepted under the old one stays: it was right when it came, and the Worker signs it again under the new list.
 * Fails with `protocol.refused` and the rule of PROTOCOL.md.
 */
export async function acceptOffer(
  offer: Offer,
  had: Trusted,
  options: TrustOptions,
): Promise<{ readonly trusted: Trusted; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  let trusted = had;
  if (offer.keys !== undefined) {
    const list = await acceptKeyList(offer.keys, { root: options.root, accepted: trusted.keyList, verify: options.verify });
    if (list.ok) trusted = { ...trusted, keyList: list.value, keysEnvelope: offer.keys };
    else problems.push(list.error);
  }
  if (offer.snapshot !== undefined) {
    const snapshot = await acceptAgainst(offer.snapshot, trusted, options);
    if (snapshot.ok) trusted = { ...trusted, accepted: snapshot.value, acceptedUnder: trusted.keysEnvelope };
    else problems.push(snapshot.error);
  }
  return { trusted, problems };
}

async function acceptAgainst(
  envelope: Envelope,
  trusted: Trusted,
  options: TrustOptions,
): Promise<Result<AcceptedSnapshot, Problem>> {
  if (trusted.keyList === undefined)
    return err(problem('protocol.refused', 'a snapshot came before any key list', { rule: 'P12' }));
  const { cluster, now, verify } = options;
  const accepted = await acceptSnapshot(envelope, { cluster, now, verify, keyList: trusted.keyList, accepted: trusted.accepted });
  return accepted.ok ? ok(accepted.value) : accepted;
}

/** Trust in nothing but the root key. */
export const NO_TRUST: Trusted = { keyList: undefined, keysEnvelope: undefined, accepted: undefined, acceptedUnder: undefined };
