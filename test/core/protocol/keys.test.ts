import { describe, expect, it } from 'vitest';
import { KEY_LIST_TYPE } from '../../../core/protocol/messages.ts';
import { KEY_LIST, keyListWith, keyOf, offerKeyList, ruleOf, sealBytes, sealKeyList } from './parties.ts';

describe('P05 a malformed key list is refused (S43)', () => {
  const malformed: readonly (readonly [name: string, list: object])[] = [
    ['a list', [KEY_LIST]],
    ['version 0', keyListWith({ version: 0 })],
    ['version 1.5', keyListWith({ version: 1.5 })],
    ['a version that is text', keyListWith({ version: '3' })],
    ['a version beyond what numbers can count', keyListWith({ version: 2 ** 53 })],
    ['keys that are no list', keyListWith({ keys: { 0: keyOf('online') } })],
    ['a key that is too short', keyListWith({ keys: [{ keyid: keyOf('online').keyid, key: 'AAAA' }] })],
    [
      'a key under the id of another (S17)',
      keyListWith({ keys: [{ keyid: keyOf('online').keyid, key: keyOf('stranger').key }] }),
    ],
    [
      'a good key and an impostor',
      keyListWith({ keys: [keyOf('online'), { keyid: keyOf('retired').keyid, key: keyOf('stranger').key }] }),
    ],
    ['65 keys', keyListWith({ keys: Array.from({ length: 65 }, () => keyOf('online')) })],
  ];
  for (const [name, list] of malformed)
    it(`P05 refuses ${name}`, async () => expect(ruleOf(await offerKeyList(await sealKeyList(list)))).toBe('P05'));

  it('P05 refuses a list whose fields sit in its prototype', async () => {
    const payload = `{"__proto__":${JSON.stringify(KEY_LIST)}}`;
    expect(ruleOf(await offerKeyList(await sealBytes(KEY_LIST_TYPE, payload, 'root')))).toBe('P05');
  });
});

it('P06 refuses a key list of another fleet, although the pinned root signed it', async () =>
  expect(ruleOf(await offerKeyList(await sealKeyList(keyListWith({ root: keyOf('stranger').keyid }))))).toBe('P06'));

it('P07 refuses an older key list, so a retired key stays retired (F40)', async () => {
  const older = await sealKeyList(keyListWith({ version: 2, keys: [keyOf('online'), keyOf('retired')] }));
  expect(ruleOf(await offerKeyList(older, KEY_LIST))).toBe('P07');
});

describe('P08 one version is one list', () => {
  it('P08 refuses another list of the accepted version', async () => {
    const other = await sealKeyList(keyListWith({ keys: [keyOf('stranger')] }));
    expect(ruleOf(await offerKeyList(other, KEY_LIST))).toBe('P08');
  });
  it('P08 accepts the same list again', async () =>
    expect(ruleOf(await offerKeyList(await sealKeyList(KEY_LIST), KEY_LIST))).toBe('accepted'));
});

describe('a key list', () => {
  it('replaces the one before, with versions left out', async () => {
    const result = await offerKeyList(await sealKeyList(keyListWith({ version: 9, keys: [keyOf('stranger')] })), KEY_LIST);
    expect(result).toEqual({ ok: true, value: { root: keyOf('root').keyid, version: 9, keys: [keyOf('stranger')] } });
  });
  it('may retire every key', async () =>
    expect(ruleOf(await offerKeyList(await sealKeyList(keyListWith({ version: 4, keys: [] })), KEY_LIST))).toBe('accepted'));
});
