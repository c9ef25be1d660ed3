import { describe, expect, it } from 'vitest';
import { bundleDigest, objectDigests } from '../../../core/bundle/bundle-digest.ts';
import { fromUtf8, toUtf8 } from '../../../core/json/bytes.ts';
import { canonicalJson } from '../../../core/json/canonical.ts';
import { openEnvelope, pae, signEnvelope } from '../../../core/protocol/dsse.ts';
import { KEY_LIST_TYPE, RECEIPT_TYPE, SNAPSHOT_TYPE } from '../../../core/protocol/messages.ts';
import { requestBytes, signRequest } from '../../../core/protocol/request-signature.ts';
import { keyidOf } from '../../../core/protocol/signing.ts';
import { snapshotDigest } from '../../../core/protocol/snapshot-rules.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import { bundles, canonicalCases, envelopes, keys, type Party, requests } from './frozen.ts';
import { keyOf, offerKeyList, offerSnapshot, ruleOf, signerOf } from './parties.ts';

describe('the frozen vectors still hold', () => {
  for (const { json, canonical: text } of canonicalCases)
    it(`canonical JSON of ${json.slice(0, 40)}`, () => expect(canonicalJson(JSON.parse(json))).toBe(text));

  for (const [name, { key, keyid }] of Object.entries(keys))
    it(`the keyid of ${name}`, () => expect(keyidOf(Uint8Array.from(Buffer.from(key, 'base64')))).toBe(keyid));

  it('RFC 8032 TEST 1: the signature of nothing', async () => {
    const signature = await (await signerOf('rfc8032-1')).sign(new Uint8Array(0));
    expect(Buffer.from(signature).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('PAE of the DSSE specification', () => {
    const { payloadType, payload, text } = envelopes.pae;
    expect(fromUtf8(pae(payloadType, toUtf8(payload)))).toBe(text);
  });

  const sealed: readonly (readonly [name: 'keyList' | 'snapshot' | 'receipt', type: string, by: Party])[] = [
    ['keyList', KEY_LIST_TYPE, 'root'],
    ['snapshot', SNAPSHOT_TYPE, 'online'],
    ['receipt', RECEIPT_TYPE, 'agent'],
  ];
  for (const [name, type, by] of sealed) {
    it(`the envelope of a ${name} is made the same`, async () =>
      expect(await signEnvelope(type, envelopes[name].value, await signerOf(by))).toEqual(envelopes[name].envelope));
    it(`the envelope of a ${name} opens`, async () => {
      const opened = await openEnvelope(envelopes[name].envelope, { type, keys: [keyOf(by)], verify: verifyEd25519 });
      expect(opened.ok && opened.value.value).toEqual(envelopes[name].value);
    });
  }

  it('an agent accepts the key list and the snapshot', async () => {
    expect(ruleOf(await offerKeyList(envelopes.keyList.envelope))).toBe('accepted');
    expect(ruleOf(await offerSnapshot(envelopes.snapshot.envelope))).toBe('accepted');
  });

  it('the name of a snapshot', () => expect(snapshotDigest(envelopes.snapshot.value)).toBe(envelopes.snapshot.digest));

  it('the name of a bundle and of its objects', () => {
    expect(objectDigests(bundles.bundle)).toEqual(bundles.objects);
    expect(bundleDigest(bundles.bundle)).toBe(bundles.digest);
  });

  it('the signature of a request', async () => {
    const parts = { ...requests.request, body: toUtf8(requests.request.body) };
    expect(fromUtf8(requestBytes(parts))).toBe(requests.signed);
    expect(await signRequest(parts, requests.cluster, await signerOf('agent'))).toEqual(requests.headers);
  });
});
