import { describe, expect, it } from 'vitest';
import { compilePattern, matchesGlob, type PatternSyntax } from '../../../core/pattern/pattern.ts';

const matches = (pattern: string, syntax: PatternSyntax, text: string) => compilePattern(pattern, syntax)?.(text);

describe('globs', () => {
  it.each([
    ['*', 'anything', true],
    ['', '', true],
    ['', 'apps', false],
    ['*.example.com', 'a.b.example.com', true],
    ['web-?', 'web-1', true],
    ['web-?', 'web-12', false],
    ['web-[0-9]', 'web-7', true],
    ['web-[!0-9]', 'web-7', false],
    ['{apps,batch}', 'batch', true],
    ['{apps,batch/*}', 'apps2', false],
    ['a\\*', 'a*', true],
    ['a.b', 'axb', false],
    ['a*c', 'abc', true],
    ['a?c', 'ac', false],
    ['[abc]', 'd', false],
    ['{a,b}*', 'b1', true],
    ['a\\*', 'ab', false],
    ['a/**', 'a/b/c', true],
    ['a/*', 'a/b/c', true],
  ])('%s over %j is %s', (pattern, text, expected) => expect(matches(pattern, 'glob', text)).toBe(expected));

  it('a star stays within slashes where they separate, two stars cross them', () =>
    expect(['a/*', 'a/**', 'a/*/c', 'a/?/c', 'a?b/c'].map((glob) => matches(glob, 'path', 'a/b/c'))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]));

  it('that is none means nothing', () => expect([matchesGlob('[', '['), matchesGlob('web-*', 'web-1')]).toEqual([false, true]));

  it('S20: a glob that is made to take for ever answers', () => {
    expect(matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(2_000))).toBe(false);
    expect(matchesGlob('{a,b}'.repeat(40), 'a'.repeat(40))).toBe(true);
    expect(matchesGlob(`${'*a'.repeat(5_000)}`, 'a'.repeat(5_000))).toBe(false);
  });

  it.each(['[', '{a', 'a\\'])('%s is none', (pattern) => expect(compilePattern(pattern, 'glob')).toBeUndefined());
});

describe('regular expressions', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web2', false],
    ['web.*', 'web-api', true],
    ['(web|api)-[a-z]+\\d{1,3}', 'api-x17', true],
    ['(web|api)-[a-z]+\\d{1,3}', 'api-x1756', false],
    ['^web$', 'web', true],
    ['(?:a|b)*c', 'ababc', true],
    ['[^a-c]x', 'dx', true],
    ['a{2,}', 'aaaa', true],
    ['a{2}', 'aaa', false],
    ['a??b', 'b', true],
  ])('%s over %j is %s', (pattern, text, expected) => expect(matches(pattern, 'regex', text)).toBe(expected));

  it.each(['(', 'a)', '*a', '[a', '(?i)a', 'a{5000}', '\\b', '('.repeat(100) + ')'.repeat(100)])('%s is none', (pattern) =>
    expect(compilePattern(pattern, 'regex')).toBeUndefined(),
  );

  it('S20: a pattern that makes others try for ever answers', () => {
    expect(matches('(a+)+b', 'regex', 'a'.repeat(5_000))).toBe(false);
    expect(matches('*a*a*a*a*a*a*a*b', 'glob', 'a'.repeat(5_000))).toBe(false);
    expect(compilePattern('((a{100}){100}){100}', 'regex')).toBeUndefined();
  });
});
