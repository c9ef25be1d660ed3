/**
 * Where to go after signing in: a path of this dashboard, `/` for anything else (threat S28). Backslashes and a second slash would make a browser
 * leave the origin.
 */
export function toReturnPath(asked: string | null | undefined): string {
  if (asked === null || asked === undefined) return '/';
  if (!/^\/(?![/\\])[^\\\u0000-\u001f]*$/.test(asked) || asked.startsWith('/sign-in')) return '/';
  return asked;
}

/** The address of the sign-in page that leads back to where one is. */
export function signInPath(location: { readonly pathname: string; readonly search: string }): string {
  const back = toReturnPath(location.pathname + location.search);
  return back === '/' ? '/sign-in' : `/sign-in?return=${encodeURIComponent(back)}`;
}

/** Leaves for the sign-in page; the whole page is loaded anew, so that nothing of the session that ended is left. */
export function leaveToSignIn(): void {
  if (!location.pathname.startsWith('/sign-in')) location.assign(signInPath(location));
}
