import { describe, expect, it } from 'vitest';
import { createAttempts } from '../../../src/auth/attempts.ts';

function limits() {
  const clock = { now: 0 };
  const attempts = createAttempts({
    each: { burst: 3, perMinute: 6 },
    all: { burst: 1_000_000, perMinute: 60 },
    now: () => clock.now,
  });
  return { clock, attempts };
}

const fail = (attempts: ReturnType<typeof createAttempts>, address: string, times: number) => {
  for (let i = 0; i < times; i++) attempts.failed(address);
};

describe('S33: attempts that fail', () => {
  it('are let through until the burst is used up, then one for each step of time', () => {
    const { clock, attempts } = limits();
    fail(attempts, 'a', 2);
    expect(attempts.wait('a')).toBe(0);
    fail(attempts, 'a', 1);
    expect(attempts.wait('a')).toBe(10);
    clock.now += 10_000;
    expect(attempts.wait('a')).toBe(0);
    clock.now += 3_600_000;
    fail(attempts, 'a', 3);
    expect(attempts.wait('a')).toBe(10);
  });

  it('of one address do not hinder another', () => {
    const { attempts } = limits();
    fail(attempts, 'a', 100);
    expect([attempts.wait('a') > 0, attempts.wait('b')]).toEqual([true, 0]);
  });

  it('cost nothing by asking whether one may try', () => {
    const { attempts } = limits();
    for (let i = 0; i < 100; i++) attempts.wait('a');
    expect(attempts.wait('a')).toBe(0);
  });

  it('are not forgotten because many other addresses fail', () => {
    const { attempts } = limits();
    fail(attempts, 'a', 3);
    for (let i = 0; i < 30_000; i++) attempts.failed(`sprayed-${i}`);
    expect(attempts.wait('a')).toBeGreaterThan(0);
    // Who comes after them shares one bucket, which they have emptied.
    expect(attempts.wait('new')).toBeGreaterThan(0);
  });

  it('make room again once they are paid for', () => {
    const { clock, attempts } = limits();
    for (let i = 0; i < 20_000; i++) attempts.failed(`sprayed-${i}`);
    clock.now += 3_600_000;
    attempts.failed('new');
    expect(attempts.wait('other')).toBe(0);
  });

  it('of all together have a limit too', () => {
    const attempts = createAttempts({ each: { burst: 10, perMinute: 1 }, all: { burst: 20, perMinute: 60 }, now: () => 0 });
    for (let i = 0; i < 20; i++) attempts.failed(`address-${i}`);
    expect(attempts.wait('quiet')).toBe(1);
  });

  it('do no harm when the clock goes back', () => {
    const { clock, attempts } = limits();
    clock.now = 1_000_000;
    fail(attempts, 'a', 3);
    clock.now = 0;
    expect(attempts.wait('a')).toBe(10);
  });
});
