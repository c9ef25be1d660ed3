import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../core/json/canonical.ts';
import type { Envelope, KeyList, Snapshot, SnapshotApp } from '../../../core/protocol/messages.ts';
import { acceptSnapshot, snapshotDigest } from '../../../core/protocol/snapshot-rules.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { RENEW_BEFORE_MS, signAgain, signNext, VALID_MS } from '../../../src/sign/next-snapshot.ts';
import { definition, newSigner, openSnapshot } from '../durable/cluster-fixture.ts';

const NOW = 1_700_000_000_000;
const signer = await newSigner();
const keyList: KeyList = { root: '0'.repeat(16), version: 3, keys: [signer.publicKey] };

const app = (id: string): SnapshotApp => ({
  id,
  state: 'present',
  bundle: `sha256:${'a'.repeat(64)}`,
  revision: '1'.repeat(40),
  policy: definition(id).policy,
  requests: [{ id: 'r1', kind: 'sync', prune: true, actor: 'Zoë "the\n<admin>"' }],
});

const input = (apps: readonly SnapshotApp[] = [app('api'), app('web')]) => ({
  cluster: 'uid-1',
  clusterName: 'eu "1"',
  keys: 3,
  newest: undefined,
  parts: apps.map(canonicalJson),
  now: NOW,
});

function accept(envelope: Envelope, accepted?: Parameters<typeof acceptSnapshot>[1]['accepted'], now = NOW) {
  return acceptSnapshot(envelope, { cluster: 'uid-1', keyList, accepted, now, verify: verifyEd25519 });
}

describe('the next generation', () => {
  it.each([0, 1, 2])('of %i Apps is the canonical JSON of a snapshot that the agent accepts', async (count) => {
    const apps = [app('api'), app('web')].slice(0, count);
    const signed = await signNext(input(apps), signer);
    const payload = Buffer.from(signed.envelope.payload, 'base64').toString();
    const snapshot = JSON.parse(payload) as Snapshot;
    expect(payload).toBe(canonicalJson(snapshot));
    expect(snapshot).toEqual({
      cluster: 'uid-1',
      clusterName: 'eu "1"',
      keys: 3,
      generation: 1,
      previous: null,
      issuedAt: NOW,
      expiresAt: NOW + VALID_MS,
      apps,
    });
    const accepted = await accept(signed.envelope);
    expect(accepted.ok && accepted.value.digest).toBe(signed.digest);
    expect(signed.digest).toBe(snapshotDigest(snapshot));
  });

  it('names the one before and is accepted after it (P15)', async () => {
    const first = await signNext(input(), signer);
    const second = await signNext({ ...input([app('web')]), newest: first }, signer);
    const accepted = await accept(first.envelope);
    expect(second.generation).toBe(2);
    expect(openSnapshot(second.envelope).previous).toBe(first.digest);
    expect((await accept(second.envelope, accepted.ok ? accepted.value : undefined)).ok).toBe(true);
  });
});

describe('a renewal', () => {
  it('keeps generation and digest, expires later and is accepted over the first signing', async () => {
    const first = await signNext(input(), signer);
    const later = NOW + VALID_MS - RENEW_BEFORE_MS;
    const again = await signAgain(first.envelope, later, signer);
    expect([again.generation, again.digest, again.keys]).toEqual([first.generation, first.digest, 3]);
    expect(again.expiresAt).toBe(later + VALID_MS);
    const accepted = await accept(first.envelope);
    const renewed = await accept(again.envelope, accepted.ok ? accepted.value : undefined, later);
    expect(renewed.ok && renewed.value.digest).toBe(first.digest);
  });

  it('may be repeated without end', async () => {
    let newest = await signNext(input(), signer);
    const { digest } = newest;
    for (let day = 1; day <= 3; day++) newest = await signAgain(newest.envelope, NOW + day * VALID_MS, signer);
    expect(newest.digest).toBe(digest);
  });
});
