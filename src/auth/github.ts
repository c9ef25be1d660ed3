import * as v from 'valibot';
import type { SignInProvider } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { SignedIn } from './people.ts';
import { type ProviderNetwork, ProviderRefused, providerFetch } from './provider-fetch.ts';
import type { SignInState } from './sign-in-state.ts';

/**
 * GitHub OAuth: code flow with PKCE and state. Teams become groups `org:team`, organisations `org`, as Dex' connector for Argo CD calls them. `issuer` is
 * https://github.com, or that of a GitHub Enterprise Server.
 */
export interface GitHubClient {
  readonly provider: SignInProvider;
  readonly secret: string | undefined;
  readonly network: ProviderNetwork;
}

const MAX_PAGES = 10;

/** The address at which a person signs in and comes back with `state`. Fails with auth.provider when the provider is not set up completely. */
export async function githubStart({ provider }: GitHubClient, state: SignInState): Promise<Result<string, Problem>> {
  const base = webBase(provider);
  if (base === undefined || (provider.clientId ?? '') === '')
    return err(problem('auth.provider', `${provider.id}: a client id is needed, and a URL where the issuer is not github.com`));
  const url = new URL(`${base}/login/oauth/authorize`);
  url.search = new URLSearchParams({
    client_id: provider.clientId ?? '',
    redirect_uri: state.redirectUri,
    scope: (provider.scopes ?? ['read:org']).join(' '),
    state: state.state,
    code_challenge: await challenge(state.verifier),
    code_challenge_method: 'S256',
  }).toString();
  return ok(url.href);
}

/** Fails with auth.refused, in our own words. */
export async function githubFinish(
  client: GitHubClient,
  state: SignInState,
  callback: { readonly url: string },
): Promise<Result<SignedIn, Problem>> {
  const query = new URL(callback.url).searchParams;
  const [code, ...more] = query.getAll('code');
  if (query.get('state') !== state.state || query.getAll('state').length !== 1)
    return err(problem('auth.refused', 'this sign-in was not begun here'));
  if (code === undefined || code === '' || more.length > 0)
    return err(problem('auth.refused', 'the provider did not let you in'));
  try {
    const token = await redeem(client, state, code);
    return ok(await whoIs(client, token));
  } catch (error) {
    const why = error instanceof ProviderRefused ? error.message : error instanceof Error ? error.name : 'unknown';
    return err(problem('auth.refused', `what GitHub answered was refused: ${why}`));
  }
}

const tokenSchema = v.object({ access_token: v.pipe(v.string(), v.minLength(1)) });
const userSchema = v.object({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  login: v.pipe(v.string(), v.minLength(1)),
});
const teamsSchema = v.array(
  v.object({ slug: v.pipe(v.string(), v.minLength(1)), organization: v.object({ login: v.pipe(v.string(), v.minLength(1)) }) }),
);
const emailsSchema = v.array(v.object({ email: v.string(), primary: v.boolean(), verified: v.boolean() }));

async function redeem({ provider, secret, network }: GitHubClient, state: SignInState, code: string): Promise<string> {
  const answer = await providerFetch(network)(`${webBase(provider)}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: provider.clientId ?? '',
      client_secret: secret ?? '',
      code,
      redirect_uri: state.redirectUri,
      code_verifier: state.verifier,
    }).toString(),
  });
  return parse(tokenSchema, await answer.json()).access_token;
}

async function whoIs({ provider, network }: GitHubClient, token: string): Promise<SignedIn> {
  const get = async (path: string): Promise<unknown> => {
    const answer = await providerFetch(network)(`${apiBase(provider)}${path}`, {
      headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'user-agent': 'plumbline' },
    });
    if (!answer.ok) throw new ProviderRefused(`${path.split('?')[0]} was answered with ${answer.status}`);
    return answer.json();
  };
  const user = parse(userSchema, await get('/user'));
  const teams: v.InferOutput<typeof teamsSchema> = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const some = parse(teamsSchema, await get(`/user/teams?per_page=100&page=${page}`));
    teams.push(...some);
    if (some.length < 100) break;
  }
  // Only with the scope user:email; without it people are known by their login.
  const emails = v.safeParse(emailsSchema, await get('/user/emails').catch(() => []));
  const email = emails.success ? emails.output.find((one) => one.primary && one.verified)?.email : undefined;
  const host = new URL(webBase(provider) ?? 'https://github.com').host;
  const id = host === 'github.com' ? `github:${user.id}` : `github:${host}/${user.id}`;
  const groups = teams.flatMap(({ slug, organization }) => [organization.login, `${organization.login}:${slug}`]);
  return {
    id,
    // A login may be given up and taken by somebody else; the number stays. Dex knows people by it too.
    subject: String(user.id),
    provider: provider.id,
    name: user.login,
    ...(email === undefined ? {} : { email }),
    claims: { groups: [...new Set(groups)] },
  };
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw new ProviderRefused('the answer has another form than documented');
  return parsed.output;
}

function webBase({ issuer = 'https://github.com' }: SignInProvider): string | undefined {
  return URL.canParse(issuer) ? issuer.replace(/\/+$/, '') : undefined;
}

function apiBase(provider: SignInProvider): string {
  const base = webBase(provider) ?? '';
  return base === 'https://github.com' ? 'https://api.github.com' : `${base}/api/v3`;
}

async function challenge(verifier: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
