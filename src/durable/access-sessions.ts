import { ADMIN_ROLE } from '../../core/access/builtin-policy.ts';
import type { Caller } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiToken } from '../auth/api-tokens.ts';
import { digestOf } from '../auth/digest.ts';
import { OPERATOR, tokenIdentity } from '../auth/identity.ts';
import { findPerson, type Person, putPerson, setRoles } from '../auth/people.ts';
import { COOKIE_MS, putSession } from '../auth/sessions.ts';
import type { NewSession } from '../platform/access-port.ts';
import { randomId } from '../platform/clock.ts';
import type { Env } from '../platform/env.ts';
import { readFact, writeFact } from '../platform/facts.ts';
import { randomSecret } from '../platform/random-secret.ts';
import type { Sql } from '../platform/sql.ts';
import type { Vault } from '../platform/vault.ts';

/** What the parts of the Access object work with. */
export interface AccessParts {
  readonly sql: Sql;
  readonly vault: Vault;
  readonly now: () => number;
  readonly env: Env;
  /** Carries out a change and records it, with who made it. */
  readonly change: (by: Caller | undefined, kind: string, text: string, body: () => void) => Promise<void>;
}

/** Who a session is for. */
type Who = { readonly person: Person } | { readonly token: ApiToken } | { readonly operator: string };

/** Begins a session of a browser; `text` is what is recorded. */
export async function newSession(parts: AccessParts, who: Who, text: string): Promise<NewSession> {
  const secret = randomSecret();
  const hash = await digestOf(secret);
  const id = randomId();
  const created = parts.now();
  const until = 'token' in who ? Math.min(created + COOKIE_MS, who.token.expiresAt) : created + COOKIE_MS;
  const caller = callerOf(who, id);
  await parts.change(caller, 'sign-in', text, () =>
    putSession(parts.sql, {
      id,
      hash,
      kind: 'cookie',
      ...('person' in who ? { person: who.person.id } : {}),
      ...('token' in who ? { token: who.token.id } : {}),
      ...('operator' in who ? { operator: who.operator } : {}),
      created,
      expires: until,
    }),
  );
  return { secret, expiresAt: until, caller };
}

function callerOf(who: Who, session: string): Caller {
  const via = `session:${session}`;
  if ('operator' in who) return { ...OPERATOR, via };
  if ('token' in who) return tokenIdentity(who.token, via, who.token.expiresAt).caller;
  return { id: who.person.id, name: who.person.name, kind: 'person', groups: who.person.claims['groups'] ?? [], via };
}

const CODE_MS = 24 * 3_600_000;
interface FirstAdminCode {
  readonly digest: string;
  readonly expires: number;
}

/** A code that makes one administrator, once, within a day; the code before it is void. Only its digest is kept. */
export async function makeFirstAdminCode(parts: AccessParts): Promise<{ readonly code: string; readonly expiresAt: number }> {
  const code = randomSecret();
  const expires = parts.now() + CODE_MS;
  const digest = await digestOf(code);
  await parts.change(OPERATOR, 'sign-in', 'a one-time code for an administrator was made', () =>
    writeFact(parts.sql, 'first-admin', { digest, expires } satisfies FirstAdminCode),
  );
  return { code, expiresAt: expires };
}

/** Makes an administrator of `person`, or of a new one with this name. Two who bring the code at once take turns: the second is refused. */
export async function redeemFirstAdminCode(
  parts: AccessParts,
  asked: { readonly code: string; readonly name: string; readonly person: string | undefined },
): Promise<Result<NewSession, Problem>> {
  const stored = readFact<FirstAdminCode | null>(parts.sql, 'first-admin');
  const digest = await digestOf(asked.code);
  if (stored === undefined || stored === null || stored.digest !== digest || stored.expires <= parts.now())
    return err(problem('auth.code', 'this code is not valid, was used or is too old'));
  const now = parts.now();
  const known = asked.person === undefined ? undefined : findPerson(parts.sql, asked.person);
  const name = asked.name.trim();
  if (known === undefined && name === '') return err(problem('api.invalid', 'name: say who you are'));
  const id = known?.id ?? `local:${randomId()}`;
  let person: Person | undefined;
  await parts.change(OPERATOR, 'person', `${known?.name ?? name} became administrator with the one-time code`, () => {
    writeFact(parts.sql, 'first-admin', null);
    if (known === undefined) putPerson(parts.sql, { id, name, subject: id, provider: 'first-admin', claims: {} }, now);
    setRoles(parts.sql, id, [...new Set([...(known?.roles ?? []), ADMIN_ROLE])]);
    person = findPerson(parts.sql, id);
  });
  if (person === undefined) throw new Error('a person that was written is not there');
  return ok(await newSession(parts, { person }, `${person.name} signed in`));
}
