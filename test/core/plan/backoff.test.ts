import { describe, expect, it } from 'vitest';
import { afterHeal, backoffMs, type HealHistory, healDelayMs, retryDelayMs } from '../../../core/plan/backoff.ts';

describe('backoff', () => {
  it('grows up to its limit, and is never less than half of itself', () => {
    const at = (attempt: number, chance: number) => backoffMs(attempt, { base: 100, factor: 2, max: 1_000, chance });
    expect([at(0, 1), at(1, 1), at(3, 1), at(9, 1), at(9_999, 1)]).toEqual([100, 200, 800, 1_000, 1_000]);
    expect(at(0, 0)).toBe(50);
  });

  it('of retries follows the App and ends with its limit; -1 never ends', () => {
    const policy = { limit: 2, durationSeconds: 5, factor: 2, maxDurationSeconds: 8 };
    expect([0, 1, 2].map((attempt) => retryDelayMs(attempt, policy))).toEqual([5_000, 8_000, undefined]);
    expect(retryDelayMs(1_000, { ...policy, limit: -1 })).toBe(8_000);
  });
});

describe('self-heal', () => {
  it('is immediate at first, then slower with each fight, and immediate again after a quiet time', () => {
    let history: HealHistory | undefined;
    let now = 0;
    const delays: number[] = [];
    for (let heal = 0; heal < 7; heal++) {
      const delay = healDelayMs(history, now);
      delays.push(delay);
      now += delay;
      history = afterHeal(history, now);
    }
    expect(delays).toEqual([0, 0, 0, 2_000, 6_000, 18_000, 54_000]);
    now += 10_000_000;
    expect(healDelayMs(history, now)).toBe(0);
    expect(afterHeal(history, now).count).toBe(1);
  });
});
