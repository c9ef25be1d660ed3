import type { Bundle, Digest } from '../../core/bundle/bundle.ts';
import { deleteChunks, getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

/**
 * Bundles at rest, sealed because they hold Secret values: in R2 when it is bound, else in chunks of the Cluster object's SQLite.
 * `prepare` does the asynchronous part (sealing, and the write to R2, which harms nobody when the transaction then fails);
 * the returned function belongs into the transaction that publishes the digest.
 */
export interface BundleStore {
  has(digest: Digest): boolean;
  prepare(digest: Digest, bundle: Bundle): Promise<() => void>;
  get(digest: Digest): Promise<Bundle | undefined>;
  /** Forgets a bundle that no App names any more; call it inside a transaction. Its object in R2 stays: another cluster may name it. */
  forget(digest: Digest): void;
}

const context = (digest: Digest) => `bundle/${digest}`;

export function bundleStore(sql: Sql, vault: Vault, r2: R2Bucket | undefined): BundleStore {
  return {
    has: (digest) => sql.all('SELECT 1 AS found FROM bundle WHERE digest = ?', digest).length > 0,
    async prepare(digest, bundle) {
      const sealed = await vault.seal(new TextEncoder().encode(JSON.stringify(bundle)), context(digest));
      if (r2 !== undefined) await r2.put(context(digest), sealed);
      return () => {
        sql.run('INSERT OR IGNORE INTO bundle (digest) VALUES (?)', digest);
        if (r2 === undefined) putChunks(sql, context(digest), sealed);
      };
    },
    async get(digest) {
      const sealed = r2 === undefined ? getChunks(sql, context(digest)) : await readR2(r2, context(digest));
      if (sealed === undefined) return undefined;
      return JSON.parse(new TextDecoder().decode(await vault.open(sealed, context(digest)))) as Bundle; // written by prepare only
    },
    forget(digest) {
      sql.run('DELETE FROM bundle WHERE digest = ?', digest);
      deleteChunks(sql, context(digest));
    },
  };
}

async function readR2(r2: R2Bucket, key: string): Promise<Uint8Array | undefined> {
  const object = await r2.get(key);
  return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
}
