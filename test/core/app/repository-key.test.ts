import { describe, expect, test } from 'vitest';
import { normaliseRepository } from '../../../core/app/repository-key.ts';

describe('one repository has one key', () => {
  test.each([
    'https://github.com/org/repo',
    'https://github.com/org/repo.git',
    'https://github.com/org/repo/',
    'https://github.com/org/repo.git/',
    'https://GitHub.com/Org/Repo',
    'https://github.com:443/org/repo',
    'http://github.com:80/org/repo',
    'https://user:token@github.com/org/repo.git',
    'git@github.com:org/repo.git',
    'git@github.com:/org/repo.git',
    'ssh://git@github.com/org/repo.git',
    'ssh://git@github.com:22/org/repo',
    'ssh://git@github.com:2222/org/repo',
    'git+ssh://git@github.com/org/repo',
    'git://github.com:9418/org/repo',
    '  https://github.com/org//repo?x=1#y ',
    'https://github.com./org/repo',
  ])('%s', (url) => {
    expect(normaliseRepository(url)).toBe('github.com/org/repo');
  });
});

test.each([
  ['http://127.0.0.1:3000/a.git', '127.0.0.1:3000/a'],
  ['http://[::1]:3000/a.git', '[::1]:3000/a'],
  ['https://example.com:8443/a/b', 'example.com:8443/a/b'],
  ['https://example.com', 'example.com/'],
  ['not a url', 'not a url'],
  ['', ''],
])('%j has the key %j', (url, key) => {
  expect(normaliseRepository(url)).toBe(key);
});

test('other hosts, ports and paths have other keys', () => {
  const keys = ['https://a.com/x', 'https://b.com/x', 'https://a.com:444/x', 'https://a.com/y', 'https://a.com/x/y'].map(
    normaliseRepository,
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test('a hostile text costs no more than its length', () => {
  for (const text of [
    `${'a@'.repeat(50_000)}:`,
    `https://${'a'.repeat(100_000)}@`,
    '/'.repeat(100_000),
    `x://${':'.repeat(100_000)}`,
  ])
    expect(normaliseRepository(text).length).toBeLessThanOrEqual(text.length);
});
