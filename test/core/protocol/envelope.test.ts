import { describe, expect, it } from 'vitest';
import { signEnvelope } from '../../../core/protocol/dsse.ts';
import { type Envelope, KEY_LIST_TYPE, RECEIPT_TYPE, SNAPSHOT_TYPE } from '../../../core/protocol/messages.ts';
import { parseReport } from '../../../core/protocol/schemas.ts';
import { verifyEd25519 } from '../../../src/platform/ed25519.ts';
import {
  KEY_LIST,
  keyOf,
  offerKeyList,
  offerSnapshot,
  ruleOf,
  sealBytes,
  sealSnapshot,
  signerOf,
  snapshotWith,
} from './parties.ts';

const good = await sealSnapshot(snapshotWith());
const [signature] = good.signatures;
if (signature === undefined) throw new Error('the envelope has no signature');

/** Flips one bit of a base64 text's bytes. */
function tamper(base64: string, at = 10): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
}

describe('P01 what is no envelope is refused without an exception (S43, F40)', () => {
  const malformed: readonly (readonly [name: string, envelope: unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'envelope'],
    ['a number', 1e308],
    ['a list', [good]],
    ['an empty object', {}],
    ['a payload that is a number', { ...good, payload: 7 }],
    ['a payload that is not base64', { ...good, payload: '%%%%' }],
    ['a payload in base64 without padding', { ...good, payload: 'e30' }],
    ['a payload in URL-safe base64', { ...good, payload: '_-_-' }],
    ['a payload with spare bits set', { ...good, payload: 'e31=' }],
    ['a payload with a line feed', { ...good, payload: `${good.payload.slice(0, 4)}\n${good.payload.slice(4)}` }],
    ['no list of signatures', { ...good, signatures: { 0: signature } }],
    ['a signature that is null', { ...good, signatures: [null] }],
    ['a signature without a value', { ...good, signatures: [{ keyid: signature.keyid }] }],
    ['more signatures than anyone needs', { ...good, signatures: Array.from({ length: 17 }, () => signature) }],
    ['a payload type of a megabyte', { ...good, payloadType: 'x'.repeat(1_000_000) }],
    ['only a prototype', JSON.parse('{"__proto__":{"payloadType":"x","payload":"","signatures":[]}}')],
  ];
  for (const [name, envelope] of malformed)
    it(`P01 ${name}`, async () => expect(ruleOf(await offerSnapshot(envelope))).toBe('P01'));
});

describe('P02 a signature for one type is worth nothing for another (S42)', () => {
  it('P02 refuses a root-signed key list in the place of a snapshot', async () => {
    const list = await signEnvelope(KEY_LIST_TYPE, KEY_LIST, await signerOf('online'));
    expect(ruleOf(await offerSnapshot(list))).toBe('P02');
  });
  it('P02 refuses a snapshot in the place of a key list', async () =>
    expect(ruleOf(await offerKeyList(await sealBytes(SNAPSHOT_TYPE, '{}', 'root')))).toBe('P02'));
  it('P02 refuses types that only look alike', async () => {
    for (const payloadType of [`${SNAPSHOT_TYPE} `, SNAPSHOT_TYPE.toUpperCase(), '', RECEIPT_TYPE])
      expect(ruleOf(await offerSnapshot({ ...good, payloadType }))).toBe('P02');
  });
  it('P03 refuses a payload that was signed under another type and relabelled', async () => {
    const other = await signEnvelope(RECEIPT_TYPE, snapshotWith(), await signerOf('online'));
    expect(ruleOf(await offerSnapshot({ ...other, payloadType: SNAPSHOT_TYPE }))).toBe('P03');
  });
});

describe('P03 one valid signature by a trusted key decides (S41, F40)', () => {
  const refused: readonly (readonly [name: string, envelope: () => Promise<Envelope> | Envelope])[] = [
    ['a tampered payload', () => ({ ...good, payload: tamper(good.payload) })],
    ['a tampered signature', () => ({ ...good, signatures: [{ ...signature, sig: tamper(signature.sig) }] })],
    ['no signature at all', () => ({ ...good, signatures: [] })],
    ['a signature of zeros', () => ({ ...good, signatures: [{ ...signature, sig: Buffer.alloc(64).toString('base64') }] })],
    [
      'a signature that is too short',
      () => ({ ...good, signatures: [{ ...signature, sig: Buffer.alloc(63).toString('base64') }] }),
    ],
    ['a signature that is not base64', () => ({ ...good, signatures: [{ ...signature, sig: 'none' }] })],
    ['an unknown key', () => sealSnapshot(snapshotWith(), 'stranger')],
    [
      'an unknown key under the name of a trusted one',
      async () => ({
        ...good,
        signatures: [
          { ...(await sealSnapshot(snapshotWith(), 'stranger')).signatures[0], keyid: signature.keyid } as typeof signature,
        ],
      }),
    ],
    [
      'a trusted signature under an unknown name',
      () => ({ ...good, signatures: [{ ...signature, keyid: keyOf('stranger').keyid }] }),
    ],
    ['a retired key', () => sealSnapshot(snapshotWith(), 'retired')],
    ['the root key, which signs key lists only', () => sealSnapshot(snapshotWith(), 'root')],
    [
      'a valid signature of other bytes',
      async () => ({ ...good, signatures: (await sealSnapshot(snapshotWith({ generation: 8 }))).signatures }),
    ],
    [
      'the same broken signature many times',
      () => ({
        ...good,
        signatures: Array.from({ length: 16 }, () => ({ ...signature, sig: tamper(signature.sig) })),
      }),
    ],
  ];
  for (const [name, envelope] of refused)
    it(`P03 refuses ${name}`, async () => expect(ruleOf(await offerSnapshot(await envelope()))).toBe('P03'));

  it('P03 refuses a key list that an online key signed', async () => {
    const list = await signEnvelope(KEY_LIST_TYPE, KEY_LIST, await signerOf('online'));
    expect(ruleOf(await offerKeyList(list))).toBe('P03');
  });
  it('P03 is satisfied by one good signature, whoever else signed and however often', async () => {
    const strange = (await sealSnapshot(snapshotWith(), 'stranger')).signatures[0];
    const signatures = [strange, { ...signature, sig: tamper(signature.sig) }, signature, signature];
    expect(ruleOf(await offerSnapshot({ ...good, signatures }))).toBe('accepted');
  });
  it('P03 refuses a list entry whose id is not its own, although its key signed', async () => {
    const keyList = { ...KEY_LIST, keys: [{ keyid: keyOf('online').keyid, key: keyOf('stranger').key }] };
    const forged = await sealSnapshot(snapshotWith(), 'stranger');
    const renamed = { ...forged, signatures: forged.signatures.map((s) => ({ ...s, keyid: keyOf('online').keyid })) };
    expect(ruleOf(await offerSnapshot(renamed, { keyList }))).toBe('P03');
  });
  it('P03 says who signed in few enough words to be reported', async () => {
    const signatures = Array.from({ length: 16 }, () => ({ keyid: 'x'.repeat(64), sig: 'y'.repeat(128) }));
    const result = await offerSnapshot({ ...good, signatures });
    const problems = result.ok ? [] : [result.error];
    const report = {
      id: '1',
      cluster: 'c',
      generation: 0,
      receipts: [],
      statuses: [],
      problems,
      agent: { version: '1', rssBytes: 1, startedAt: 1 },
    };
    expect(problems).toHaveLength(1);
    expect(parseReport(report).ok).toBe(true);
  });
});

describe('P04 a payload that is signed but not plain JSON is refused without an exception (S43)', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const payloads: readonly (readonly [name: string, payload: Uint8Array | string])[] = [
    ['nothing', ''],
    ['half an object', '{"cluster":'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['an overlong UTF-8 form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['a UTF-8 surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['a byte order mark', '\uFEFF{}'],
    ['a number beyond all bounds', '{"generation":1e999}'],
    ['a number beyond all bounds in a field nobody reads', '{"more":[-1e999]}'],
    ['33 levels', deep(33)],
    ['a million levels', deep(1_000_000)],
  ];
  for (const [name, payload] of payloads)
    it(`P04 refuses ${name}`, async () => {
      expect(ruleOf(await offerSnapshot(await sealBytes(SNAPSHOT_TYPE, payload, 'online')))).toBe('P04');
      expect(ruleOf(await offerKeyList(await sealBytes(KEY_LIST_TYPE, payload, 'root')))).toBe('P04');
    });
});

describe('verify', () => {
  it('never throws, whatever the key and the signature are', async () => {
    expect(await verifyEd25519(new Uint8Array(0), new Uint8Array(0), new Uint8Array(0))).toBe(false);
    expect(await verifyEd25519(new Uint8Array(32).fill(255), new Uint8Array(64), new Uint8Array(3))).toBe(false);
  });
});
