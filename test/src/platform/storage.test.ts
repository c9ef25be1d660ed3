import { describe, expect, it } from 'vitest';
import { CHUNK_TABLE, deleteChunks, getChunks, putChunks } from '../../../src/platform/chunks.ts';
import { readFact, writeFact } from '../../../src/platform/facts.ts';
import { assertRowFits, MAX_ROW_BYTES, RowTooLarge } from '../../../src/platform/sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

function chunkTable() {
  const sql = createNodeSql();
  sql.run(CHUNK_TABLE);
  return sql;
}

function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = i % 251;
  return bytes;
}

describe('chunks', () => {
  it.each([0, 1, 1_499_999, 1_500_000, 1_500_001, 5_000_000])('give %i bytes back, in rows that fit (F31)', (length) => {
    const sql = chunkTable();
    const bytes = pattern(length);
    putChunks(sql, 'x', bytes);
    expect(Buffer.compare(getChunks(sql, 'x') ?? new Uint8Array([1]), bytes)).toBe(0);
  });

  it('replace what was there, also when it was longer', () => {
    const sql = chunkTable();
    putChunks(sql, 'x', pattern(4_000_000));
    putChunks(sql, 'x', pattern(10));
    expect(getChunks(sql, 'x')).toEqual(pattern(10));
  });

  it('of different names are independent', () => {
    const sql = chunkTable();
    putChunks(sql, 'x', pattern(10));
    putChunks(sql, 'x/1', pattern(20));
    deleteChunks(sql, 'x');
    expect(getChunks(sql, 'x')).toBeUndefined();
    expect(getChunks(sql, 'x/1')?.length).toBe(20);
  });

  it('keep a view of a larger buffer to its own bytes', () => {
    const sql = chunkTable();
    putChunks(sql, 'x', pattern(100).subarray(10, 20));
    expect(getChunks(sql, 'x')?.length).toBe(10);
  });
});

describe('a row', () => {
  it('over 2 MB is refused before it is written (F31)', () =>
    expect(() => assertRowFits(['x'.repeat(MAX_ROW_BYTES + 1)])).toThrow(RowTooLarge));

  it('is measured in bytes, not in characters', () => {
    expect(() => assertRowFits(['ü'.repeat(MAX_ROW_BYTES / 2 + 1)])).toThrow(RowTooLarge);
    expect(() => assertRowFits(['ü'.repeat(MAX_ROW_BYTES / 2)])).not.toThrow();
  });

  it('counts all its values together', () =>
    expect(() => assertRowFits(['x'.repeat(1_200_000), new ArrayBuffer(1_200_000)])).toThrow(RowTooLarge));
});

describe('facts', () => {
  it('are replaced, and undefined before they were written', () => {
    const sql = createNodeSql();
    sql.run('CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
    expect(readFact(sql, 'x')).toBeUndefined();
    writeFact(sql, 'x', { a: 1 });
    writeFact(sql, 'x', { a: 2 });
    expect(readFact(sql, 'x')).toEqual({ a: 2 });
  });
});
