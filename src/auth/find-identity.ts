import type { Credential, Identity } from '../platform/access-port.ts';
import type { Sql } from '../platform/sql.ts';
import { type ApiToken, findApiToken, findApiTokenById, setUsed } from './api-tokens.ts';
import { operatorIdentity, personIdentity, tokenIdentity } from './identity.ts';
import { findPerson, setSeen } from './people.ts';
import { findSession } from './sessions.ts';

/** "Last seen" is written this rarely, so that a request writes nothing. */
const SEEN_MS = 5 * 60_000;

/** Who a credential stands for now; undefined for nobody, whatever the reason. `operator` is the digest of the operator's token of today. */
export function findIdentity(
  sql: Sql,
  { kind, digest }: Credential,
  at: { readonly now: number; readonly scopes: readonly string[]; readonly operator: string | undefined },
): Identity | undefined {
  const { now } = at;
  const token = kind === 'bearer' ? findApiToken(sql, digest, now) : undefined;
  if (token !== undefined) {
    if (now - (token.lastUsedAt ?? 0) > SEEN_MS) setUsed(sql, token.id, now);
    return owned(sql, tokenIdentity(token, `token:${token.id}`, token.expiresAt), token);
  }
  const session = findSession(sql, digest, now);
  if (session === undefined || (session.kind === 'cookie') !== (kind === 'cookie')) return undefined;
  if (session.operator !== undefined) return session.operator === at.operator ? operatorIdentity(session) : undefined;
  if (session.token !== undefined) {
    const exchanged = findApiTokenById(sql, session.token, now);
    return exchanged && owned(sql, tokenIdentity(exchanged, `session:${session.id}`, session.expires), exchanged);
  }
  const person = findPerson(sql, session.person ?? '');
  if (person === undefined) return undefined;
  if (now - person.seen > SEEN_MS) setSeen(sql, person.id, now);
  return personIdentity(person, session, at.scopes);
}

const MAX_MAKERS = 20;

/** With who made the token: a token that made another one leads to who made that. */
function owned(sql: Sql, identity: Identity, token: ApiToken): Identity {
  let made = token;
  for (let depth = 0; made.owner.startsWith('token:') && depth < MAX_MAKERS; depth++) {
    // One that has expired still tells who made it.
    const maker = findApiTokenById(sql, made.owner.slice('token:'.length), 0);
    if (maker === undefined) break;
    made = maker;
  }
  return { ...identity, caller: { ...identity.caller, owner: { id: made.owner, name: made.createdBy } } };
}
