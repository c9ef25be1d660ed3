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
 *   shared    what many Apps have in common, by its digest: object rules of projects, settings of Argo CD
 *   remote    Apps of other clusters that Apps here depend on, and whether they are ready
 *   watcher   clusters that depend on an App here, and what they were told last
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
  // `good` is the bundle of a release's last success: it is kept, to go back to.
  `ALTER TABLE desired ADD COLUMN settings TEXT;
   ALTER TABLE desired ADD COLUMN project TEXT;
   ALTER TABLE desired ADD COLUMN good TEXT;
   CREATE INDEX desired_by_settings ON desired (settings) WHERE settings IS NOT NULL;
   CREATE INDEX desired_by_project ON desired (project) WHERE project IS NOT NULL;
   CREATE INDEX desired_by_good ON desired (good) WHERE good IS NOT NULL;
   CREATE TABLE shared (key TEXT PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE remote (cluster TEXT NOT NULL, app TEXT NOT NULL, ready INTEGER NOT NULL, PRIMARY KEY (cluster, app)) WITHOUT ROWID;
   CREATE TABLE watcher (app TEXT NOT NULL, cluster TEXT NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (app, cluster)) WITHOUT ROWID`,
  // What else an event says (actor, reason, revision, notice, the App as it was then), as JSON.
  `ALTER TABLE event ADD COLUMN more TEXT NOT NULL DEFAULT '{}'`,
];
