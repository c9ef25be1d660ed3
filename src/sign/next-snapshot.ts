import type { Digest } from '../../core/bundle/bundle.ts';
import { fromBase64, fromUtf8, toBase64, toHex, toUtf8 } from '../../core/json/bytes.ts';
import { pae, signEnvelope } from '../../core/protocol/dsse.ts';
import { type Envelope, SNAPSHOT_TYPE, type Snapshot } from '../../core/protocol/messages.ts';
import type { Signer } from '../../core/protocol/signing.ts';
import { snapshotDigest } from '../../core/protocol/snapshot-rules.ts';

/** How long a snapshot may be accepted, and when the Worker signs it again: an agent that is cut off has half a day to come back before pruning stops. */
export const VALID_MS = 24 * 60 * 60_000;
export const RENEW_BEFORE_MS = 12 * 60 * 60_000;

/** A signed generation, as the Cluster object keeps it. */
export interface SignedSnapshot {
  readonly generation: number;
  readonly keys: number;
  readonly expiresAt: number;
  readonly digest: Digest;
  readonly envelope: Envelope;
}

/**
 * Signs the next generation for a cluster: one above the newest, naming it as its predecessor.
 * Generations go on counting across key lists; order is (keys, generation) all the same (PROTOCOL.md).
 *
 * The payload is put together as text from the Apps' parts, each the canonical JSON of a SnapshotApp, in the order of their names: the result is
 * the canonical JSON of the Snapshot, and the Apps that did not change cost no more than their bytes.
 */
export async function signNext(
  input: {
    readonly cluster: string;
    readonly clusterName: string;
    readonly keys: number;
    readonly newest: { readonly generation: number; readonly digest: Digest } | undefined;
    readonly parts: readonly string[];
    /** The canonical JSON of `settings` and `projects`. */
    readonly shared?: { readonly settings?: string; readonly projects?: string };
    readonly now: number;
  },
  signer: Signer,
): Promise<SignedSnapshot> {
  const { cluster, clusterName, keys, newest, now } = input;
  const generation = (newest?.generation ?? 0) + 1;
  const expiresAt = now + VALID_MS;
  const head = `{"apps":[${input.parts.join(',')}],"cluster":${JSON.stringify(cluster)},"clusterName":${JSON.stringify(clusterName)}`;
  const { settings, projects } = input.shared ?? {};
  const common = `${projects === undefined ? '' : `,"projects":${projects}`}${settings === undefined ? '' : `,"settings":${settings}`}`;
  const tail = `"keys":${keys},"previous":${JSON.stringify(newest?.digest ?? null)}${common}}`;
  const at = (issued: number, expires: number) =>
    toUtf8(`${head},"expiresAt":${expires},"generation":${generation},"issuedAt":${issued},${tail}`);
  const [digest, envelope] = await Promise.all([sha256(at(0, 0)), seal(at(now, expiresAt), signer)]);
  return { generation, keys, expiresAt, digest, envelope };
}

/** Signs the same generation again with a later expiry. */
export async function signAgain(newest: Envelope, now: number, signer: Signer): Promise<SignedSnapshot> {
  const text = fromUtf8(fromBase64(newest.payload) ?? new Uint8Array(0)) ?? '';
  const had = JSON.parse(text) as Snapshot; // signed by this object
  const snapshot: Snapshot = { ...had, issuedAt: now, expiresAt: now + VALID_MS };
  const { generation, keys, expiresAt } = snapshot;
  const envelope = await signEnvelope(SNAPSHOT_TYPE, snapshot, signer);
  return { generation, keys, expiresAt, digest: snapshotDigest(snapshot), envelope };
}

async function seal(payload: Uint8Array, signer: Signer): Promise<Envelope> {
  const sig = toBase64(await signer.sign(pae(SNAPSHOT_TYPE, payload)));
  return { payloadType: SNAPSHOT_TYPE, payload: toBase64(payload), signatures: [{ keyid: signer.publicKey.keyid, sig }] };
}

async function sha256(bytes: Uint8Array): Promise<Digest> {
  return `sha256:${toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))}`;
}
