import { expect, it } from 'vitest';
import { createTurns } from '../../../src/platform/turns.ts';

const pause = () => new Promise((resolve) => setImmediate(resolve));

it('work takes turns in the order in which it asked, however long each waits', async () => {
  const turn = createTurns();
  const log: string[] = [];
  const work = (name: string, pauses: number) =>
    turn(async () => {
      log.push(`${name} begins`);
      for (let i = 0; i < pauses; i++) await pause();
      log.push(`${name} ends`);
    });
  await Promise.all([work('a', 3), work('b', 0), work('c', 1)]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('a turn that fails is told to its caller alone, and the next one begins', async () => {
  const turn = createTurns();
  const failed = turn(async () => Promise.reject(new Error('lost')));
  const next = turn(async () => 'done');
  await expect(failed).rejects.toThrow('lost');
  expect(await next).toBe('done');
});
