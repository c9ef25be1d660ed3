/**
 * An address from outside (a commit, an annotation, an ingress) that may become a link: only http and https with a host, as the browser itself
 * reads it; anything else is undefined and stays text (threat S27). Control characters and spaces around it are refused rather than repaired.
 */
export function safeLink(address: string | undefined): string | undefined {
  if (address === undefined || !/^https?:\/\//i.test(address) || /[\u0000-\u0020\u007f\\]/.test(address)) return undefined;
  try {
    const url = new URL(address);
    const isWeb = (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '';
    return isWeb ? url.href : undefined;
  } catch {
    return undefined;
  }
}
