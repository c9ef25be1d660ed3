import type { Digest } from '../../core/bundle/bundle.ts';
import type { Envelope } from '../../core/protocol/messages.ts';
import { getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';

/** The newest signed generation, without its content. */
export interface NewestSnapshot {
  readonly generation: number;
  /** Version of the key list under which it was signed. */
  readonly keys: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly digest: Digest;
}

const NAME = 'snapshot';

/** Writes the newest generation over the one before; the ledger keeps the history. Call it inside a transaction. */
export function putNewest(sql: Sql, newest: NewestSnapshot & { readonly envelope: Envelope }): void {
  sql.run(
    `INSERT INTO snapshot (one, generation, keys, expires_at, digest) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (one) DO UPDATE SET generation = excluded.generation, keys = excluded.keys, expires_at = excluded.expires_at,
       digest = excluded.digest`,
    newest.generation,
    newest.keys,
    newest.expiresAt,
    newest.digest,
  );
  putChunks(sql, NAME, new TextEncoder().encode(JSON.stringify(newest.envelope)));
}

export function readNewest(sql: Sql): NewestSnapshot | undefined {
  const row = sql.all<{ generation: number; keys: number; expires_at: number; digest: string }>('SELECT * FROM snapshot')[0];
  if (row === undefined) return undefined;
  return { generation: row.generation, keys: row.keys, expiresAt: row.expires_at, digest: row.digest };
}

/** The newest generation as it is delivered. */
export function readEnvelope(sql: Sql): Envelope | undefined {
  const bytes = getChunks(sql, NAME);
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Envelope); // written by putNewest only
}
