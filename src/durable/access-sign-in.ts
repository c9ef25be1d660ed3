import type { SignInProvider } from '../../core/api/access.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { assertNever, err, ok, type Result } from '../../core/result.ts';
import { acceptAccessAssertion } from '../auth/cloudflare-access.ts';
import { digestOf } from '../auth/digest.ts';
import { githubFinish, githubStart } from '../auth/github.ts';
import { oidcFinish, oidcStart } from '../auth/oidc.ts';
import { putPerson, type SignedIn } from '../auth/people.ts';
import type { ProviderNetwork } from '../auth/provider-fetch.ts';
import { findProvider, providerSecret } from '../auth/providers.ts';
import { openState, SIGN_IN_MS, type SignInState, sealState } from '../auth/sign-in-state.ts';
import { createHostPolicy } from '../fetch/host-policy.ts';
import type { NewSession } from '../platform/access-port.ts';
import type { Env } from '../platform/env.ts';
import { workerNetwork } from '../platform/network.ts';
import { randomSecret } from '../platform/random-secret.ts';
import { type AccessParts, newSession } from './access-sessions.ts';

/** Where the browser goes to sign in, and the sealed state that it carries meanwhile. */
export async function beginSignIn(
  parts: AccessParts,
  id: string,
  asked: { readonly origin: string; readonly returnTo: string },
): Promise<Result<{ readonly url: string; readonly state: string }, Problem>> {
  const provider = findProvider(parts.sql, id);
  if (provider === undefined) return err(noProvider());
  const state: SignInState = {
    provider: id,
    state: randomSecret(),
    nonce: randomSecret(),
    verifier: randomSecret(),
    redirectUri: `${asked.origin}/auth/callback`,
    returnTo: asked.returnTo,
    expires: parts.now() + SIGN_IN_MS,
  };
  const client = await clientOf(parts, provider);
  const url = await startOf(client, state);
  return url.ok ? ok({ url: url.value, state: await sealState(parts.vault, state) }) : url;
}

/** Signs in whoever came back. Every sealed state counts once, whatever comes of it. */
export async function finishSignIn(
  parts: AccessParts,
  callback: { readonly state: string; readonly callbackUrl: string; readonly scopes: readonly string[] },
): Promise<Result<NewSession & { readonly returnTo: string }, Problem>> {
  const state = await openState(parts.vault, callback.state, parts.now());
  if (state === undefined) return err(problem('auth.code', 'this sign-in was not begun in this browser, or too long ago'));
  const used = await digestOf(state.state);
  const isNew = parts.sql.transaction(() => {
    if (parts.sql.all('SELECT 1 AS found FROM used WHERE state = ?', used).length > 0) return false;
    parts.sql.run('INSERT INTO used (state, expires) VALUES (?, ?)', used, state.expires);
    return true;
  });
  if (!isNew) return err(problem('auth.code', 'this sign-in was finished already'));
  const provider = findProvider(parts.sql, state.provider);
  if (provider === undefined) return err(noProvider());
  const client = await clientOf(parts, provider);
  const { callbackUrl: url, scopes } = callback;
  const signedIn =
    provider.kind === 'github' ? await githubFinish(client, state, { url }) : await oidcFinish(client, state, { url, scopes });
  if (!signedIn.ok) return signedIn;
  return ok({ ...(await welcome(parts, signedIn.value)), returnTo: state.returnTo });
}

export async function acceptAssertion(parts: AccessParts, id: string, assertion: string): Promise<Result<NewSession, Problem>> {
  const provider = findProvider(parts.sql, id);
  if (provider === undefined || provider.kind !== 'cloudflare-access') return err(noProvider());
  const signedIn = await acceptAccessAssertion({ provider, network: providerNetwork(parts.env) }, assertion);
  return signedIn.ok ? ok(await welcome(parts, signedIn.value)) : signedIn;
}

async function welcome(parts: AccessParts, signedIn: SignedIn): Promise<NewSession> {
  const person = putPerson(parts.sql, signedIn, parts.now());
  return newSession(parts, { person }, `${person.name} signed in with ${person.provider}`);
}

async function clientOf({ sql, vault, env, now }: AccessParts, provider: SignInProvider) {
  return { provider, secret: await providerSecret(sql, vault, provider.id), network: providerNetwork(env), now };
}

function startOf(client: Awaited<ReturnType<typeof clientOf>>, state: SignInState): Promise<Result<string, Problem>> {
  const { kind } = client.provider;
  switch (kind) {
    case 'oidc':
      return oidcStart(client, state);
    case 'github':
      return githubStart(client, state);
    case 'cloudflare-access':
      return Promise.resolve(err(problem('auth.refused', 'Cloudflare Access has put no assertion beside the request')));
    default:
      return assertNever(kind);
  }
}

function noProvider(): Problem {
  return problem('api.not_found', 'there is no such way to sign in');
}

/** Providers are reached by the same rules as Git hosts: none in a private network but those that the operator names. */
function providerNetwork(env: Env): ProviderNetwork {
  const allow = (env.PLUMBLINE_ALLOW_HOSTS ?? '').split(',').filter((host) => host !== '');
  return {
    ...workerNetwork,
    isAllowed: createHostPolicy({ allow }),
    isNamed: createHostPolicy({ allow, only: [] }),
  };
}
