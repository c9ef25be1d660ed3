import { describe, expect, it } from 'vitest';
import { HealPace } from '../../../../agent/apply/drift/heal-pace.ts';
import type { Drift } from '../../../../core/app/status.ts';
import type { PreparedObject } from '../../../../core/plan/prepare.ts';

// Only the reference is looked at.
const object = { ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'web' } } as PreparedObject;
const drift = (changes: Partial<Drift> = {}): Drift => ({
  key: '/ConfigMap/shop/web',
  kind: 'changed',
  fields: ['/data/value'],
  manager: 'somebody',
  action: 'reported',
  ...changes,
});

describe('F37: the pace of healing', () => {
  it('is immediate three times, then ever slower, and names who fights', () => {
    const pace = new HealPace();
    const waits: number[] = [];
    for (let now = 0, i = 0; i < 6; i++) {
      const wait = pace.delay(now);
      waits.push(wait);
      now += wait;
      pace.healed(now, `${i}`);
    }
    expect(waits).toEqual([0, 0, 0, 2_000, 6_000, 18_000]);
    const found = pace.problem(object, drift(), 26_000);
    expect(found).toMatchObject({ code: 'drift.fought', where: 'ConfigMap shop/web' });
    expect(found?.message).toContain('somebody changes /data/value');
    expect(found?.message).toContain('54 s');
  });

  it('has nothing to say while nothing waits', () => expect(new HealPace().problem(object, drift(), 0)).toBeUndefined());

  it('slows down at once when the object is as we left it and is not right all the same', () => {
    const pace = new HealPace();
    pace.healed(0, '7');
    expect(pace.isSelfMade('8', 0)).toBe(false);
    expect(pace.delay(0)).toBe(0);
    expect(pace.isSelfMade('7', 0)).toBe(true);
    expect(pace.delay(0)).toBeGreaterThan(0);
    expect(pace.problem(object, drift({ mutated: ['/data/value'] }), 0)).toMatchObject({ code: 'drift.mutated' });
  });

  it('takes a failed heal for no version', () => {
    const pace = new HealPace();
    pace.healed(0, undefined);
    expect(pace.isSelfMade('', 0)).toBe(false);
  });
});
