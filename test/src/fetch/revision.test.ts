import { expect, test } from 'vitest';
import { parseRevision, resolveRefs } from '../../../src/fetch/revision.ts';

const oid = (digit: string): string => digit.repeat(40);

test('a full object id is itself, in either case of letters', () => {
  expect(parseRevision(oid('A'))).toEqual({ ok: true, value: { kind: 'object', oid: oid('a') } });
});

test('a short name is a branch before it is a tag, a full name is exactly that ref, and nothing means HEAD', () => {
  expect(parseRevision('v1')).toEqual({ ok: true, value: { kind: 'refs', names: ['refs/heads/v1', 'refs/tags/v1'] } });
  expect(parseRevision('refs/tags/v1')).toEqual({ ok: true, value: { kind: 'refs', names: ['refs/tags/v1'] } });
  expect(parseRevision('')).toEqual({ ok: true, value: { kind: 'refs', names: ['HEAD'] } });
});

test.each([
  '../../etc/passwd',
  'a..b',
  'main\nref-prefix refs/',
  'v1.*',
  '~1',
  'a^{tree}',
  'a b',
  '/a',
  'a/',
  'a.lock',
  'refs/heads/../../x',
  'a//b',
  'a@{1}',
])('S04: %j is no name of a ref', (text) => {
  const parsed = parseRevision(text);
  expect(!parsed.ok && parsed.error.code).toBe('git.ref_missing');
});

test('F25: a tag and a branch of the same name give the branch, the full name gives the tag, peeled', () => {
  const refs = [
    { name: 'refs/heads/v1', oid: oid('1') },
    { name: 'refs/heads/v1x', oid: oid('4') },
    { name: 'refs/tags/v1', oid: oid('2'), peeled: oid('3') },
  ];
  expect(resolveRefs('v1', ['refs/heads/v1', 'refs/tags/v1'], refs)).toEqual({
    ok: true,
    value: { oid: oid('1'), peeled: oid('1') },
  });
  expect(resolveRefs('refs/tags/v1', ['refs/tags/v1'], refs)).toEqual({ ok: true, value: { oid: oid('2'), peeled: oid('3') } });
});

test('F25: a prefix of a ref is not the ref', () => {
  const missing = resolveRefs('v', ['refs/heads/v'], [{ name: 'refs/heads/v1', oid: oid('1') }]);
  expect(!missing.ok && missing.error.code).toBe('git.ref_missing');
});
