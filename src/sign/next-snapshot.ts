import type { Digest } from '../../core/bundle/bundle.ts';
import { signEnvelope } from '../../core/protocol/dsse.ts';
import { type Envelope, SNAPSHOT_TYPE, type Snapshot, type SnapshotApp } from '../../core/protocol/messages.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import { snapshotDigest } from '../../core/protocol/snapshot-rules.ts';

/** How long a snapshot may be accepted, and when the Worker signs it again: an agent that is cut off has half a day to come back before pruning stops. */
export const VALID_MS = 24 * 60 * 60_000;
export const RENEW_BEFORE_MS = 12 * 60 * 60_000;

/** A signed generation, as the Cluster object keeps it. */
export interface SignedSnapshot {
  readonly snapshot: Snapshot;
  readonly digest: Digest;
  readonly envelope: Envelope;
}

/**
 * Signs the next generation for a cluster: one above the newest, naming it as its predecessor.
 * Generations go on counting across key lists; order is (keys, generation) all the same (PROTOCOL.md).
 */
export async function signNext(
  input: {
    readonly cluster: string;
    readonly clusterName: string;
    readonly keys: number;
    readonly newest: { readonly generation: number; readonly digest: Digest } | undefined;
    readonly apps: readonly SnapshotApp[];
    readonly now: number;
  },
  signer: Signer,
): Promise<SignedSnapshot> {
  const { newest, now, ...rest } = input;
  const snapshot: Snapshot = {
    ...rest,
    generation: (newest?.generation ?? 0) + 1,
    previous: newest?.digest ?? null,
    issuedAt: now,
    expiresAt: now + VALID_MS,
  };
  return seal(snapshot, signer);
}

/** Signs the same generation again with a later expiry. */
export async function signAgain(newest: Snapshot, now: number, signer: Signer): Promise<SignedSnapshot> {
  return seal({ ...newest, issuedAt: now, expiresAt: now + VALID_MS }, signer);
}

async function seal(snapshot: Snapshot, signer: Signer): Promise<SignedSnapshot> {
  return { snapshot, digest: snapshotDigest(snapshot), envelope: await signEnvelope(SNAPSHOT_TYPE, snapshot, signer) };
}
