import type { PersonView } from '../../core/api/access.ts';
import type { Sql } from '../platform/sql.ts';
import { listPeople } from './people.ts';
import { listSessions } from './sessions.ts';

/** Everybody who ever signed in and was not removed, with their sessions. */
export function listPersonViews(sql: Sql, scopes: readonly string[], now: number): PersonView[] {
  return listPeople(sql).map((person) => ({
    id: person.id,
    name: person.name,
    ...(person.email === undefined ? {} : { email: person.email }),
    provider: person.provider,
    groups: scopes.flatMap((scope) => person.claims[scope] ?? []),
    roles: person.roles,
    lastSeenAt: person.seen,
    sessions: listSessions(sql, person.id, now).map(({ id, created, expires }) => ({
      id,
      createdAt: created,
      expiresAt: expires,
    })),
  }));
}
