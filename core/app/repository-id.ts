/**
 * Names a Git repository by its URL: host, port where it is not the default, and path without slashes around it and without `.git`; the case of the
 * path is kept, because on some hosts it tells two repositories apart. undefined for anything but http and https.
 */
export function repositoryId(url: string): string | undefined {
  const match = /^(https?):\/\/(?:[^/?#@]*@)?(\[[^\]/]*\]|[^:/?#]+)(?::([0-9]*))?\/([^?#]*)$/i.exec(url.trim());
  if (match === null) return undefined;
  const [, scheme = '', host = '', port = '', path = ''] = match;
  const usual = scheme.toLowerCase() === 'https' ? '443' : '80';
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) return undefined;
  return `${host.toLowerCase()}${port === '' || port === usual ? '' : `:${port}`}/${segments.join('/').replace(/\.git$/, '')}`;
}
