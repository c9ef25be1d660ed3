/**
 * The Fleet's memory, in its Durable Object's SQLite. Append-only list of migrations (see platform/durable-sql.ts).
 *
 *   source      a fleet path: where App definitions are read; how often it was asked to be read whatever changed, and up to which of these it was
 *   credential  how to reach a repository, sealed
 *   source_file the files of a fleet path that define something or may: a change of any other file there changes no definition
 *   tip         the commit of a (repository, revision) up to which every App has been brought; since when it could not be read, and
 *               whether its Apps were told so
 *   dirty       repositories with work to do: written before a webhook is answered, deleted when its work is done
 *   app         an App's definition, sealed (Helm values may hold secrets); the hash tells whether it changed, an empty one that it is gone from Git
 *   app_read    which path of which repository an App's render looked at: `f` file, `d` directory listing, `m` missing path, `p` probed path
 *   cluster     name, identity, the one-use enrolment token (its hash), and when its snapshot is to be renewed
 *   signing_key online keys, seeds sealed
 *   fact        small things: root key, key list
 *   shared      what the Apps of a fleet path have in common, by its digest: object rules of projects, settings of Argo CD
 *   settings    the argocd-cm of a fleet path that could be read last
 */
export const FLEET_MIGRATIONS: readonly string[] = [
  `CREATE TABLE source (id TEXT PRIMARY KEY, repo TEXT NOT NULL, url TEXT NOT NULL, revision TEXT NOT NULL, path TEXT NOT NULL,
     cluster TEXT NOT NULL, commit_id TEXT, problems TEXT NOT NULL DEFAULT '[]',
     asked INTEGER NOT NULL DEFAULT 1, answered INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE credential (repo TEXT PRIMARY KEY, sealed BLOB NOT NULL);
   CREATE TABLE source_file (source TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (source, path)) WITHOUT ROWID;
   CREATE TABLE tip (repo TEXT NOT NULL, revision TEXT NOT NULL, info TEXT, problem TEXT, since INTEGER, told INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (repo, revision));
   CREATE TABLE dirty (repo TEXT PRIMARY KEY, since INTEGER NOT NULL);
   CREATE TABLE app (cluster TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, repo TEXT NOT NULL, url TEXT NOT NULL, revision TEXT NOT NULL,
     file TEXT NOT NULL, hash TEXT NOT NULL, definition BLOB NOT NULL, again INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (cluster, id));
   CREATE INDEX app_by_repo ON app (repo, revision);
   CREATE INDEX app_by_source ON app (source);
   CREATE INDEX app_again ON app (repo) WHERE again = 1;
   CREATE TABLE app_read (repo TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, cluster TEXT NOT NULL, id TEXT NOT NULL,
     PRIMARY KEY (cluster, id, kind, path)) WITHOUT ROWID;
   CREATE INDEX app_read_by_path ON app_read (repo, path);
   CREATE TABLE cluster (name TEXT PRIMARY KEY, uid TEXT UNIQUE, lobby INTEGER NOT NULL, token_hash TEXT, agent_key TEXT,
     renew_at INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE signing_key (keyid TEXT PRIMARY KEY, public BLOB NOT NULL, sealed BLOB NOT NULL, created INTEGER NOT NULL);
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  `CREATE TABLE shared (source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source, key));
   CREATE INDEX shared_by_key ON shared (key);
   CREATE TABLE settings (source TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  // Since when nothing is heard of its agent, once its Cluster object was told.
  `ALTER TABLE cluster ADD COLUMN silent_since INTEGER`,
];
