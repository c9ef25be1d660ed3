import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import type { Problem } from '../../core/problem/problem.ts';
import { CHUNK_TABLE, deleteChunks, getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';
import type { CommitTree } from './commit-tree.ts';
import { type ReadState, stillTrue } from './read-state.ts';

/** What a render gave, to be found again. */
export interface CachedRender {
  readonly bundle: Bundle;
  readonly digest: Digest;
  readonly warnings: readonly Problem[];
}

/** How many results with different inputs are kept for one key: enough for staging and production on two branches, and one revert. */
const KEPT_PER_KEY = 4;

/**
 * Renders that were done, by everything that decides them: a key (the App's parameters and the engine's version) and what each
 * read saw. Results are sealed: they hold Secret values.
 */
export const RENDER_CACHE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE render (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, states TEXT NOT NULL);
   CREATE INDEX render_by_key ON render (key);
   ${CHUNK_TABLE}`,
];

/** A result whose reads all see in this tree what they saw then. */
export async function findRender(
  sql: Sql,
  vault: Vault,
  key: string,
  tree: CommitTree,
): Promise<{ readonly render: CachedRender; readonly reads: readonly ReadState[] } | undefined> {
  for (const row of sql.all<{ id: number; states: string }>(
    'SELECT id, states FROM render WHERE key = ? ORDER BY id DESC',
    key,
  )) {
    const states = JSON.parse(row.states) as ReadState[]; // written by putRender only
    if (!(await stillTrue(tree, states))) continue;
    const sealed = getChunks(sql, chunkName(row.id));
    if (sealed === undefined) continue;
    const plain = await vault.open(sealed, chunkName(row.id));
    return { render: JSON.parse(new TextDecoder().decode(plain)) as CachedRender, reads: states };
  }
  return undefined;
}

/** Keeps a result; the oldest of the same key goes. */
export async function putRender(
  sql: Sql,
  vault: Vault,
  key: string,
  states: readonly ReadState[],
  render: CachedRender,
): Promise<void> {
  sql.run('INSERT INTO render (key, states) VALUES (?, ?)', key, JSON.stringify(states));
  const id = sql.all<{ id: number }>('SELECT max(id) AS id FROM render')[0]?.id ?? 0;
  const sealed = await vault.seal(new TextEncoder().encode(JSON.stringify(render)), chunkName(id));
  sql.transaction(() => {
    putChunks(sql, chunkName(id), sealed);
    for (const old of sql.all<{ id: number }>(
      'SELECT id FROM render WHERE key = ? ORDER BY id DESC LIMIT 100 OFFSET ?',
      key,
      KEPT_PER_KEY,
    )) {
      sql.run('DELETE FROM render WHERE id = ?', old.id);
      deleteChunks(sql, chunkName(old.id));
    }
    return undefined;
  });
}

const chunkName = (id: number) => `render/${id}`;
