import type { Subjects } from '../../core/access/policy.ts';
import type { Caller } from '../../core/api/access.ts';
import type { Identity } from '../platform/access-port.ts';
import type { ApiToken } from './api-tokens.ts';
import type { Person } from './people.ts';
import type { Session } from './sessions.ts';

/** By what names the policy knows somebody; `scopes` says which claims name groups (argocd-rbac-cm `scopes`). */
function personSubjects(person: Person, scopes: readonly string[]): Subjects {
  const groups = scopes.flatMap((scope) =>
    scope === 'email' ? (person.email === undefined ? [] : [person.email]) : (person.claims[scope] ?? []),
  );
  return { names: [person.id, person.subject], groups: [...new Set(groups)], roles: person.roles, isPerson: true };
}

/** Who a person is in a session: by name and id, with the groups that the sign-in provider says. */
export function personIdentity(person: Person, session: Session, scopes: readonly string[]): Identity {
  const subjects = personSubjects(person, scopes);
  const caller: Caller = {
    id: person.id,
    name: person.name,
    kind: 'person',
    groups: subjects.groups,
    via: `session:${session.id}`,
  };
  return {
    caller,
    subjects,
    ...(person.email === undefined ? {} : { email: person.email }),
    expiresAt: session.expires,
  };
}

/** A token has the roles that were given to it and no others: neither those of its maker nor the default role. */
export function tokenIdentity(token: ApiToken, via: string, expires: number): Identity {
  return {
    caller: { id: `token:${token.id}`, name: `token ${token.name}`, kind: 'token', groups: [], via },
    subjects: { names: [], groups: [], roles: token.roles, isPerson: false },
    ...(token.project === undefined ? {} : { project: token.project }),
    expiresAt: Math.min(expires, token.expiresAt),
  };
}

export const OPERATOR: Caller = { id: 'operator', name: 'operator', kind: 'operator', groups: [], via: 'operator' };

/** Who the operator is in a session. */
export function operatorIdentity(session: Session): Identity {
  return {
    caller: { ...OPERATOR, via: `session:${session.id}` },
    subjects: { names: [], groups: [], roles: [], isPerson: false },
    expiresAt: session.expires,
  };
}
