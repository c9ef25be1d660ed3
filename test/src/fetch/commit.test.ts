import { expect, test } from 'vitest';
import { parseCommit, parseTagTarget } from '../../../src/fetch/commit.ts';
import { bytesOf } from './make-pack.ts';

const tree = 'a'.repeat(40);

test('a commit gives its tree, who wrote it, when and its subject', () => {
  const commit = `tree ${tree}\nparent ${'b'.repeat(40)}\nauthor Ada Lovelace <ada@example.com> 1 +0000\ncommitter Bob <bob@example.com> 1700000000 +0200\ngpgsig -----BEGIN\n tree ${'c'.repeat(40)}\n -----END\n\nAdd it\n\ntree ${'d'.repeat(40)}\n`;
  expect(parseCommit(bytesOf(commit))).toEqual({
    ok: true,
    value: { tree, author: 'Ada Lovelace', email: 'ada@example.com', subject: 'Add it', committedAt: 1_700_000_000_000 },
  });
});

test('S04: control characters and endless lines do not reach people', () => {
  const commit = `tree ${tree}\nauthor \u001b[31mAda\u0007 <x> 1 +0000\ncommitter x <x> 1 +0000\n\n${'y'.repeat(5000)}\u0000\u001b[2J\n`;
  const parsed = parseCommit(bytesOf(commit));
  expect(parsed.ok && parsed.value.author).toBe('[31mAda');
  expect(parsed.ok && parsed.value.subject.length).toBe(300);
});

test.each([
  ['no tree', 'author x <x> 1 +0000\n\nhi'],
  ['a tree that is no id', 'tree ../../x\n\nhi'],
  ['nothing', ''],
])('S04: a commit with %s is git.corrupt', (_what, text) => {
  const parsed = parseCommit(bytesOf(text));
  expect(!parsed.ok && parsed.error.code).toBe('git.corrupt');
});

test('a commit without a message or a time that can be read is still a commit', () => {
  expect(parseCommit(bytesOf(`tree ${tree}\nauthor\ncommitter nobody\n`))).toEqual({
    ok: true,
    value: { tree, author: '', email: '', subject: '', committedAt: 0 },
  });
});

test('a tag tells what it stands for', () => {
  expect(parseTagTarget(bytesOf(`object ${tree}\ntype commit\ntag v1\n\nx`))).toBe(tree);
  expect(parseTagTarget(bytesOf('object nothing\n\n'))).toBeUndefined();
});
