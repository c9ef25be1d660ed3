import type { AppTree, TreeDelta } from '../../core/api/tree.ts';
import { applyDelta } from '../../core/tree/apply-delta.ts';
import { deleteChunks, getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';

/** The newest tree of each App, as JSON; a long one is a chunk, for a row has a limit. */
export const TREE_MIGRATIONS: readonly string[] = ['CREATE TABLE tree (app TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID'];

const ROW_CHARACTERS = 400_000;
const IN_CHUNKS = '';
const chunkName = (app: string) => `tree/${app}`;

/** What the agent said last of an App's tree; undefined while it has not spoken of it. */
export function readTree(sql: Sql, app: string): AppTree | undefined {
  const row = sql.all<{ row: string }>('SELECT row FROM tree WHERE app = ?', app)[0]?.row;
  if (row === undefined) return undefined;
  const text = row === IN_CHUNKS ? new TextDecoder().decode(getChunks(sql, chunkName(app)) ?? new Uint8Array(0)) : row;
  return JSON.parse(text) as AppTree; // written by putTree only
}

/** Takes over what has changed; false when the tree that the delta supposes is not here. Call it inside a transaction. */
export function takeDelta(sql: Sql, delta: TreeDelta): boolean {
  const tree = applyDelta(delta.full ? undefined : readTree(sql, delta.app), delta);
  if (tree === undefined) return false;
  putTree(sql, delta.app, tree);
  return true;
}

function putTree(sql: Sql, app: string, tree: AppTree): void {
  deleteChunks(sql, chunkName(app));
  let row = JSON.stringify(tree);
  if (row.length > ROW_CHARACTERS) {
    putChunks(sql, chunkName(app), new TextEncoder().encode(row));
    row = IN_CHUNKS;
  }
  sql.run('INSERT INTO tree (app, row) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET row = excluded.row', app, row);
}

/** Forgets the tree of an App. */
export function deleteTree(sql: Sql, app: string): void {
  sql.run('DELETE FROM tree WHERE app = ?', app);
  deleteChunks(sql, chunkName(app));
}
