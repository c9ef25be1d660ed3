import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diffLines, toLines } from '../../../src/revert/diff-lines.ts';
import { mergeLines } from '../../../src/revert/merge-lines.ts';

const run = promisify(execFile);
const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

describe('merging', () => {
  const base = text('a', 'b', 'c', 'd', 'e');

  test.each([
    ['a change on one side only', base, text('a', 'B', 'c', 'd', 'e'), text('a', 'B', 'c', 'd', 'e')],
    [
      'changes with a line between them',
      text('A', 'b', 'c', 'd', 'e'),
      text('a', 'b', 'C', 'd', 'e'),
      text('A', 'b', 'C', 'd', 'e'),
    ],
    ['the same change twice', text('a', 'X', 'c', 'd', 'e'), text('a', 'X', 'c', 'd', 'e'), text('a', 'X', 'c', 'd', 'e')],
    [
      'insertions at both ends',
      text('0', 'a', 'b', 'c', 'd', 'e'),
      text('a', 'b', 'c', 'd', 'e', 'f'),
      text('0', 'a', 'b', 'c', 'd', 'e', 'f'),
    ],
    ['a deletion and a change', text('b', 'c', 'd', 'e'), text('a', 'b', 'c', 'D', 'e'), text('b', 'c', 'D', 'e')],
  ])('%s', (_what, ours, theirs, merged) => {
    expect(mergeLines(base, ours, theirs)).toBe(merged);
    expect(mergeLines(base, theirs, ours)).toBe(merged);
  });

  test.each([
    ['different changes of a line', text('a', 'X', 'c', 'd', 'e'), text('a', 'Y', 'c', 'd', 'e')],
    ['changes side by side', text('A', 'b', 'c', 'd', 'e'), text('a', 'B', 'c', 'd', 'e')],
    ['a deletion beside an insertion', text('b', 'c', 'd', 'e'), text('a', '+', 'b', 'c', 'd', 'e')],
    ['everything and something', '', text('a', 'b', 'C', 'd', 'e')],
  ])('%s are a conflict', (_what, ours, theirs) => {
    expect(mergeLines(base, ours, theirs)).toBeUndefined();
  });

  test('a last line without a line feed is another line', () => {
    expect(mergeLines('a\nb', 'a\nb\n', 'a\nb')).toBe('a\nb\n');
    expect(mergeLines('x\na\nb', 'X\na\nb', 'x\na\nb\n')).toBe('X\na\nb\n');
  });
});

test('S20: two texts that have nothing in common are given up in bounded time', () => {
  const many = (prefix: string) => Array.from({ length: 20_000 }, (_, i) => `${prefix}${i}`);
  expect(diffLines(many('a'), many('b'))).toBeUndefined();
});

/** Numbers from a seed, so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('against Git itself', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plumbline-merge-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function gitMerge(base: string, ours: string, theirs: string): Promise<string | undefined> {
    const files = ['ours', 'base', 'theirs'].map((name) => join(dir, name));
    await Promise.all([ours, base, theirs].map((content, i) => writeFile(files[i] ?? '', content)));
    // The exit status counts conflicts.
    return run('git', ['merge-file', '-p', ...files]).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
  }

  test('two hundred random changes of a text whose lines differ end as Git says', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = createRandom(seed);
      const lines = Array.from({ length: 5 + random(40) }, (_, i) => `line ${i}`);
      const change = (side: string) =>
        lines.flatMap((line, i) => {
          const dice = random(100);
          if (dice < 4) return [];
          if (dice < 8) return [`${side} ${i}`];
          return dice < 12 ? [line, `new ${random(2) === 0 ? side : 'both'} ${i}`] : [line];
        });
      const [base, ours, theirs] = [text(...lines), text(...change('ours')), text(...change('theirs'))];
      expect([seed, mergeLines(base, ours, theirs)]).toEqual([seed, await gitMerge(base, ours, theirs)]);
    }
  }, 60_000);

  test('a difference put together again is the other text, also where lines repeat', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = createRandom(seed);
      const some = () => Array.from({ length: random(40) }, () => `${random(6)}\n`);
      const [before, after] = [some(), some()];
      let at = 0;
      const made: string[] = [];
      for (const { from, to, start, end } of diffLines(before, after) ?? []) {
        made.push(...before.slice(at, from), ...after.slice(start, end));
        at = to;
      }
      expect([...made, ...before.slice(at)]).toEqual(after);
      expect(toLines(after.join(''))).toEqual(after);
    }
  });
});
