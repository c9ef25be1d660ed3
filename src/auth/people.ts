import type { Sql } from '../platform/sql.ts';

/** Somebody who signed in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** How the provider calls them: what Argo CD's policies know as the user. */
  readonly subject: string;
  readonly provider: string;
  /** Values of the claims that the policy's scopes ask for; `groups` among them. */
  readonly claims: { readonly [scope: string]: readonly string[] };
  /** Given here. */
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly seen: number;
}

/** What a provider says of somebody. */
export type SignedIn = Omit<Person, 'roles' | 'seen'>;

type Row = {
  id: string;
  name: string;
  email: string | null;
  subject: string;
  provider: string;
  claims: string;
  roles: string;
  seen: number;
};

const COLUMNS = 'id, name, email, subject, provider, claims, roles, seen';

/** The person of this id. */
export function findPerson(sql: Sql, id: string): Person | undefined {
  const row = sql.all<Row>(`SELECT ${COLUMNS} FROM person WHERE id = ?`, id)[0];
  return row === undefined ? undefined : toPerson(row);
}

/** Everybody, by name. */
export function listPeople(sql: Sql): Person[] {
  return sql.all<Row>(`SELECT ${COLUMNS} FROM person ORDER BY name`).map(toPerson);
}

/**
 * Writes down who has signed in, with what the provider says now; roles that were given here stay. A name stands for one person only, because ledgers
 * and people know them by it: who comes with a name that is taken gets their id beside it.
 */
export function putPerson(sql: Sql, person: SignedIn, now: number): Person {
  const name = freeName(sql, person);
  sql.run(
    `INSERT INTO person (id, name, email, subject, provider, claims, created, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, subject = excluded.subject, provider = excluded.provider,
       claims = excluded.claims, seen = excluded.seen`,
    ...[person.id, name, person.email ?? null, person.subject, person.provider, JSON.stringify(person.claims), now, now],
  );
  const written = findPerson(sql, person.id);
  if (written === undefined) throw new Error('a person that was written is not there');
  return written;
}

/** Replaces the roles that were given here. */
export function setRoles(sql: Sql, id: string, roles: readonly string[]): void {
  sql.run('UPDATE person SET roles = ? WHERE id = ?', JSON.stringify(roles), id);
}

/** Notes that a person was here just now. */
export function setSeen(sql: Sql, id: string, now: number): void {
  sql.run('UPDATE person SET seen = ? WHERE id = ?', now, id);
}

/** Forgets a person; sessions and tokens are the caller’s to end. */
export function deletePerson(sql: Sql, id: string): void {
  sql.run('DELETE FROM person WHERE id = ?', id);
}

/** Names that the Worker itself acts under. */
const RESERVED = /^(?:operator|plumbline|token\b.*)$/i;

function freeName(sql: Sql, { id, name, email }: SignedIn): string {
  const asked = name
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 100);
  const isTaken = sql.all('SELECT 1 AS found FROM person WHERE lower(name) = lower(?) AND id <> ?', asked, id).length > 0;
  // Many providers let people choose what they are called: an address that nobody vouches for may be somebody else's, who comes later.
  const isUnproven = asked.includes('@') && asked !== email;
  return asked === '' || RESERVED.test(asked) || isTaken || isUnproven ? `${asked} (${id})`.trim().slice(0, 400) : asked;
}

function toPerson({ email, claims, roles, ...row }: Row): Person {
  return {
    ...row,
    ...(email === null ? {} : { email }),
    // Written by putPerson and setRoles only.
    claims: JSON.parse(claims) as Person['claims'],
    roles: JSON.parse(roles) as string[],
  };
}
