import type { Digest } from '../../core/bundle/bundle.ts';
import type { Envelope, Snapshot } from '../../core/protocol/messages.ts';
import { getChunks, putChunks } from '../platform/chunks.ts';
import type { Sql } from '../platform/sql.ts';

/** The newest signed generation, as stored. */
export interface NewestSnapshot {
  readonly snapshot: Snapshot;
  readonly digest: Digest;
  readonly envelope: Envelope;
}

const NAME = 'snapshot';

/** Writes the newest generation over the one before; the ledger keeps the history. Call it inside a transaction. */
export function putNewest(sql: Sql, newest: NewestSnapshot): void {
  sql.run(
    'INSERT INTO snapshot (one, digest) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET digest = excluded.digest',
    newest.digest,
  );
  putChunks(sql, NAME, new TextEncoder().encode(JSON.stringify({ snapshot: newest.snapshot, envelope: newest.envelope })));
}

export function readNewest(sql: Sql): NewestSnapshot | undefined {
  const row = sql.all<{ digest: string }>('SELECT digest FROM snapshot')[0];
  const bytes = row === undefined ? undefined : getChunks(sql, NAME);
  if (row === undefined || bytes === undefined) return undefined;
  const stored = JSON.parse(new TextDecoder().decode(bytes)) as { snapshot: Snapshot; envelope: Envelope }; // written by putNewest only
  return { ...stored, digest: row.digest };
}
