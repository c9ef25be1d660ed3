import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../../agent/apply/limiter.ts';

/** Tasks that end when they are told to, in a limiter. */
function tasks(max: number) {
  const limiter = createLimiter(max);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, lane: string): Promise<void> =>
    limiter.run(() => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }, lane);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };
  return { started, start, end, settle };
}

describe('a limiter', () => {
  it('lets one lane use its share of the places, and leaves the rest to others', async () => {
    const { started, start, settle } = tasks(4);
    for (const i of [1, 2, 3, 4, 5]) void start(`slow-${i}`, 'slow');
    void start('other', 'other');
    await settle();
    expect(started).toEqual(['slow-1', 'slow-2', 'slow-3', 'other']);
  });

  it('gives each lane its turn, however many tasks one of them has', async () => {
    const { started, start, end, settle } = tasks(4);
    for (let i = 1; i <= 1_000; i++) void start(`many-${i}`, 'many');
    for (const name of ['a1', 'a2', 'a3']) void start(name, 'a');
    for (const name of ['b1', 'b2']) void start(name, 'b');
    await settle();
    expect(started).toEqual(['many-1', 'many-2', 'many-3', 'a1']);
    for (const name of ['many-1', 'many-2', 'a1', 'many-3']) await end(name);
    expect(started.slice(4)).toEqual(['many-4', 'a2', 'b1', 'many-5']);
  });

  it('hands places on when tasks fail', async () => {
    const limiter = createLimiter(1);
    const failed = limiter.run(() => Promise.reject(new Error('no')), 'a');
    const next = limiter.run(() => Promise.resolve('yes'), 'b');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  it('runs everything, and never more than its number at once', async () => {
    const limiter = createLimiter(3);
    let running = 0;
    let most = 0;
    const run = (lane: string) =>
      limiter.run(async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      }, lane);
    await Promise.all(Array.from({ length: 50 }, (_, i) => run(`lane-${i % 4}`)));
    expect(most).toBe(3);
    expect(running).toBe(0);
  });
});
