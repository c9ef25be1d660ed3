import * as oidc from 'openid-client';
import type { SignInProvider } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { claimValues } from './claims.ts';
import type { SignedIn } from './people.ts';
import { type ProviderNetwork, ProviderRefused, providerFetch } from './provider-fetch.ts';
import type { SignInState } from './sign-in-state.ts';

/**
 * OpenID Connect: discovery, code flow with PKCE, state and nonce; the ID token's signature is verified with the provider's keys although it comes through
 * TLS, by an asymmetric algorithm only (S30). Clocks may differ by a minute.
 */
export interface OidcClient {
  readonly provider: SignInProvider;
  readonly secret: string | undefined;
  readonly network: ProviderNetwork;
  readonly now: () => number;
}

/** What providers say of themselves, remembered for a while: everybody may begin a sign-in, and each would ask the provider. */
const discovered = new Map<string, { readonly metadata: oidc.ServerMetadata; readonly until: number }>();
const KEPT_MS = 5 * 60_000;
const MAX_KEPT = 50;

const CLOCK_SECONDS = 60;
const ALGORITHMS = /^(?:RS|PS|ES)(?:256|384|512)$|^Ed(?:25519|DSA)$/;

/** Where the browser goes. Fails with auth.provider when the provider cannot be reached or is not what it says. */
export async function oidcStart(client: OidcClient, state: SignInState): Promise<Result<string, Problem>> {
  const config = await configure(client);
  if (!config.ok) return config;
  const url = oidc.buildAuthorizationUrl(config.value, {
    redirect_uri: state.redirectUri,
    scope: (client.provider.scopes ?? defaultScopes(config.value.serverMetadata())).join(' '),
    state: state.state,
    nonce: state.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(state.verifier),
    code_challenge_method: 'S256',
  });
  return ok(url.href);
}

/** Some providers want to be asked for groups, others refuse a scope that they do not know. */
function defaultScopes({ scopes_supported: known = [] }: oidc.ServerMetadata): readonly string[] {
  return ['openid', 'profile', 'email', ...(known.includes('groups') ? ['groups'] : [])];
}

/** Who came back. Fails with auth.refused when what came back does not fit together, whatever it is; the provider's own words stay outside (S28). */
export async function oidcFinish(
  client: OidcClient,
  state: SignInState,
  callback: { readonly url: string; readonly scopes: readonly string[] },
): Promise<Result<SignedIn, Problem>> {
  const config = await configure(client);
  if (!config.ok) return config;
  // The library compares the address with the one that was registered: behind a proxy the Worker is asked under another.
  const current = new URL(state.redirectUri);
  current.search = new URL(callback.url).search;
  try {
    const tokens = await oidc.authorizationCodeGrant(config.value, current, {
      expectedState: state.state,
      expectedNonce: state.nonce,
      pkceCodeVerifier: state.verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined || claims.sub.trim() === '') return err(problem('auth.refused', 'the provider named nobody'));
    const more = await userInfo(config.value, tokens.access_token, claims.sub);
    return ok(toSignedIn(client.provider, { ...more, ...claims }, callback.scopes));
  } catch (error) {
    return err(refused(error));
  }
}

/** Some providers tell groups and e-mail at their user-info endpoint only; without one, or when it fails, the ID token is all there is. */
async function userInfo(
  config: oidc.Configuration,
  accessToken: string,
  sub: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (config.serverMetadata().userinfo_endpoint === undefined) return {};
  return oidc.fetchUserInfo(config, accessToken, sub).catch(() => ({}));
}

async function configure(client: OidcClient): Promise<Result<oidc.Configuration, Problem>> {
  const { provider, secret, network } = client;
  const { issuer = '', clientId = '' } = provider;
  if (!URL.canParse(issuer) || clientId === '')
    return err(problem('auth.provider', `${provider.id}: an issuer (a URL) and a client id are needed`));
  try {
    const metadata = await discover(client, new URL(issuer), clientId);
    const algorithms = (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter((name) => ALGORITHMS.test(name));
    const config = new oidc.Configuration(
      { ...metadata, id_token_signing_alg_values_supported: algorithms },
      clientId,
      { [oidc.clockTolerance]: CLOCK_SECONDS },
      secret === undefined ? oidc.None() : clientAuthentication(secret, metadata),
    );
    config[oidc.customFetch] = libraryFetch(network);
    oidc.enableNonRepudiationChecks(config);
    if (network.isNamed(new URL(issuer))) oidc.allowInsecureRequests(config);
    return ok(config);
  } catch (error) {
    return err(problem('auth.provider', `${provider.id}: ${describe(error)}`));
  }
}

async function discover({ network, now }: OidcClient, issuer: URL, clientId: string): Promise<oidc.ServerMetadata> {
  const known = discovered.get(issuer.href);
  if (known !== undefined && known.until > now()) return known.metadata;
  const config = await oidc.discovery(issuer, clientId, undefined, oidc.None(), {
    [oidc.customFetch]: libraryFetch(network),
    execute: network.isNamed(issuer) ? [oidc.allowInsecureRequests] : [],
  });
  const { supportsPKCE: _helper, ...metadata } = config.serverMetadata();
  if (discovered.size >= MAX_KEPT) discovered.clear();
  discovered.set(issuer.href, { metadata, until: now() + KEPT_MS });
  return metadata;
}

function libraryFetch(network: ProviderNetwork): oidc.CustomFetch {
  return (url, init) => providerFetch(network)(url, init as RequestInit); // the library's own init type is narrower
}

function clientAuthentication(secret: string, metadata: oidc.ServerMetadata): oidc.ClientAuth {
  const methods = metadata.token_endpoint_auth_methods_supported;
  return methods?.includes('client_secret_post') === true ? oidc.ClientSecretPost(secret) : oidc.ClientSecretBasic(secret);
}

function toSignedIn(
  provider: SignInProvider,
  claims: Readonly<Record<string, unknown>> & { readonly sub: string; readonly iss?: string },
  scopes: readonly string[],
): SignedIn {
  const text = (name: string) => (typeof claims[name] === 'string' && claims[name] !== '' ? (claims[name] as string) : undefined); // checked beside it
  // An address that the provider itself does not vouch for is not one to give rights to.
  const email = claims['email_verified'] === false || claims['email_verified'] === 'false' ? undefined : text('email');
  return {
    id: `oidc:${provider.issuer}#${claims.sub}`,
    subject: claims.sub,
    provider: provider.id,
    name: email ?? text('preferred_username') ?? text('name') ?? claims.sub,
    ...(email === undefined ? {} : { email }),
    claims: {
      ...Object.fromEntries(scopes.map((scope) => [scope, claimValues(claims[scope])])),
      groups: claimValues(claims[provider.groupsClaim ?? 'groups']),
    },
  };
}

function refused(error: unknown): Problem {
  if (error instanceof oidc.AuthorizationResponseError) return problem('auth.refused', 'the provider did not let you in');
  return problem('auth.refused', `what the provider answered was refused: ${describe(error)}`);
}

/** The library's code, or the class: never the provider's words, nor what it answered. */
function describe(error: unknown): string {
  if (error instanceof ProviderRefused) return error.message;
  if (error instanceof oidc.ClientError && error.code !== undefined) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
