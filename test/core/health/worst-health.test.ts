import { describe, expect, it } from 'vitest';
import type { HealthStatus } from '../../../core/app/status.ts';
import { isWorse, worstHealth } from '../../../core/health/worst-health.ts';

const ORDER: readonly HealthStatus[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

describe('worstHealth', () => {
  it('of nothing is Healthy', () => expect(worstHealth([])).toEqual({ status: 'Healthy' }));

  it('keeps the message of the first among equals', () => {
    const list = [
      { status: 'Healthy' as const, message: 'fine' },
      { status: 'Degraded' as const, message: 'first' },
      { status: 'Degraded' as const, message: 'second' },
    ];
    expect(worstHealth(list)).toEqual({ status: 'Degraded', message: 'first' });
  });

  it('keeps the message of a healthy one', () =>
    expect(worstHealth([{ status: 'Healthy', message: 'fine' }])).toEqual({ status: 'Healthy', message: 'fine' }));

  for (const [i, current] of ORDER.entries())
    for (const [j, other] of ORDER.entries())
      it(`${other} is ${j > i ? '' : 'not '}worse than ${current}`, () => expect(isWorse(current, other)).toBe(j > i));
});
