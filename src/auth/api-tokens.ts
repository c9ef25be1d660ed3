import type { TokenView } from '../../core/api/access.ts';
import type { Sql } from '../platform/sql.ts';

/** An API token as it is stored: without what it is. */
export interface ApiToken extends TokenView {
  readonly expiresAt: number;
  /** Id of the caller who made it: it goes with them. */
  readonly owner: string;
}

/** By this, people and scanners of secrets know a token. */
export const TOKEN_PREFIX = 'plumb_';
export const DEFAULT_TOKEN_SECONDS = 30 * 24 * 3_600;
export const MAX_TOKEN_SECONDS = 3 * 366 * 24 * 3_600;

type Row = {
  id: string;
  name: string;
  owner: string;
  made_by: string;
  roles: string;
  project: string | null;
  created: number;
  expires: number;
  used: number | null;
};

const COLUMNS = 'id, name, owner, made_by, roles, project, created, expires, used';

/** The token of which this is the digest, while it counts. */
export function findApiToken(sql: Sql, hash: string, now: number): ApiToken | undefined {
  const row = sql.all<Row>(`SELECT ${COLUMNS} FROM token WHERE hash = ? AND expires > ?`, hash, now)[0];
  return row === undefined ? undefined : toApiToken(row);
}

/** The same by its id. */
export function findApiTokenById(sql: Sql, id: string, now: number): ApiToken | undefined {
  const row = sql.all<Row>(`SELECT ${COLUMNS} FROM token WHERE id = ? AND expires > ?`, id, now)[0];
  return row === undefined ? undefined : toApiToken(row);
}

/** All of them, also those that have expired a short while ago. */
export function listApiTokens(sql: Sql): ApiToken[] {
  return sql.all<Row>(`SELECT ${COLUMNS} FROM token ORDER BY created`).map(toApiToken);
}

/** Adds one; false when there is one of that name. */
export function putApiToken(sql: Sql, token: Omit<ApiToken, 'lastUsedAt'> & { readonly hash: string }): boolean {
  if (sql.all('SELECT 1 AS found FROM token WHERE name = ?', token.name).length > 0) return false;
  const { id, hash, name, owner, createdBy, roles, project, createdAt, expiresAt } = token;
  sql.run(
    'INSERT INTO token (id, hash, name, owner, made_by, roles, project, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[id, hash, name, owner, createdBy, JSON.stringify(roles), project ?? null, createdAt, expiresAt],
  );
  return true;
}

/** Notes that a token was used just now. */
export function setUsed(sql: Sql, id: string, now: number): void {
  sql.run('UPDATE token SET used = ? WHERE id = ?', now, id);
}

/** Forgets a token; nothing happens when there is none. */
export function deleteApiToken(sql: Sql, id: string): void {
  sql.run('DELETE FROM token WHERE id = ?', id);
}

function toApiToken({ id, name, owner, made_by, roles, project, created, expires, used }: Row): ApiToken {
  return {
    id,
    name,
    owner,
    createdBy: made_by,
    createdAt: created,
    expiresAt: expires,
    ...(used === null ? {} : { lastUsedAt: used }),
    roles: JSON.parse(roles) as string[], // written by putApiToken only
    ...(project === null ? {} : { project }),
  };
}
