import { describe, expect, test } from 'vitest';
import type { AppStatus, SyncProgress } from '../../../core/app/status.ts';
import type { ObjectResult } from '../../../core/protocol/messages.ts';
import { computePhases, describeResults, followStatus, sortResults, startFollow } from '../../../ui/app/sync/sync-follow.ts';
import {
  describePlan,
  selectOutOfSync,
  startPlan,
  toggleObject,
  toSyncInput,
  whyNotPlan,
} from '../../../ui/app/sync/sync-plan.ts';
import { appView, statusOf } from './app-views.ts';
import { resource } from './tree-items.ts';

const [A, B] = ['/ConfigMap/shop/a', '/ConfigMap/shop/b'];
const resources = [resource(A), resource(B, 'OutOfSync')];

describe('the plan of a sync', () => {
  const plan = { ...startPlan(appView()), prune: false };

  test('of everything names no objects, so that what comes later is in it', () => {
    expect(toSyncInput(plan, false)).toEqual({});
    expect(toSyncInput({ ...plan, prune: true, force: true, replace: true, reason: ' now ' }, true)).toEqual({
      prune: true,
      force: true,
      replace: true,
      dryRun: true,
      reason: 'now',
    });
  });

  test('follows the boxes, and is everything again when all are ticked', () => {
    const less = toggleObject(plan, A, [A, B]);
    expect(toSyncInput(less, false)).toEqual({ resources: [B] });
    expect(toggleObject(less, A, [A, B]).selected).toBeUndefined();
  });

  test('of nothing is refused, of what is out of sync names it', () => {
    expect(whyNotPlan({ ...plan, selected: new Set() })).toBeDefined();
    expect(toSyncInput(selectOutOfSync(plan, resources), false)).toEqual({ resources: [B] });
  });

  test('says which choices can lose something', () => {
    const risky = describePlan({ ...plan, force: true, replace: true }, resources).filter(({ isDangerous }) => isDangerous);
    expect(risky).toHaveLength(2);
    expect(describePlan(plan, resources).some(({ isDangerous }) => isDangerous)).toBe(false);
  });
});

describe('the progress of a sync', () => {
  const status = (progress: Partial<SyncProgress>): AppStatus => ({
    ...statusOf('OutOfSync', 'Progressing', resources),
    progress: { state: 'running', message: 'applies', since: 1, ...progress },
  });
  const follow = [
    status({ phase: 'PreSync', message: 'runs Job shop/migrate' }),
    status({ phase: 'PreSync', message: 'runs Job shop/migrate' }),
    status({ phase: 'Sync', wave: 1 }),
    status({ phase: 'Sync', wave: 2, state: 'waiting', message: 'waits for wave 2' }),
  ].reduce(followStatus, startFollow('1'));

  test('is a step for everything new', () => {
    expect(follow.steps.map(({ phase, wave }) => [phase, wave])).toEqual([
      ['PreSync', undefined],
      ['Sync', 1],
      ['Sync', 2],
    ]);
    expect(follow.counts).toEqual({ total: 2, synced: 1, healthy: 2, failed: 0 });
  });

  test('says which phase runs, and that all are done when the receipt is there', () => {
    expect(computePhases(follow)).toEqual([
      { phase: 'PreSync', state: 'done' },
      { phase: 'Sync', state: 'now', wave: 2 },
    ]);
    expect(computePhases(startFollow('1'))).toEqual([{ phase: 'Sync', state: 'next' }]);
  });
});

test('results are told with what failed first, and in the words of what they are', () => {
  const results: ObjectResult[] = [
    { key: A, action: 'unchanged' },
    { key: B, action: 'pruned' },
    { key: '/Job/shop/c', action: 'failed' },
  ];
  expect(sortResults(results).map(({ action }) => action)).toEqual(['failed', 'pruned', 'unchanged']);
  expect(describeResults(results, true)).toBe('1 unchanged, 1 would be deleted, 1 would fail');
  expect(describeResults(results, false)).toBe('1 unchanged, 1 deleted, 1 failed');
});
