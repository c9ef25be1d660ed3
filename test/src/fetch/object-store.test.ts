import { describe, expect, test } from 'vitest';
import { type ObjectStore, openObjectStore } from '../../../src/fetch/object-store.ts';
import type { ObjectWriter } from '../../../src/fetch/object-writer.ts';
import { prepareTables } from '../../../src/fetch/tables.ts';
import { openVault } from '../../../src/platform/vault.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';
import { bytesOf, oidOf } from './make-pack.ts';

const vault = await openVault('0123456789abcdef0123456789abcdef');
const nothing = (): void => {};

function prepared() {
  const sql = createNodeSql();
  prepareTables(sql);
  return sql;
}

/** Another handle to the same database: what a restart sees. */
const open = (sql = prepared(), name = 'one'): Promise<ObjectStore> => openObjectStore({ sql: { ...sql }, vault, name });

async function addText(writer: ObjectWriter, text: string): Promise<string> {
  const data = bytesOf(text);
  const oid = oidOf('blob', data);
  await writer.add(oid, 'blob', data);
  return oid;
}

async function readText(store: ObjectStore | ObjectWriter, oid: string): Promise<string | undefined> {
  const object = await store.read(oid);
  return object === undefined ? undefined : new TextDecoder().decode(object.data);
}

const noise = (size: number): Uint8Array => new Uint8Array(size).map((_, i) => (i * 2_654_435_761) >>> 21);

describe('objects', () => {
  test('count only after the commit, and are still there when the store is opened again', async () => {
    const sql = prepared();
    const store = await open(sql);
    const writer = store.write();
    const oid = await addText(writer, 'hello');
    expect(store.has(oid)).toBe(false);
    expect(writer.isNew(oid)).toBe(true);
    expect(await readText(writer, oid)).toBe('hello');
    await writer.commit(nothing);
    expect(await readText(store, oid)).toBe('hello');
    const again = await open(sql);
    expect(await readText(again, oid)).toBe('hello');
    expect(await again.read('0'.repeat(40))).toBeUndefined();
  });

  test('are in many segments when they are many, and each comes back', async () => {
    const sql = prepared();
    const store = await open(sql);
    const writer = store.write();
    const oids: string[] = [];
    for (let i = 0; i < 3000; i++) oids.push(await addText(writer, `object ${i}\n`.repeat(100)));
    await writer.commit(nothing);
    expect(store.segmentCount()).toBeGreaterThan(5);
    for (const reader of [store, await open(sql)]) {
      for (const [i, oid] of oids.entries())
        if (i % 97 === 0) expect(await readText(reader, oid)).toBe(`object ${i}\n`.repeat(100));
      expect(reader.size).toBe(3000);
    }
  });

  test.each([0, 1, 524_288, 524_289, 1_048_576, 1_048_577, 5_000_000])(
    'F31: of %d bytes fit into rows and come back',
    async (size) => {
      const data = noise(size);
      const oid = oidOf('blob', data);
      const sql = prepared();
      const writer = (await open(sql)).write();
      await writer.add(oid, 'blob', data);
      const unsealed = await writer.read(oid);
      await writer.commit(nothing);
      const stored = await (await open(sql)).read(oid);
      expect(unsealed !== undefined && Buffer.compare(unsealed.data, data)).toBe(0);
      expect(stored !== undefined && Buffer.compare(stored.data, data)).toBe(0);
    },
  );

  test('are written once, however often they are added', async () => {
    const store = await open();
    for (let i = 0; i < 2; i++) {
      const writer = store.write();
      await addText(writer, 'hello');
      await addText(writer, 'hello');
      await writer.commit(nothing);
    }
    expect(store.storedBytes()).toBe(5);
  });

  test('keep their type and, when too large to keep, their existence', async () => {
    const sql = prepared();
    const writer = (await open(sql)).write();
    await writer.add('1'.repeat(40), 'tag', bytesOf('a tag'));
    await writer.addOversize('2'.repeat(40), 5_000_000_000);
    await writer.commit(nothing);
    const store = await open(sql);
    expect((await store.read('1'.repeat(40)))?.type).toBe('tag');
    expect(await store.read('2'.repeat(40))).toEqual({ type: 'oversize', data: new Uint8Array(0) });
  });
});

describe('a writer', () => {
  test('that is abandoned leaves nothing', async () => {
    const sql = prepared();
    const store = await open(sql);
    const writer = store.write();
    await writer.add('3'.repeat(40), 'blob', noise(600_000));
    await addText(writer, 'hello');
    writer.abandon();
    expect(sql.all('SELECT * FROM git_segment')).toEqual([]);
    expect(store.has('3'.repeat(40))).toBe(false);
  });

  test('that a crash stopped leaves rows that do not count and are deleted when the store is opened', async () => {
    const sql = prepared();
    const writer = (await open(sql)).write();
    await writer.add('3'.repeat(40), 'blob', noise(600_000));
    expect(sql.all('SELECT id FROM git_segment')).toHaveLength(1);
    const store = await open(sql);
    expect(store.has('3'.repeat(40))).toBe(false);
    expect(sql.all('SELECT id FROM git_segment')).toEqual([]);
  });

  test('whose transaction fails changes nothing', async () => {
    const sql = prepared();
    const writer = (await open(sql)).write();
    const oid = await addText(writer, 'hello');
    await expect(
      writer.commit(() => {
        throw new Error('the caller could not');
      }),
    ).rejects.toThrow('the caller could not');
    expect((await open(sql)).has(oid)).toBe(false);
  });
});

describe('rows', () => {
  test('hold nothing readable: neither content nor ids', async () => {
    const sql = prepared();
    const writer = (await open(sql)).write();
    const oid = await addText(writer, 'password: canary-secret');
    await writer.commit(nothing);
    const raw = sql
      .all<{ entries: ArrayBuffer; sealed: ArrayBuffer }>('SELECT entries, sealed FROM git_segment')
      .map((row) => Buffer.concat([Buffer.from(row.entries), Buffer.from(row.sealed)]));
    expect(Buffer.concat(raw).includes('canary')).toBe(false);
    expect(Buffer.concat(raw).includes(Buffer.from(oid, 'hex'))).toBe(false);
  });

  test('do not open when they were altered, swapped, or belong to another repository', async () => {
    const sql = prepared();
    const writer = (await open(sql)).write();
    await writer.add('4'.repeat(40), 'blob', noise(600_000));
    await writer.add('5'.repeat(40), 'blob', noise(600_001));
    await writer.commit(nothing);
    await expect(open(sql, 'two')).rejects.toThrow('could not be opened');
    sql.run('UPDATE git_segment SET sealed = (SELECT sealed FROM git_segment WHERE id = 2) WHERE id = 1');
    await expect((await open(sql)).read('4'.repeat(40))).rejects.toThrow('could not be opened');
  });
});

test('a database has one store, however often it is opened at the same time', async () => {
  const sql = prepared();
  const [first, second] = await Promise.all([1, 2].map(() => openObjectStore({ sql, vault, name: 'one' })));
  expect(first).toBe(second);
});

test('a rewrite does not happen while a writer is open', async () => {
  const store = await open();
  const writer = store.write();
  const oid = await addText(writer, 'hello');
  expect(await store.rewrite(new Uint8Array(0), nothing)).toBe(false);
  await writer.commit(nothing);
  expect(await store.rewrite(new Uint8Array(1), nothing)).toBe(true);
  expect(store.has(oid)).toBe(false);
});

test('a rewrite keeps what is marked, drops the rest, and packs small segments together', async () => {
  const sql = prepared();
  const store = await open(sql);
  const oids: string[] = [];
  for (let i = 0; i < 20; i++) {
    const writer = store.write();
    oids.push(await addText(writer, `object ${i}`));
    await writer.commit(nothing);
  }
  const large = noise(700_000);
  const writer = store.write();
  await writer.add('6'.repeat(40), 'blob', large);
  await writer.addOversize('7'.repeat(40), 99);
  await writer.commit(nothing);
  expect(store.segmentCount()).toBe(22);
  const live = new Uint8Array(store.size);
  for (const oid of [...oids.slice(0, 10), '6'.repeat(40), '7'.repeat(40)]) live[store.locate(oid)?.number ?? -1] = 1;
  await store.rewrite(live, nothing);
  expect(store.segmentCount()).toBe(2);
  for (const reader of [store, await open(sql)]) {
    expect(reader.size).toBe(12);
    expect(await readText(reader, oids[9] ?? '')).toBe('object 9');
    expect(await reader.read(oids[10] ?? '')).toBeUndefined();
    expect((await reader.read('6'.repeat(40)))?.data).toEqual(large);
    expect((await reader.read('7'.repeat(40)))?.type).toBe('oversize');
  }
});
