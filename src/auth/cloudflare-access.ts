import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { SignInProvider } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { claimValues } from './claims.ts';
import type { SignedIn } from './people.ts';
import { type ProviderNetwork, ProviderRefused, providerFetch } from './provider-fetch.ts';

/**
 * Cloudflare Access in front of the Worker puts a signed assertion beside every request (`Cf-Access-Jwt-Assertion`). It counts when the team's key signed
 * it for our audience tag, and is not too old (S30). Groups come from Access' own identity endpoint, which knows what the identity provider said.
 */
export async function acceptAccessAssertion(
  client: { readonly provider: SignInProvider; readonly network: ProviderNetwork },
  assertion: string,
): Promise<Result<SignedIn, Problem>> {
  const { provider, network } = client;
  const team = teamUrl(provider.teamDomain);
  if (team === undefined || (provider.audience ?? '') === '')
    return err(problem('auth.provider', `${provider.id}: a team domain and an audience tag are needed`));
  const ask = providerFetch(network);
  try {
    const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', team), {
      [customFetch]: (url, init) => ask(url, init as RequestInit), // the library's own init type is narrower
    });
    const { payload } = await jwtVerify(assertion, keys, {
      issuer: team.origin,
      audience: provider.audience ?? '',
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: 60,
    });
    const { sub = '', email } = payload;
    // Service tokens have no subject: they are no person (S31).
    if (sub.trim() === '') return err(problem('auth.refused', 'the assertion names nobody'));
    const named = typeof email === 'string' && email !== '' ? email : undefined;
    return ok({
      id: `oidc:${team.origin}#${sub}`,
      subject: sub,
      provider: provider.id,
      name: named ?? sub,
      ...(named === undefined ? {} : { email: named }),
      claims: { groups: await groupsOf(ask, team, assertion) },
    });
  } catch (error) {
    const why =
      error instanceof errors.JOSEError ? error.code : error instanceof ProviderRefused ? error.message : 'not readable';
    return err(problem('auth.refused', `the assertion of Cloudflare Access was refused: ${why}`));
  }
}

type Ask = ReturnType<typeof providerFetch>;

async function groupsOf(ask: Ask, team: URL, assertion: string): Promise<string[]> {
  try {
    const answer = await ask(new URL('/cdn-cgi/access/get-identity', team).href, {
      headers: { cookie: `CF_Authorization=${assertion}` },
    });
    const identity: unknown = answer.ok ? await answer.json() : undefined;
    const groups: unknown = typeof identity === 'object' && identity !== null && 'groups' in identity ? identity.groups : [];
    if (!Array.isArray(groups)) return [];
    return claimValues(
      groups.map((group: unknown) => (typeof group === 'object' && group !== null && 'name' in group ? group.name : group)),
    );
  } catch {
    // Without groups somebody may less, never more.
    return [];
  }
}

/** `https://<team>.cloudflareaccess.com`, however it was written. */
function teamUrl(domain: string | undefined): URL | undefined {
  if (domain === undefined || domain.trim() === '') return undefined;
  const url = /^https?:\/\//.test(domain)
    ? domain
    : `https://${domain.includes('.') ? domain : `${domain}.cloudflareaccess.com`}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}
