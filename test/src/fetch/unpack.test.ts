import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { settle } from '../../../src/fetch/failure.ts';
import { DEFAULT_LIMITS, type FetchLimits } from '../../../src/fetch/limits.ts';
import { openObjectStore } from '../../../src/fetch/object-store.ts';
import type { ObjectWriter } from '../../../src/fetch/object-writer.ts';
import { prepareTables } from '../../../src/fetch/tables.ts';
import { unpack } from '../../../src/fetch/unpack.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { bytesOf, concat, inPieces, makeDelta, makePack, oidOf, type PackItem } from './make-pack.ts';

const vault = await openVault('0123456789abcdef0123456789abcdef');
const openStore = () => {
  const sql = createNodeSql();
  prepareTables(sql);
  return openObjectStore({ sql, vault, name: 'test' });
};

async function unpackBytes(
  pack: Uint8Array,
  options: { pieces?: number; limits?: Partial<FetchLimits>; writer?: ObjectWriter } = {},
) {
  const writer = options.writer ?? (await openStore()).write();
  const result = await settle(() =>
    unpack(inPieces(pack, options.pieces ?? 65_536), writer, { ...DEFAULT_LIMITS, ...options.limits }),
  );
  return { writer, result, code: result.ok ? 'ok' : result.error.code };
}

const codeOf = async (pack: Uint8Array, limits: Partial<FetchLimits> = {}): Promise<string> =>
  (await unpackBytes(pack, { limits })).code;
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

const base = bytesOf('the quick brown fox jumps over the lazy dog\n'.repeat(20));
const baseOid = oidOf('blob', base);
const changed = concat(base.subarray(0, 100), bytesOf('CHANGED'), base.subarray(100));
const delta = makeDelta(base.length, changed.length, [{ from: 0, size: 100 }, 'CHANGED', { from: 100, size: base.length - 100 }]);

describe('a pack', () => {
  const items: PackItem[] = [
    { type: 'blob', data: base },
    { type: { baseItem: 0 }, data: delta },
    { type: { baseOid: baseOid }, data: makeDelta(base.length, 5, ['hello']) },
    { type: 'blob', data: new Uint8Array(0) },
    { type: 'tag', data: bytesOf('a tag') },
  ];

  test.each([1, 7, 64, 65_536])('is unpacked whatever the pieces it comes in (%d bytes)', async (pieces) => {
    const { writer, result } = await unpackBytes(makePack(items), { pieces });
    expect(result).toEqual({ ok: true, value: { objects: 5, dropped: 0 } });
    expect(text((await writer.read(oidOf('blob', changed)))?.data)).toBe(text(changed));
    expect(text((await writer.read(oidOf('blob', bytesOf('hello'))))?.data)).toBe('hello');
    expect((await writer.read(oidOf('blob', new Uint8Array(0))))?.type).toBe('blob');
    expect((await writer.read(oidOf('tag', bytesOf('a tag'))))?.type).toBe('tag');
  });

  test('may hold deltas before their bases, and deltas of those', async () => {
    const second = makeDelta(changed.length, changed.length + 1, [{ from: 0, size: changed.length }, '!']);
    const { writer, result } = await unpackBytes(
      makePack([
        { type: { baseOid: oidOf('blob', changed) }, data: second },
        { type: { baseItem: 0 }, data: makeDelta(changed.length + 1, 1, ['x']) },
        { type: { baseOid: baseOid }, data: delta },
        { type: 'blob', data: base },
      ]),
    );
    expect(result).toEqual({ ok: true, value: { objects: 4, dropped: 0 } });
    expect(writer.has(oidOf('blob', concat(changed, bytesOf('!'))))).toBe(true);
    expect(writer.has(oidOf('blob', bytesOf('x')))).toBe(true);
  });

  test('may refer to what is in the store already', async () => {
    const store = await openStore();
    const first = store.write();
    await first.add(baseOid, 'blob', base);
    await first.commit(() => {});
    const { writer, result } = await unpackBytes(makePack([{ type: { baseOid }, data: delta }]), { writer: store.write() });
    expect(result.ok).toBe(true);
    await writer.commit(() => {});
    expect(text((await store.read(oidOf('blob', changed)))?.data)).toBe(text(changed));
  });

  test('with files of several megabytes comes through whole', async () => {
    const large = new Uint8Array(3_000_000).map((_, i) => (i * 2_654_435_761) >>> 23);
    const largeDelta = makeDelta(large.length, large.length + 1, [{ from: 0, size: 3_000_000 }, 'x']);
    const { writer, result } = await unpackBytes(
      makePack([
        { type: 'blob', data: large },
        { type: { baseItem: 0 }, data: largeDelta },
      ]),
      { pieces: 10_000 },
    );
    expect(result.ok).toBe(true);
    const read = await writer.read(oidOf('blob', large));
    expect(read !== undefined && Buffer.compare(read.data, large)).toBe(0);
  });
});

describe('S04: a hostile pack is refused', () => {
  const blob: PackItem = { type: 'blob', data: base };
  const good = makePack([blob]);

  test.each<[string, Uint8Array, string]>([
    ['another file', bytesOf('<html>not a pack</html>'), 'git.corrupt'],
    ['an unknown version', concat(bytesOf('PACK'), Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0)), 'git.corrupt'],
    ['a wrong checksum', concat(good.subarray(0, good.length - 1), Uint8Array.of((good.at(-1) ?? 0) ^ 1)), 'git.corrupt'],
    ['bytes after the end', concat(good, Uint8Array.of(0)), 'git.corrupt'],
    ['fewer objects than declared', makePack([blob], 2), 'git.corrupt'],
    ['more objects than declared', makePack([blob, blob], 1), 'git.corrupt'],
    ['four billion objects', makePack([], 0xffff_ffff), 'git.limit'],
    ['an unknown type of object', makePack([{ type: { raw: 5 }, data: base }]), 'git.corrupt'],
    ['type 0', makePack([{ type: { raw: 0 }, data: base }]), 'git.corrupt'],
    ['an object that is longer than declared', makePack([{ ...blob, declares: 10 }]), 'git.corrupt'],
    ['an object that is shorter than declared', makePack([{ ...blob, declares: base.length + 1 }]), 'git.corrupt'],
    ['a size beyond all bounds', makePack([{ ...blob, declares: 2 ** 52 }]), 'git.limit'],
    ['a huge tree', makePack([{ type: 'tree', data: base, declares: 2 ** 30 }]), 'git.limit'],
    ['a delta without a base', makePack([{ type: { baseOid: 'b'.repeat(40) }, data: delta }]), 'git.corrupt'],
    ['a delta of itself', makePack([{ type: { baseItem: 0 }, data: delta }]), 'git.corrupt'],
    [
      'a delta for a base of another size',
      makePack([blob, { type: { baseItem: 0 }, data: makeDelta(1, 5, ['hello']) }]),
      'git.corrupt',
    ],
    [
      'a delta that copies from outside',
      makePack([blob, { type: { baseItem: 0 }, data: makeDelta(base.length, 9, [{ from: base.length, size: 9 }]) }]),
      'git.corrupt',
    ],
    [
      'a delta that writes too much',
      makePack([blob, { type: { baseItem: 0 }, data: makeDelta(base.length, 3, ['hello']) }]),
      'git.corrupt',
    ],
    [
      'a delta that writes too little',
      makePack([blob, { type: { baseItem: 0 }, data: makeDelta(base.length, 9, ['hello']) }]),
      'git.corrupt',
    ],
    [
      'an instruction that is reserved',
      makePack([blob, { type: { baseItem: 0 }, data: Uint8Array.of(...makeDelta(base.length, 5, ['hello']), 0) }]),
      'git.corrupt',
    ],
    ['a delta that is empty', makePack([blob, { type: { baseItem: 0 }, data: new Uint8Array(0) }]), 'git.corrupt'],
    [
      'a delta whose sizes never end',
      makePack([blob, { type: { baseItem: 0 }, data: new Uint8Array(40).fill(255) }]),
      'git.corrupt',
    ],
  ])('with %s', async (_what, pack, code) => {
    expect(await codeOf(pack)).toBe(code);
  });

  test('when it was cut anywhere, as unavailable: the network failed, not the repository', async () => {
    const pack = makePack([blob, { type: { baseItem: 0 }, data: delta }]);
    for (let length = 0; length < pack.length; length++) expect(await codeOf(pack.subarray(0, length))).toBe('git.unavailable');
  });

  test('when any bit of it was flipped', async () => {
    const pack = makePack([blob, { type: { baseItem: 0 }, data: delta }, { type: { baseOid }, data: delta }]);
    for (let at = 0; at < pack.length; at++) {
      const flipped = pack.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      expect(await codeOf(flipped)).toMatch(/^git\.(corrupt|unavailable|limit)$/);
    }
  });

  test('when a few bytes unpack to gigabytes', async () => {
    // A thousand deltas, each of which copies the base sixteen times.
    const part = { from: 0, size: base.length };
    const bomb = makeDelta(base.length, base.length * 16, new Array<typeof part>(16).fill(part));
    const items: PackItem[] = [blob];
    for (let i = 0; i < 1000; i++) items.push({ type: { baseItem: 0 }, data: bomb });
    expect(await codeOf(makePack(items), { expandedBytes: 1_000_000 })).toBe('git.limit');
  });

  test('when deltas pile up whose bases are never sent', async () => {
    const waiting = concat(delta, new Uint8Array(1_000_000));
    const items: PackItem[] = [];
    for (let i = 0; i < 10; i++) items.push({ type: { baseOid: i.toString(16).repeat(40) }, data: waiting });
    expect(await codeOf(makePack(items))).toBe('git.limit');
  });
});

describe('F31: a file that is larger than the limit', () => {
  const limits = { blobBytes: 1000 };
  const large = new Uint8Array(200_000).map((_, i) => i % 251);

  test('is known to exist, under its right id, and the rest comes through', async () => {
    const { writer, result } = await unpackBytes(
      makePack([
        { type: 'blob', data: large },
        { type: 'blob', data: bytesOf('small') },
      ]),
      { limits, pieces: 1000 },
    );
    expect(result).toEqual({ ok: true, value: { objects: 2, dropped: 0 } });
    expect((await writer.read(oidOf('blob', large)))?.type).toBe('oversize');
    expect(text((await writer.read(oidOf('blob', bytesOf('small'))))?.data)).toBe('small');
  });

  test('is dropped when it comes as a delta or is the base of one', async () => {
    const { result } = await unpackBytes(
      makePack([
        { type: 'blob', data: bytesOf('x'.repeat(900)) },
        {
          type: { baseItem: 0 },
          data: makeDelta(900, 1800, [
            { from: 0, size: 900 },
            { from: 0, size: 900 },
          ]),
        },
        { type: 'blob', data: large },
        { type: { baseItem: 2 }, data: makeDelta(large.length, 5, ['hello']) },
        { type: { baseItem: 3 }, data: makeDelta(5, 5, ['world']) },
      ]),
      { limits },
    );
    expect(result).toEqual({ ok: true, value: { objects: 5, dropped: 3 } });
  });

  test('may not be anything but a file', async () => {
    const tree = bytesOf('x'.repeat(900));
    const pack = makePack([
      { type: 'tree', data: tree },
      {
        type: { baseItem: 0 },
        data: makeDelta(900, 1800, [
          { from: 0, size: 900 },
          { from: 0, size: 900 },
        ]),
      },
    ]);
    expect(await codeOf(pack, limits)).toBe('git.limit');
  });
});

test('object ids are SHA-1 over header and data, computed and never taken from the server', async () => {
  const { writer } = await unpackBytes(makePack([{ type: 'blob', data: base }]));
  expect(writer.has(createHash('sha1').update(`blob ${base.length}\0`).update(base).digest('hex'))).toBe(true);
});
