import { beforeEach, describe, expect, it } from 'vitest';
import type { TreeDelta, TreeNode } from '../../../core/api/tree.ts';
import { CHUNK_TABLE } from '../../../src/platform/chunks.ts';
import type { Sql } from '../../../src/platform/sql.ts';
import { deleteTree, readTree, TREE_MIGRATIONS, takeDelta } from '../../../src/report/trees.ts';
import { createNodeSql } from '../../fakes/node-sql.ts';

let sql: Sql;

beforeEach(() => {
  sql = createNodeSql();
  for (const statement of [CHUNK_TABLE, ...TREE_MIGRATIONS]) sql.run(statement);
});

const node = (key: string, message = ''): TreeNode => ({
  key,
  version: 'v1',
  uid: key,
  health: { status: 'Healthy', message },
  createdAt: '',
});
const delta = (change: Partial<TreeDelta>): TreeDelta => ({
  app: 'web',
  full: false,
  changed: [],
  gone: [],
  more: 0,
  observedAt: 1,
  ...change,
});

describe('the trees of a cluster', () => {
  it('are kept as they were told, delta after delta', () => {
    expect(takeDelta(sql, delta({ full: true, changed: [node('a'), node('b')] }))).toBe(true);
    expect(takeDelta(sql, delta({ changed: [node('c')], gone: ['a'], more: 2, observedAt: 9 }))).toBe(true);
    expect(readTree(sql, 'web')).toEqual({ nodes: [node('b'), node('c')], more: 2, observedAt: 9 });
  });

  it('do not take a change of a tree that is not here: it has to be sent whole', () => {
    expect(takeDelta(sql, delta({ changed: [node('a')] }))).toBe(false);
    expect(readTree(sql, 'web')).toBeUndefined();
  });

  it('of any size fit, whatever was there before (F31)', () => {
    const large = Array.from({ length: 500 }, (_, i) => node(`n-${i}`, 'x'.repeat(4_000)));
    takeDelta(sql, delta({ full: true, changed: large }));
    expect(readTree(sql, 'web')?.nodes).toHaveLength(500);
    takeDelta(sql, delta({ full: true, changed: [node('a')] }));
    expect(readTree(sql, 'web')?.nodes).toEqual([node('a')]);
    expect(sql.all('SELECT 1 AS one FROM chunk')).toEqual([]);
  });

  it('are forgotten with their App, and no other', () => {
    for (const app of ['web', 'db']) takeDelta(sql, delta({ app, full: true, changed: [node('a', 'x'.repeat(500_000))] }));
    deleteTree(sql, 'web');
    expect(readTree(sql, 'web')).toBeUndefined();
    expect(readTree(sql, 'db')?.nodes).toHaveLength(1);
  });
});
