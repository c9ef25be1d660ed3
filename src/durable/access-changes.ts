import type { Policy } from '../../core/access/policy.ts';
import type { SignInProvider, TokenCreated, TokenInput } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS, putApiToken, TOKEN_PREFIX } from '../auth/api-tokens.ts';
import { digestOf } from '../auth/digest.ts';
import type { Actor } from '../platform/access-port.ts';
import { randomId } from '../platform/clock.ts';
import { randomSecret } from '../platform/random-secret.ts';
import type { AccessParts } from './access-sessions.ts';

/** Why somebody may not give these roles to others; undefined when they may. What was there before may stay: nobody is made to take a role away. */
export function mayGive(
  policy: Policy,
  { roles, had = [], by }: { readonly roles: readonly string[]; readonly had?: readonly string[]; readonly by: Actor },
): Problem | undefined {
  const added = roles.filter((role) => !had.includes(role));
  const wrong = added.find((role) => !/^(?:role|proj):\S+$/.test(role) || !policy.knows(role));
  if (wrong !== undefined) return problem('auth.roles', `there is no role ${wrong}`);
  const missing = by.everything ? undefined : added.find((role) => !by.roles.includes(role));
  return missing === undefined ? undefined : problem('auth.roles', `you do not have ${missing} yourself`);
}

/** Who writes the policy gives every role, and who says where people sign in says who everybody is: neither is for whoever may less than that. */
export function onlyAdministrators(what: string): Problem {
  return problem('auth.roles', `${what} can give every role, so only administrators change it`);
}

/** Makes an API token; it is in the answer and nowhere else. */
export async function createToken(
  parts: AccessParts,
  policy: Policy,
  { input, by }: { readonly input: TokenInput; readonly by: Actor },
): Promise<Result<TokenCreated, Problem>> {
  const refused = mayGive(policy, { roles: input.roles, by });
  if (refused !== undefined) return err(refused);
  const seconds = input.expiresIn ?? DEFAULT_TOKEN_SECONDS;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_TOKEN_SECONDS)
    return err(problem('api.invalid', `expiresIn: 1 to ${MAX_TOKEN_SECONDS} seconds`));
  const token = `${TOKEN_PREFIX}${randomSecret()}`;
  const hash = await digestOf(token);
  const createdAt = parts.now();
  const view = {
    id: randomId(),
    name: input.name,
    createdBy: by.caller.name,
    createdAt,
    expiresAt: Math.min(createdAt + seconds * 1_000, by.expiresAt ?? Number.MAX_SAFE_INTEGER),
    roles: input.roles,
    ...(input.project === undefined ? {} : { project: input.project }),
  };
  const within = input.project === undefined ? '' : `, within project ${input.project}`;
  let isNew = false;
  const text = `token ${input.name} made with ${input.roles.join(', ')}${within}`;
  if (parts.sql.all('SELECT 1 AS found FROM token WHERE name = ?', input.name).length > 0)
    return err(problem('api.conflict', `there is a token ${input.name} already`));
  await parts.change(by.caller, 'token', text, () => {
    isNew = putApiToken(parts.sql, { ...view, hash, owner: by.caller.id });
  });
  if (!isNew) throw new Error('the name of a token was taken between two statements');
  return ok({ ...view, token });
}

/** What is wrong with a list of providers; undefined when nothing is. */
export function checkProviders(providers: readonly SignInProvider[]): Problem | undefined {
  const ids = new Set(providers.map(({ id }) => id));
  if (ids.size !== providers.length) return problem('auth.provider', 'two providers have one id');
  for (const provider of providers) {
    const { id, kind, issuer, clientId, teamDomain, audience } = provider;
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) return problem('auth.provider', 'an id has lower-case letters, digits and dashes');
    if (kind === 'oidc' && (issuer === undefined || !/^https?:\/\//.test(issuer) || !URL.canParse(issuer)))
      return problem('auth.provider', `${id}: the issuer is a URL`);
    if (kind !== 'cloudflare-access' && (clientId ?? '') === '') return problem('auth.provider', `${id}: a client id is needed`);
    if (kind === 'cloudflare-access' && ((teamDomain ?? '') === '' || (audience ?? '') === ''))
      return problem('auth.provider', `${id}: a team domain and an audience tag are needed`);
  }
  return undefined;
}
