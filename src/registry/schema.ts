/**
 * The Fleet's memory, in its Durable Object's SQLite. Append-only list of migrations (see platform/durable-sql.ts).
 *
 *   source      a fleet path: where App definitions are read
 *   credential  how to reach a repository, sealed
 *   tip         the commit of a (repository, revision) up to which every App has been brought
 *   dirty       repositories with work to do: written before a webhook is answered, deleted when its work is done
 *   app         an App's definition, sealed (Helm values may hold secrets)
 *   app_read    which path of which repository an App's render looked at: `f` file, `d` directory listing, `m` missing path, `p` probed path
 *   cluster     name, identity and the one-use enrolment token (its hash)
 *   signing_key online keys, seeds sealed
 *   fact        small things: root key, key list
 */
export const FLEET_MIGRATIONS: readonly string[] = [
  `CREATE TABLE source (id TEXT PRIMARY KEY, repo TEXT NOT NULL, url TEXT NOT NULL, revision TEXT NOT NULL, path TEXT NOT NULL,
     cluster TEXT NOT NULL, commit_id TEXT, problems TEXT NOT NULL DEFAULT '[]');
   CREATE TABLE credential (repo TEXT PRIMARY KEY, sealed BLOB NOT NULL);
   CREATE TABLE tip (repo TEXT NOT NULL, revision TEXT NOT NULL, info TEXT, problem TEXT, PRIMARY KEY (repo, revision));
   CREATE TABLE dirty (repo TEXT PRIMARY KEY, since INTEGER NOT NULL);
   CREATE TABLE app (cluster TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, repo TEXT NOT NULL, url TEXT NOT NULL, revision TEXT NOT NULL,
     file TEXT NOT NULL, hash TEXT NOT NULL, definition BLOB NOT NULL, again INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (cluster, id));
   CREATE INDEX app_by_repo ON app (repo, revision);
   CREATE TABLE app_read (repo TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, cluster TEXT NOT NULL, id TEXT NOT NULL,
     PRIMARY KEY (cluster, id, kind, path)) WITHOUT ROWID;
   CREATE INDEX app_read_by_path ON app_read (repo, path);
   CREATE TABLE cluster (name TEXT PRIMARY KEY, uid TEXT UNIQUE, lobby INTEGER NOT NULL, token_hash TEXT, agent_key TEXT);
   CREATE TABLE signing_key (keyid TEXT PRIMARY KEY, public BLOB NOT NULL, sealed BLOB NOT NULL, created INTEGER NOT NULL);
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
];
