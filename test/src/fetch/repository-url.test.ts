import { expect, test } from 'vitest';
import { baseOfAdvertisement, parseRepositoryUrl, serviceUrl } from '../../../src/fetch/repository-url.ts';

test.each([
  'ssh://git@github.com/a/b',
  'git@github.com:a/b.git',
  'file:///srv/git/a',
  '/srv/git/a',
  'ext::sh -c touch% /tmp/x',
  '--upload-pack=touch /tmp/x',
  'https://ada:canary-secret@github.com/a/b',
  'https://canary-secret@github.com/a/b',
  'https://github.com/a/b?token=canary-secret',
  'https://github.com/a/b#canary-secret',
  'https://',
  'https://a b/',
  '',
])('S09: %s is refused as git.url, and its text is not repeated', (text) => {
  const parsed = parseRepositoryUrl(text);
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  expect(parsed.error.code).toBe('git.url');
  expect(JSON.stringify(parsed.error)).not.toContain('canary-secret');
});

test('services lie below the URL of the repository, with or without a slash at its end', () => {
  expect(serviceUrl(new URL('https://h.example/a/b.git'), 'info/refs').href).toBe(
    'https://h.example/a/b.git/info/refs?service=git-upload-pack',
  );
  expect(serviceUrl(new URL('https://h.example/a/b.git/'), 'git-upload-pack').href).toBe(
    'https://h.example/a/b.git/git-upload-pack',
  );
});

test('a redirected advertisement tells the new base, anything else does not', () => {
  expect(baseOfAdvertisement(new URL('https://h.example/c/d/info/refs?service=git-upload-pack'))?.href).toBe(
    'https://h.example/c/d',
  );
  expect(baseOfAdvertisement(new URL('https://h.example/login'))).toBeUndefined();
  expect(baseOfAdvertisement(new URL('https://h.example/c/info/refs?service=git-receive-pack'))).toBeUndefined();
});
