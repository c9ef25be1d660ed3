import { describe, expect, it } from 'vitest';
import { migrate } from '../../../src/platform/durable-sql.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

const tables = (sql: ReturnType<typeof createNodeSql>) =>
  sql.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).map(({ name }) => name);

describe('migrate', () => {
  it('runs every migration once, in order', () => {
    const sql = createNodeSql();
    const list = ['CREATE TABLE a (x); CREATE TABLE b (x)', 'ALTER TABLE a ADD COLUMN y'];
    migrate(sql, { own: list });
    migrate(sql, { own: list });
    expect(tables(sql)).toEqual(['a', 'b', 'migration']);
    sql.run('INSERT INTO a (x, y) VALUES (1, 2)');
  });

  it('lets a list grow while another one stands behind it', () => {
    const sql = createNodeSql();
    migrate(sql, { first: ['CREATE TABLE a (x)'], second: ['CREATE TABLE b (x)'] });
    migrate(sql, { first: ['CREATE TABLE a (x)', 'CREATE TABLE c (x)'], second: ['CREATE TABLE b (x)', 'CREATE TABLE d (x)'] });
    expect(tables(sql)).toEqual(['a', 'b', 'c', 'd', 'migration']);
  });

  it('leaves nothing of a migration that fails, and tries it again', () => {
    const sql = createNodeSql();
    expect(() => migrate(sql, { own: ['CREATE TABLE a (x); CREATE TABLE nonsense'] })).toThrow();
    expect(tables(sql)).toEqual(['migration']);
    migrate(sql, { own: ['CREATE TABLE a (x); CREATE TABLE b (x)'] });
    expect(tables(sql)).toEqual(['a', 'b', 'migration']);
  });
});
