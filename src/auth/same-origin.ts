/**
 * Whether a request that changes something comes from a page of this origin (S29). Needed where a cookie says who is asking, because browsers send that
 * along from everywhere: `Sec-Fetch-Site` says it, `Origin` where a browser is too old for that; with neither it is refused.
 */
export function isSameOrigin(header: (name: string) => string | undefined, origins: readonly string[]): boolean {
  const site = header('sec-fetch-site');
  const origin = header('origin');
  if (origin !== undefined && !origins.includes(origin)) return false;
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined;
}
