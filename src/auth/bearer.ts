/**
 * True when an Authorization header carries the token: as Bearer, or as the password of Basic, which is what Git can send. Compared in constant time.
 * Never true while no token is configured: a secret that was not set is undefined whatever its type says, and would equal an empty one (S41).
 */
export async function hasToken(header: string | null | undefined, token: string | undefined): Promise<boolean> {
  const given = tokenOf(header ?? '');
  if (given === undefined || given === '' || token === undefined || token === '') return false;
  return equalDigests(given, token);
}

/** The token of an Authorization header: of Bearer, or the password of Basic; undefined for any other scheme (S30). */
export function tokenOf(header: string): string | undefined {
  const [scheme = '', value = ''] = header.split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  try {
    const pair = atob(value);
    return pair.slice(pair.indexOf(':') + 1);
  } catch {
    return undefined;
  }
}

/** Equal texts have equal digests; comparing those takes the same time wherever they differ. */
async function equalDigests(a: string, b: string): Promise<boolean> {
  const digest = async (text: string) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i] ?? 0);
  return difference === 0;
}
