/**
 * The proxy for a URL by the usual variables, in upper or lower case: HTTPS_PROXY for https, none for hosts in NO_PROXY (suffixes, `*` for all).
 * Undefined when the way is direct.
 */
export function proxyFor(url: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { protocol, hostname } = new URL(url);
  const value = (name: string): string => env[name] ?? env[name.toLowerCase()] ?? '';
  const proxy = protocol === 'https:' ? value('HTTPS_PROXY') : '';
  if (proxy === '') return undefined;
  const exempt = value('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().replace(/^\*?\./, ''))
    .filter((entry) => entry !== '');
  const isExempt = exempt.some((entry) => entry === '*' || hostname === entry || hostname.endsWith(`.${entry}`));
  return isExempt ? undefined : proxy;
}
