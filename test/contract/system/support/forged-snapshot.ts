import { generateKeyPairSync, sign } from 'node:crypto';
import { bundleDigest } from '../../../../core/bundle/bundle-digest.ts';
import { makeBundle } from '../../../../core/bundle/make-bundle.ts';
import type { Manifest } from '../../../../core/objects/object.ts';
import { signEnvelope } from '../../../../core/protocol/dsse.ts';
import { type PollResponse, SNAPSHOT_TYPE, type Snapshot } from '../../../../core/protocol/messages.ts';
import { type Signer, toPublicKey } from '../../../../core/protocol/signing.ts';
import { snapshotDigest } from '../../../../core/protocol/snapshot-rules.ts';
import { policyOf } from '../../../cluster/fake-worker.ts';

/** A key that nobody has listed yet. */
export function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { publicKey: toPublicKey(bytes), sign: async (message) => sign(null, message, privateKey) };
}

/** What a thief would like to run: one ConfigMap, by which it is seen. */
const object: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'forged', namespace: 'default' },
  data: { by: 'a thief' },
};
export const FORGED = (() => {
  const { bundle } = makeBundle([object], '0'.repeat(64));
  return { bundle, digest: bundleDigest(bundle) };
})();

/** A snapshot as its sender says it is; `undefined` fields of the real one stay. */
export function forge(real: PollResponse, changes: Partial<Snapshot> = {}): Snapshot {
  const snapshot = readSnapshot(real);
  const now = Date.now();
  return {
    ...snapshot,
    generation: snapshot.generation + 1,
    previous: snapshotDigest(snapshot),
    issuedAt: now,
    expiresAt: now + 3_600_000,
    apps: [
      ...snapshot.apps,
      {
        id: 'forged',
        state: 'present',
        bundle: FORGED.digest,
        revision: 'f'.repeat(40),
        policy: policyOf('forged'),
        requests: [],
      },
    ],
    ...changes,
  };
}

/** The snapshot in an answer of the Worker. */
export function readSnapshot(answer: PollResponse): Snapshot {
  return JSON.parse(Buffer.from(answer.snapshot?.payload ?? '', 'base64').toString()) as Snapshot; // signed by our own Worker
}

/** A whole answer to a poll, with the forged bundle in it. */
export async function answerWith(snapshot: unknown, signer: Signer, payloadType = SNAPSHOT_TYPE): Promise<object> {
  return { snapshot: await signEnvelope(payloadType, snapshot, signer), bundles: { [FORGED.digest]: FORGED.bundle } };
}
