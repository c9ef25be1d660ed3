import { expect, it } from 'vitest';
import { computeDiffLines, countChanges } from '../../../ui/components/diff-lines.ts';

const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

it('a change has its lines with numbers, and a few around it', () => {
  const before = text('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const after = text('a', 'b', 'c', 'd', 'E', 'f', 'g');
  expect(computeDiffLines(before, after, 1)).toEqual([
    { kind: 'gap', text: 'from line 4' },
    { kind: 'same', text: 'd', from: 4, to: 4 },
    { kind: 'remove', text: 'e', from: 5 },
    { kind: 'add', text: 'E', to: 5 },
    { kind: 'same', text: 'f', from: 6, to: 6 },
  ]);
});

it('nothing differs in equal texts, all of it in new ones', () => {
  expect(computeDiffLines('a\n', 'a\n')).toEqual([]);
  expect(countChanges(computeDiffLines('', text('a', 'b')))).toEqual({ added: 2, removed: 0 });
  expect(countChanges(computeDiffLines('a', 'b'))).toEqual({ added: 1, removed: 1 });
});
