/**
 * The Access object's memory, in its Durable Object's SQLite. Append-only list of migrations (platform/durable-sql.ts). Of secrets that people hold only
 * the SHA-256 is stored: they have 256 bits, so nothing slower is needed.
 *
 *   person    somebody who signed in; `claims` are the values that the policy's scopes ask for, `roles` were given here
 *   session   a browser (`cookie`) or a `plumb login` (`cli`); `token` when it stands for an API token, `operator` the digest of the operator's token
 *   token     API tokens
 *   provider  how one signs in; the client's secret sealed
 *   git       what fleet paths say of access, as JSON; the oldest (`n`) of two that speak of the same counts
 *   device    sign-ins of `plumb login` that wait for somebody to approve them
 *   used      states of sign-ins that came back: each counts once
 *   outbox    what the Board has not been told yet
 *   fact      policy, first administrator's code
 */
export const ACCESS_MIGRATIONS: readonly string[] = [
  `CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, email TEXT, subject TEXT NOT NULL, provider TEXT NOT NULL, claims TEXT NOT NULL,
     roles TEXT NOT NULL DEFAULT '[]', created INTEGER NOT NULL, seen INTEGER NOT NULL);
   CREATE TABLE session (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, person TEXT, token TEXT, operator TEXT,
     created INTEGER NOT NULL, expires INTEGER NOT NULL);
   CREATE INDEX session_by_person ON session (person);
   CREATE TABLE token (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, made_by TEXT NOT NULL,
     roles TEXT NOT NULL, project TEXT, created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER);
   CREATE TABLE provider (id TEXT PRIMARY KEY, n INTEGER NOT NULL, value TEXT NOT NULL, sealed BLOB);
   CREATE TABLE git (source TEXT PRIMARY KEY, n INTEGER NOT NULL, value TEXT NOT NULL);
   CREATE TABLE device (hash TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, expires INTEGER NOT NULL, person TEXT);
   CREATE TABLE used (state TEXT PRIMARY KEY, expires INTEGER NOT NULL);
   CREATE TABLE outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
];
