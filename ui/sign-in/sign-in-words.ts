/** What a provider's answer may have been, by the code that the Worker puts into the address; never text of the address itself (threat S28). */
const WORDS: { readonly [code: string]: string } = {
  denied: 'The provider did not let you in.',
  state: 'That sign-in had expired or was begun in another window. Try again.',
  expired: 'That sign-in had expired. Try again.',
  provider: 'The provider did not answer as it should. Try again, or ask whoever runs this installation.',
  unknown_provider: 'There is no such provider here.',
};

/** A sentence for the `error` of the sign-in page's address; undefined when there is none. */
export function describeSignInError(code: string | null): string | undefined {
  if (code === null) return undefined;
  return Object.hasOwn(WORDS, code) ? WORDS[code] : 'Signing in failed. Try again.';
}

/** The token of a link `/sign-in#token=…`, which is taken out of the address and the history; empty without one. */
export function takeTokenFromFragment(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (token !== '') history.replaceState(null, '', location.pathname + location.search);
  return token;
}
