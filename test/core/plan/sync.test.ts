import { describe, expect, it } from 'vitest';
import { defaultObjectPolicy } from '../../../core/plan/object-policy.ts';
import type { Plan, PlannedObject } from '../../../core/plan/plan.ts';
import { newSync, type SyncEffect, type SyncEvent, type SyncState, stepSync } from '../../../core/plan/sync.ts';
import { problem } from '../../../core/problem/problem.ts';
import { policyOf } from './policy.ts';

const planned = (key: string, first: PlannedObject['first'], stage = 0): PlannedObject => ({
  object: {
    key,
    ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name: key },
    apiVersion: 'v1',
    body: '',
    hash: '',
    stage,
    secret: false,
    ensureOnly: false,
    policy: defaultObjectPolicy(policyOf()),
  },
  first,
});

const planOf = (changes: Partial<Plan>): Plan => ({
  stages: [],
  prunes: [],
  blocked: [],
  held: [],
  kept: [],
  orphaned: [],
  problems: [],
  ...changes,
});

/** Runs a sync on scripted answers; gives the effects in their order and the state at the end. */
function run(
  plan: Plan,
  answers: readonly SyncEvent[],
  dryRun = false,
): { readonly effects: SyncEffect[]; readonly state: SyncState } {
  let step = stepSync(newSync(plan, { dryRun }), { type: 'start' });
  const effects: SyncEffect[] = [];
  for (const event of answers) {
    if (step.effect !== undefined) effects.push(step.effect);
    step = stepSync(step.state, event);
  }
  if (step.effect !== undefined) effects.push(step.effect);
  return { effects, state: step.state };
}

const invalid = problem('apply.invalid', 'no');
const compared = (outcomes: Record<string, 'same' | 'differs' | 'absent' | typeof invalid>): SyncEvent => ({
  type: 'compared',
  outcomes: new Map(Object.entries(outcomes)),
});
const written = (...keys: string[]): SyncEvent => ({
  type: 'written',
  results: keys.map((key) => ({ key, action: 'configured' })),
});

describe('a sync', () => {
  it('compares what may have changed, writes what differs stage by stage, prunes last', () => {
    const plan = planOf({
      stages: [[planned('a', 'compare'), planned('b', 'create')], [planned('c', 'update')]],
      prunes: [['old']],
    });
    const { effects } = run(plan, [
      compared({ a: 'same', c: 'differs' }),
      written('b'),
      written('c'),
      { type: 'pruned', results: [{ key: 'old', action: 'pruned' }] },
    ]);
    expect(effects).toEqual([
      { do: 'compare', keys: ['a', 'c'] },
      { do: 'write', keys: ['b'] },
      { do: 'write', keys: ['c'] },
      { do: 'prune', keys: ['old'] },
      { do: 'finish', outcome: 'synced' },
    ]);
  });

  it('does nothing at all when nothing is to be done', () => {
    const { effects, state } = run(planOf({ stages: [[planned('a', 'nothing')]] }), []);
    expect(effects).toEqual([{ do: 'finish', outcome: 'synced' }]);
    expect(state.results).toEqual([{ key: 'a', action: 'unchanged' }]);
  });

  it('writes nothing when the API server refuses one of its objects', () => {
    const { effects } = run(planOf({ stages: [[planned('a', 'update'), planned('b', 'update')]], prunes: [['old']] }), [
      compared({ a: 'differs', b: invalid }),
    ]);
    expect(effects.at(-1)).toEqual({ do: 'finish', outcome: 'failed' });
    expect(effects).toHaveLength(2);
  });

  it('F44: ends after a stage in which something failed, and prunes nothing', () => {
    const plan = planOf({
      stages: [[planned('a', 'create'), planned('b', 'create')], [planned('c', 'create')]],
      prunes: [['old']],
    });
    const { effects, state } = run(plan, [
      {
        type: 'written',
        results: [
          { key: 'a', action: 'created' },
          { key: 'b', action: 'failed', problem: invalid },
        ],
      },
    ]);
    expect(effects.at(-1)).toEqual({ do: 'finish', outcome: 'failed' });
    expect(state.results.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('goes on beside objects that are blocked, and fails for their sake', () => {
    const blocked = [{ key: 'x', apiVersion: 'v1', problem: problem('apply.protected', 'no') }];
    const { effects } = run(planOf({ stages: [[planned('a', 'create')]], blocked, prunes: [['old']] }), [
      { type: 'written', results: [{ key: 'a', action: 'created' }] },
    ]);
    expect(effects.map((effect) => effect.do)).toEqual(['write', 'finish']);
    expect(effects.at(-1)).toEqual({ do: 'finish', outcome: 'failed' });
  });

  it('F14: waits for a definition that it made before it goes on', () => {
    const key = 'apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com';
    const plan = planOf({ stages: [[planned(key, 'create')], [planned('w', 'create')]] });
    const { effects } = run(plan, [
      { type: 'written', results: [{ key, action: 'created' }] },
      { type: 'established', problems: [] },
      { type: 'written', results: [{ key: 'w', action: 'created' }] },
    ]);
    expect(effects.map((effect) => effect.do)).toEqual(['write', 'await-definitions', 'write', 'finish']);
  });

  it('is held when deletions wait for a person', () => {
    const held = [{ key: 'a', problem: problem('apply.held_deletion', 'no') }];
    expect(run(planOf({ held }), []).effects).toEqual([{ do: 'finish', outcome: 'held' }]);
  });

  it('ends after the effect under way when something newer has come', () => {
    const plan = planOf({ stages: [[planned('a', 'create')], [planned('b', 'create')]], prunes: [['old']] });
    const first = stepSync(newSync(plan, { dryRun: false }), { type: 'start' });
    const superseded = stepSync(first.state, { type: 'supersede' });
    expect(superseded.effect).toBeUndefined();
    const { effect } = stepSync(superseded.state, { type: 'written', results: [{ key: 'a', action: 'created' }] });
    expect(effect).toEqual({ do: 'finish', outcome: 'superseded' });
  });

  it('as a dry-run says what would happen and does none of it', () => {
    const plan = planOf({ stages: [[planned('a', 'compare'), planned('b', 'create')]], prunes: [['old']] });
    const { effects, state } = run(plan, [compared({ a: 'differs', b: 'absent' })], true);
    expect(effects.map((effect) => effect.do)).toEqual(['compare', 'finish']);
    expect(state.results).toEqual([
      { key: 'a', action: 'configured' },
      { key: 'b', action: 'created' },
      { key: 'old', action: 'pruned' },
    ]);
  });

  it('is pure: a state that was stepped is what it was', () => {
    const state = newSync(planOf({ stages: [[planned('a', 'create')]] }), { dryRun: false });
    const before = JSON.stringify(state);
    stepSync(state, { type: 'start' });
    expect(JSON.stringify(state)).toBe(before);
  });
});
