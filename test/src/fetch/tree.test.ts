import { expect, test } from 'vitest';
import { parseTree } from '../../../src/fetch/tree.ts';
import { bytesOf, makeTree } from './make-pack.ts';

const oid = 'a'.repeat(40);
const codeOf = (data: Uint8Array): string => {
  const parsed = parseTree(data, 'apps');
  return parsed.ok ? 'ok' : parsed.error.code;
};

const hostileNames = [
  '.git',
  '.GIT',
  '.Git',
  'git~1',
  'GIT~1',
  '.git ',
  '.git.',
  '.git. . ',
  '.git::$INDEX_ALLOCATION',
  '.git:x',
  '.g\u200cit',
  '\ufeff.git',
  '.gi\u206ft',
  '..',
  '.',
  '.\u200d.',
  'a/b',
  '/a',
  '..\\x',
  'a\\..\\b',
  '\\a',
  'a\\.git\\hooks',
  '',
];

test.each(hostileNames)('S03: a tree with the name %j is refused', (name) => {
  expect(codeOf(makeTree([['100644', name, oid]]))).toBe('git.hostile_tree');
});

test.each([
  '.gitignore',
  '.github',
  '.gitmodules',
  'git',
  'git~2',
  '...',
  '..a',
  'a..',
  '.g',
  'dev-disk\\x2duuid',
  'ünïcode',
  'a b',
  '-rf',
  '__proto__',
])('S03: the name %j is harmless', (name) => {
  expect(codeOf(makeTree([['100644', name, oid]]))).toBe('ok');
});

test('S03: a tree that names something twice is refused, also as a file and as a folder', () => {
  expect(
    codeOf(
      makeTree([
        ['100644', 'a', oid],
        ['100644', 'a', oid],
      ]),
    ),
  ).toBe('git.hostile_tree');
  expect(
    codeOf(
      makeTree([
        ['100644', 'a', oid],
        ['100644', 'a.b', oid],
        ['40000', 'a', oid],
      ]),
    ),
  ).toBe('git.hostile_tree');
});

test('S03: a tree that is not in order is refused; the name of a folder counts as if it ended in a slash', () => {
  expect(
    codeOf(
      makeTree([
        ['100644', 'b', oid],
        ['100644', 'a', oid],
      ]),
    ),
  ).toBe('git.hostile_tree');
  expect(
    codeOf(
      makeTree([
        ['40000', 'a', oid],
        ['100644', 'a.b', oid],
      ]),
    ),
  ).toBe('git.hostile_tree');
  expect(
    codeOf(
      makeTree([
        ['100644', 'a.b', oid],
        ['40000', 'a', oid],
      ]),
    ),
  ).toBe('ok');
});

test('S03: names that differ only in bytes that are not UTF-8 are refused as doubled', () => {
  expect(
    codeOf(
      makeTree([
        ['100644', Uint8Array.of(0x80), oid],
        ['100644', Uint8Array.of(0x81), oid],
      ]),
    ),
  ).toBe('git.hostile_tree');
});

test.each([
  ['a mode that is no number', bytesOf(`1006x4 a\0${'x'.repeat(20)}`)],
  ['a mode that is too long', bytesOf(`10000000644 a\0${'x'.repeat(20)}`)],
  ['an unknown type', makeTree([['20000', 'a', oid]])],
  ['no mode', bytesOf(` a\0${'x'.repeat(20)}`)],
  ['no end of the name', bytesOf('100644 a')],
  ['an id that is cut', bytesOf(`100644 a\0${'x'.repeat(19)}`)],
])('S04: a tree with %s is git.corrupt', (_what, data) => {
  expect(codeOf(data)).toBe('git.corrupt');
});

test('a tree gives its entries with their kinds, also with the modes that old versions of Git wrote', () => {
  const parsed = parseTree(
    makeTree([
      ['100644', 'a', oid],
      ['100664', 'b', oid],
      ['100755', 'c', oid],
      ['040000', 'd', oid],
      ['120000', 'e', oid],
      ['160000', 'f', oid],
    ]),
    '',
  );
  expect(parsed.ok && [...parsed.value.values()].map((entry) => `${entry.name} ${entry.kind} ${entry.executable}`)).toEqual([
    'a file false',
    'b file false',
    'c file true',
    'd dir false',
    'e link false',
    'f submodule false',
  ]);
});
