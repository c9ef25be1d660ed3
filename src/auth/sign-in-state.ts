import * as v from 'valibot';
import type { Vault } from '../platform/vault.ts';

/**
 * What the browser carries from the beginning of a sign-in to its end, in a cookie, sealed: so beginning one costs no storage, and the one who
 * comes back is the one who went (a forged or another browser's `state` does not fit). It counts once, and for ten minutes.
 */
export interface SignInState {
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
  readonly redirectUri: string;
  readonly returnTo: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export const SIGN_IN_MS = 600_000;
const CONTEXT = 'sign-in-state';

const text = v.pipe(v.string(), v.maxLength(4_000));
const schema = v.object({
  provider: text,
  state: text,
  nonce: text,
  verifier: text,
  redirectUri: text,
  returnTo: text,
  expires: v.number(),
});

/** The state as the text of a cookie, which nobody else can read or make. */
export async function sealState(vault: Vault, state: SignInState): Promise<string> {
  const sealed = await vault.seal(new TextEncoder().encode(JSON.stringify(state)), CONTEXT);
  return btoa(String.fromCharCode(...sealed))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The state of a cookie; undefined when it is none of ours or too old. */
export async function openState(vault: Vault, cookie: string, now: number): Promise<SignInState | undefined> {
  try {
    const bytes = Uint8Array.from(atob(cookie.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(await vault.open(bytes, CONTEXT))));
    return parsed.success && parsed.output.expires > now ? parsed.output : undefined;
  } catch {
    // Not base64, sealed by another secret, altered: in every case somebody else's.
    return undefined;
  }
}
