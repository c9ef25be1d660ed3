import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { sha256Hex } from '../../core/bundle/bundle-digest.ts';
import { toHex } from '../../core/json/bytes.ts';
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
/** And of all keys: an App whose parameters change with every release leaves a key behind each time. The oldest go first. */
const KEPT_RESULTS = 20_000;
const KEPT_BYTES = 1_000_000_000;
/** How often, in results that were put, the totals are looked at. */
const COUNT_EVERY = 50;

/**
 * Renders that were done, by everything that decides them: a key (the App's parameters and the engine's version) and what each
 * read saw. Parameters and results hold Secret values: of the key only its HMAC is stored, results are sealed.
 */
export const RENDER_CACHE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE render (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, bytes INTEGER NOT NULL);
   CREATE INDEX render_by_key ON render (key);
   CREATE INDEX render_bytes ON render (id, bytes);
   ${CHUNK_TABLE}`,
];

/** A result whose reads all see in this tree what they saw then. */
export async function findRender(
  sql: Sql,
  vault: Vault,
  key: string,
  tree: CommitTree,
): Promise<{ readonly render: CachedRender; readonly reads: readonly ReadState[] } | undefined> {
  const name = await nameOf(vault, key);
  for (const { id } of sql.all<{ id: number }>('SELECT id FROM render WHERE key = ? ORDER BY id DESC', name)) {
    const stored = getChunks(sql, statesName(id));
    const states = JSON.parse(new TextDecoder().decode(stored)) as ReadState[]; // written by putRender only
    if (!(await stillTrue(tree, states))) continue;
    // Another render may have dropped it in the meantime.
    const sealed = getChunks(sql, chunkName(id));
    if (sealed === undefined) continue;
    const plain = await vault.open(sealed, contextOf(name, states));
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
  const name = await nameOf(vault, key);
  const sealed = await vault.seal(new TextEncoder().encode(JSON.stringify(render)), contextOf(name, states));
  sql.transaction(() => {
    sql.run('INSERT INTO render (key, bytes) VALUES (?, ?)', name, sealed.length);
    const id = sql.all<{ id: number }>('SELECT max(id) AS id FROM render')[0]?.id ?? 0;
    putChunks(sql, chunkName(id), sealed);
    putChunks(sql, statesName(id), new TextEncoder().encode(JSON.stringify(states)));
    dropRenders(
      sql,
      sql.all<{ id: number }>('SELECT id FROM render WHERE key = ? ORDER BY id DESC LIMIT 100 OFFSET ?', name, KEPT_PER_KEY),
    );
    if (id % COUNT_EVERY === 0) dropRenders(sql, oldestBeyond(sql, { results: KEPT_RESULTS, bytes: KEPT_BYTES }));
    return undefined;
  });
}

/** The oldest results, so many that the rest stays within the limits. */
export function oldestBeyond(sql: Sql, limits: { readonly results: number; readonly bytes: number }): { id: number }[] {
  let results = 0;
  let bytes = 0;
  return sql.all<{ id: number; bytes: number }>('SELECT id, bytes FROM render ORDER BY id DESC').filter((row) => {
    results++;
    bytes += row.bytes;
    return results > limits.results || bytes > limits.bytes;
  });
}

function dropRenders(sql: Sql, rows: readonly { readonly id: number }[]): void {
  for (const { id } of rows) {
    sql.run('DELETE FROM render WHERE id = ?', id);
    deleteChunks(sql, chunkName(id));
    deleteChunks(sql, statesName(id));
  }
}

/** The key as it is stored: nobody who reads the table can guess parameters from it. */
async function nameOf(vault: Vault, key: string): Promise<string> {
  const secret = await crypto.subtle.importKey(
    'raw',
    await vault.derive('render-key'),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(key))));
}

const chunkName = (id: number) => `render/${id}`;
const statesName = (id: number) => `render/${id}/states`;
const contextOf = (name: string, states: readonly ReadState[]) => `render/${name}/${sha256Hex(JSON.stringify(states))}`;
