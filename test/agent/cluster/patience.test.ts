import { describe, expect, it } from 'vitest';
import { createPatience } from '../../../agent/cluster/patience.ts';
import { problem } from '../../../core/problem/problem.ts';

const failure = (retryAfterMs?: number) => ({
  status: 429,
  problem: problem('apply.unavailable', 'later'),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

describe('F10: patience', () => {
  it('refuses what comes too early with what is left to wait, and lets it through then', () => {
    let now = 1_000;
    const patience = createPatience({ monotonic: () => now });
    patience.heard('/a', failure(5_000));
    now += 2_000;
    expect(patience.refusal('/a')).toEqual(failure(3_000));
    now += 3_000;
    expect(patience.refusal('/a')).toBeUndefined();
  });

  it('knows nothing of other paths, nor of failures without a time', () => {
    const patience = createPatience({ monotonic: () => 0 });
    patience.heard('/a', failure());
    patience.heard('/b', failure(5_000));
    expect(patience.refusal('/a')).toBeUndefined();
    expect(patience.refusal('/c')).toBeUndefined();
  });

  it('forgets the oldest rather than to grow without end', () => {
    const patience = createPatience({ monotonic: () => 0 });
    for (let i = 0; i <= 10_000; i++) patience.heard(`/${i}`, failure(5_000));
    expect(patience.refusal('/0')).toBeUndefined();
    expect(patience.refusal('/10000')).toBeDefined();
  });
});
