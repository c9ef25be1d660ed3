import type { Sql } from '../platform/sql.ts';

/** A browser that signed in, or a `plumb login`. Exactly one of `person`, `token` and `operator` says who. */
export interface Session {
  readonly id: string;
  readonly kind: 'cookie' | 'cli';
  readonly person?: string;
  /** Id of an API token that was exchanged for it. */
  readonly token?: string;
  /** Digest of the operator's token that was exchanged for it: the session ends when that token is another. */
  readonly operator?: string;
  readonly created: number;
  readonly expires: number;
}

/** How long a browser stays signed in, and a command line. */
export const COOKIE_MS = 12 * 3_600_000;
export const CLI_MS = 30 * 24 * 3_600_000;

type Row = {
  id: string;
  kind: string;
  person: string | null;
  token: string | null;
  operator: string | null;
  created: number;
  expires: number;
};

const COLUMNS = 'id, kind, person, token, operator, created, expires';

/** The session of a secret's digest, unless it has ended. */
export function findSession(sql: Sql, hash: string, now: number): Session | undefined {
  const row = sql.all<Row>(`SELECT ${COLUMNS} FROM session WHERE hash = ? AND expires > ?`, hash, now)[0];
  return row === undefined ? undefined : toSession(row);
}

/** A session by its id, expired or not. */
export function findSessionById(sql: Sql, id: string): Session | undefined {
  const row = sql.all<Row>(`SELECT ${COLUMNS} FROM session WHERE id = ?`, id)[0];
  return row === undefined ? undefined : toSession(row);
}

/** The sessions of a person that have not expired, oldest first. */
export function listSessions(sql: Sql, person: string, now: number): Session[] {
  return sql
    .all<Row>(`SELECT ${COLUMNS} FROM session WHERE person = ? AND expires > ? ORDER BY created`, person, now)
    .map(toSession);
}

/** Begins a session; `hash` is the digest of what its cookie or token says. */
export function putSession(sql: Sql, session: Session & { readonly hash: string }): void {
  const { id, hash, kind, person, token, operator, created, expires } = session;
  sql.run(
    'INSERT INTO session (id, hash, kind, person, token, operator, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ...[id, hash, kind, person ?? null, token ?? null, operator ?? null, created, expires],
  );
}

/** Ends a session; nothing happens when there is none. */
export function deleteSession(sql: Sql, id: string): void {
  sql.run('DELETE FROM session WHERE id = ?', id);
}

/** Ends all sessions of a person, or of a token. */
export function deleteSessionsOf(sql: Sql, who: { readonly person?: string; readonly token?: string }): void {
  if (who.person !== undefined) sql.run('DELETE FROM session WHERE person = ?', who.person);
  if (who.token !== undefined) sql.run('DELETE FROM session WHERE token = ?', who.token);
}

function toSession({ id, kind, person, token, operator, created, expires }: Row): Session {
  return {
    id,
    kind: kind === 'cli' ? 'cli' : 'cookie',
    ...(person === null ? {} : { person }),
    ...(token === null ? {} : { token }),
    ...(operator === null ? {} : { operator }),
    created,
    expires,
  };
}
