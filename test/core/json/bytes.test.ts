import { describe, expect, it } from 'vitest';
import { fromBase64, fromUtf8, toBase64, toUtf8 } from '../../../core/json/bytes.ts';

/** Bytes of every value, in a run of this length. */
const run = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 151 + seed * 89) & 0xff);

describe('base64', () => {
  it('is what Node writes, for every length up to some and for long ones', () => {
    for (const length of [...Array.from({ length: 70 }, (_, i) => i), 8191, 8192, 8193, 50_000])
      expect(toBase64(run(length, length))).toBe(Buffer.from(run(length, length)).toString('base64'));
  });
  it('reads back what it wrote', () => {
    for (let length = 0; length < 70; length++) expect(fromBase64(toBase64(run(length, 3)))).toEqual(run(length, 3));
  });
  for (const text of [
    'A',
    'AA',
    'AAA',
    'A===',
    '====',
    'AA==AA==',
    'AB==',
    'AAB=',
    'AA=A',
    '=AAA',
    'AA A',
    'AAA\n',
    'AA-_',
    'AAAé',
    'AAA\u{1F600}',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => expect(fromBase64(text)).toBeUndefined());
});

describe('UTF-8', () => {
  for (const text of [
    '',
    'plain',
    'é€\u{1F600}',
    '\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}',
    'x'.repeat(20_000),
    '\u{1F600}'.repeat(9000),
  ])
    it(`reads back ${JSON.stringify(text.slice(0, 12))} (${text.length})`, () => expect(fromUtf8(toUtf8(text))).toBe(text));

  const wrong: readonly (readonly number[])[] = [
    [0x80],
    [0xc0, 0x80],
    [0xc1, 0xbf],
    [0xc3],
    [0xc3, 0x28],
    [0xe0, 0x80, 0x80],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
    [0xf0, 0x9f, 0x98],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xff],
  ];
  for (const bytes of wrong)
    it(`refuses ${bytes.map((byte) => byte.toString(16)).join(' ')}`, () =>
      expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined());

  it('agrees with the platform about every two bytes', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const reference = (bytes: Uint8Array) => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    for (let pair = 0; pair < 65_536; pair++) {
      const bytes = Uint8Array.of(pair >> 8, pair & 0xff);
      if (fromUtf8(bytes) !== reference(bytes)) expect.fail(`differs for ${pair.toString(16)}`);
    }
  });
});
