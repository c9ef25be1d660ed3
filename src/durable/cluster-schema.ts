import { CHUNK_TABLE } from '../platform/chunks.ts';

/**
 * A Cluster object's tables; append-only (see platform/durable-sql.ts). The ledger adds its own.
 *
 *   desired   what each App should be (JSON without secrets: definition, commit, bundle digest, problems), and the generation that decided so
 *   request   what people asked for, until a receipt answers it
 *   snapshot  the newest signed generation (its envelope is a chunk); snapshot_app its parts (deliver/snapshot-parts.ts)
 *   bundle    digests whose bytes are held; chunk holds sealed bundles and the envelope
 *   observed  what the agent said last of each App (a long list of objects is a chunk)
 *   seen      ids of reports that were taken, so that a repeated one is only acknowledged
 *   event     the last thousand things that happened
 *   fact      small values: name, identity, agent key, when last seen
 */
export const CLUSTER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE desired (app TEXT PRIMARY KEY, row TEXT NOT NULL, digest TEXT, decided INTEGER NOT NULL);
   CREATE INDEX desired_by_digest ON desired (digest);
   CREATE TABLE request (id TEXT PRIMARY KEY, app TEXT NOT NULL, row TEXT NOT NULL);
   CREATE INDEX request_by_app ON request (app);
   CREATE TABLE snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, keys INTEGER NOT NULL,
     expires_at INTEGER NOT NULL, digest TEXT NOT NULL);
   CREATE TABLE snapshot_app (app TEXT PRIMARY KEY, part TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE bundle (digest TEXT PRIMARY KEY);
   ${CHUNK_TABLE};
   CREATE TABLE observed (app TEXT PRIMARY KEY, row TEXT NOT NULL);
   CREATE TABLE seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL);
   CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, app TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
];
