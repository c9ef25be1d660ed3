import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../../core/app/status.ts';
import { type Course, followReceipt, followStatus, judgeAt, judgeCourse } from '../../../core/control/judge-rollback.ts';

const BUNDLE = 'sha256:1';
const RULE = { deadlineSeconds: 300, degradedSeconds: 120 };
const S = 1_000;

const status = (change: Partial<AppStatus>): AppStatus => ({
  ...{ app: 'web', generation: 1, revision: 'a', bundle: BUNDLE, sync: 'Synced', health: { status: 'Healthy' }, observedAt: 1 },
  ...{ resources: [], problems: [], drift: [] },
  ...change,
});
const health = (word: AppStatus['health']['status'], change: Partial<AppStatus> = {}) =>
  status({ health: { status: word }, ...change });

/** The course after statuses, each at its second. */
function course(...steps: readonly (readonly [number, AppStatus])[]): Course {
  return steps.reduce<Course>((so, [second, one]) => followStatus(so, BUNDLE, one, second * S), {});
}
const judged = (so: Course, second: number) => judgeCourse(so, RULE, second * S)?.because;

describe('a deployment', () => {
  test('that becomes Healthy in time stays', () => {
    const so = course([0, health('Progressing')], [10, health('Healthy')]);
    expect([judgeAt(so, RULE), judged(so, 9_999)]).toEqual([undefined, undefined]);
  });

  test('that does not become Healthy goes back at its deadline, not before', () => {
    const so = course([5, health('Progressing')]);
    expect([judgeAt(so, RULE), judged(so, 304), judged(so, 305)]).toEqual([305 * S, undefined, 'deadline']);
  });

  test('that waits for its window, or for another App, is not followed yet', () => {
    const waiting = health('Missing', {
      sync: 'OutOfSync',
      progress: { state: 'waiting', code: 'apply.window', message: '', since: 1 },
    });
    expect(judgeAt(course([0, waiting]), RULE)).toBeUndefined();
  });

  test('whose first wave does not come up is followed from then on', () => {
    const waiting = health('Progressing', {
      ...{ sync: 'OutOfSync', progress: { state: 'waiting', code: 'apply.waiting', message: '', since: 1 } },
    });
    expect(judged(course([0, waiting]), 300)).toBe('deadline');
  });

  test('that is Degraded without a break for long enough goes back, even after it was Healthy', () => {
    const so = course([0, health('Healthy')], [1_000, health('Degraded')], [1_010, health('Degraded')]);
    expect([judgeAt(so, RULE), judged(so, 1_119), judged(so, 1_120)]).toEqual([1_120 * S, undefined, 'degraded']);
  });

  test('that recovers in between begins anew', () => {
    const so = course([0, health('Healthy')], [10, health('Degraded')], [20, health('Progressing')], [30, health('Degraded')]);
    expect([judged(so, 140), judged(so, 150)]).toEqual([undefined, 'degraded']);
  });

  test.each(['Unknown', 'Suspended'] as const)('that is %s at its deadline is not judged', (word) => {
    expect(judged(course([0, health(word)]), 10_000)).toBeUndefined();
  });

  test('is not followed by what is said of another bundle', () => {
    expect(course([0, health('Degraded', { bundle: 'sha256:2' })])).toEqual({});
  });

  test('begins with its receipt at the latest, and a failed one is no reason by itself', () => {
    const so = followReceipt({}, 'failed', 7 * S);
    expect([so, judged(so, 10_000)]).toEqual([{ outcome: 'failed', begunAt: 7 * S }, undefined]);
  });
});

test('a status that says nothing new gives the same course', () => {
  const so = course([0, health('Healthy')]);
  expect(followStatus(so, BUNDLE, health('Healthy'), 99 * S)).toBe(so);
});
