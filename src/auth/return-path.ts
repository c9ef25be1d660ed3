/**
 * Where a browser goes after it has signed in: a path of this origin, whatever was asked for (S28). Absolute URLs, `//host`, `/\\host` and control
 * characters, which browsers read as nothing, all lead to `/`.
 */
export function returnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > 2_000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(asked) || asked.includes('\\')) return '/';
  const here = 'https://here.invalid';
  const url = URL.canParse(asked, here) ? new URL(asked, here) : undefined;
  // `/.//host` becomes `//host` once its dots are resolved.
  if (url === undefined || url.origin !== here || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
