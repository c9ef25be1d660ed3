import type { Context } from 'hono';
import { ADMIN_ROLE } from '../../core/access/builtin-policy.ts';
import { type Allows, compilePolicy, type Policy } from '../../core/access/policy.ts';
import type { Caller, Resource } from '../../core/api/access.ts';
import { hasToken, tokenOf } from '../auth/bearer.ts';
import { digestOf } from '../auth/digest.ts';
import { OPERATOR } from '../auth/identity.ts';
import type { Actor, Credential, Identified, Identity } from '../platform/access-port.ts';
import { accessOf, type Env } from '../platform/env.ts';
import { sessionCookie } from './session-cookie.ts';

/**
 * Whether the caller may do something to an object: `<project>/<app>` for `applications` and `logs`, a name for the others, `*` for all.
 * It follows the policy while a stream is open, so ask it each time.
 */
export type May = (resource: Resource, action: string, object: string) => boolean;

/** Somebody who proved who they are, and what they may do. */
export interface Authenticated {
  readonly caller: Caller;
  readonly may: May;
  /** By a cookie: browsers send it from everywhere, so what changes something is looked at twice (S29). */
  readonly isCookie: boolean;
  readonly email?: string;
  readonly expiresAt?: number;
  /** Another one whenever something has changed on which their rights depend. */
  stamp(): string;
  actor(): Actor;
  /** Settles once something about access may have changed; gives whether the caller is still who they were. `may` then follows the new policy. */
  follow(): Promise<boolean>;
}

type Bound = { Bindings: Env };

/** The policies that this isolate has compiled lately, the newest last. Every request says by which it is decided, so that an answer that was late decides nothing. */
const policies = new Map<string, Policy>();
const MAX_POLICIES = 4;

/** Who is calling: by the operator's token, a token or `plumb login` in the Authorization header, or a browser's cookie. undefined is nobody. */
export async function authenticate<E extends Bound>(c: Context<E>): Promise<Authenticated | undefined> {
  const header = c.req.header('authorization');
  if (await hasToken(header, c.env.PLUMBLINE_API_TOKEN)) return operator();
  const given = header === undefined ? sessionCookie(c) : tokenOf(header);
  // Everything that we hand out has at least 43 characters; what is shorter need not be looked up.
  if (given === undefined || given.length < 40 || given.length > 200) return undefined;
  const credential: Credential = { kind: header === undefined ? 'cookie' : 'bearer', digest: await digestOf(given) };
  const found = await withPolicy(c.env, credential, await accessOf(c.env).identify(credential, newestVersion()));
  return found.identity === undefined ? undefined : known(c.env, credential, found, found.identity);
}

function operator(): Authenticated {
  return {
    caller: OPERATOR,
    may: () => true,
    isCookie: false,
    stamp: () => 'operator',
    actor: () => ({ caller: OPERATOR, roles: [ADMIN_ROLE], everything: true }),
    // Its token is a setting of this deployment: a new one is a new deployment, which ends every stream.
    follow: () => new Promise(() => undefined),
  };
}

function known(env: Env, credential: Credential, first: Identified, who: Identity): Authenticated {
  let at = first;
  let identity = who;
  let decided = decide(first, who);
  const isOperator = who.caller.kind === 'operator';
  return {
    caller: who.caller,
    may: (resource, action, object) => decided.allows(resource, action, object),
    isCookie: credential.kind === 'cookie',
    ...(who.email === undefined ? {} : { email: who.email }),
    expiresAt: who.expiresAt,
    stamp: () => at.stamp,
    actor: () => ({
      caller: identity.caller,
      roles: isOperator ? [ADMIN_ROLE] : decided.roles,
      everything: isOperator || (decided.roles.includes(ADMIN_ROLE) && identity.project === undefined),
      ...(who.caller.kind === 'token' ? { expiresAt: who.expiresAt } : {}),
    }),
    async follow() {
      at = await withPolicy(env, credential, await accessOf(env).follow(credential, newestVersion() ?? '', at.stamp));
      if (at.identity === undefined) return false;
      identity = at.identity;
      decided = decide(at, identity);
      return true;
    },
  };
}

function newestVersion(): string | undefined {
  return [...policies.keys()].at(-1);
}

/** Compiles the policy of an answer; asks again when it was left out and this isolate has let go of it meanwhile. */
async function withPolicy(env: Env, credential: Credential, found: Identified): Promise<Identified> {
  const { version, source } = found.policy;
  if (policies.has(version)) return found;
  if (source === undefined) return withPolicy(env, credential, await accessOf(env).identify(credential));
  const [oldest] = policies.keys();
  if (policies.size >= MAX_POLICIES && oldest !== undefined) policies.delete(oldest);
  policies.set(version, compilePolicy(source));
  return found;
}

interface Decided {
  readonly allows: Allows;
  readonly roles: readonly string[];
}

function decide({ policy: { version } }: Identified, identity: Identity): Decided {
  if (identity.caller.kind === 'operator') return { allows: () => true, roles: [ADMIN_ROLE] };
  const policy = policies.get(version);
  // It was compiled a moment ago; were it not, nothing would be allowed.
  if (policy === undefined) return { allows: () => false, roles: [] };
  const allows = policy.for(identity.subjects);
  const roles = [...policy.rolesOf(identity.subjects)].filter((role) => /^(?:role|proj):/.test(role));
  return { allows: identity.project === undefined ? allows : within(identity.project, allows), roles };
}

/** A token of one project: Apps and their logs there, and that the project exists. */
function within(project: string, allows: Allows): Allows {
  return (resource, action, object) => {
    const isInside =
      resource === 'applications' || resource === 'logs'
        ? object.startsWith(`${project}/`)
        : resource === 'projects' && action === 'get' && object === project;
    return isInside && allows(resource, action, object);
  };
}
