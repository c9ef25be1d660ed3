import { describe, expect, it } from 'vitest';
import type { KnownObject } from '../../../core/plan/plan-types.ts';
import { problem } from '../../../core/problem/problem.ts';
import { drive, hook, manifest, planFor, wave } from './drive.ts';

const owned = (...keys: string[]): Map<string, KnownObject> =>
  new Map(keys.map((key) => [key, { hash: undefined, current: false }]));
const progressing = { status: 'Progressing' } as const;
const healthy = { status: 'Healthy' } as const;
const degraded = { status: 'Degraded', message: 'it crashes' } as const;
const _invalid = problem('apply.invalid', 'no');

describe('waves', () => {
  const objects = [wave('Deployment', 'last', 2), wave('ConfigMap', 'first', -1), manifest('Deployment', 'middle')];

  it('go in their order, and each is waited for but the last', () =>
    expect(drive(planFor(objects)).log).toEqual([
      'write ConfigMap/first',
      'await ConfigMap/first',
      'write Deployment/middle',
      'await Deployment/middle',
      'write Deployment/last',
    ]));

  it('wait for as long as something is Progressing, Suspended or not known', () => {
    const seen = { middle: [progressing, { status: 'Suspended' }, { status: 'Unknown' }, progressing, healthy] } as const;
    expect(drive(planFor(objects), { seen })).toMatchObject({ outcome: 'synced', log: { length: 5 } });
  });

  it('end when something is Degraded; the ones behind are not begun', () => {
    const { log, outcome, state } = drive(planFor(objects), { seen: { middle: [progressing, degraded] } });
    expect(log.at(-1)).toBe('await Deployment/middle');
    expect(outcome).toBe('failed');
    expect(state.results.find(({ key }) => key.endsWith('/middle'))).toMatchObject({
      action: 'failed',
      problem: { code: 'apply.degraded', message: 'Degraded: it crashes' },
    });
  });

  it('end when something that is waited for is gone', () =>
    expect(drive(planFor(objects), { seen: { middle: ['missing'] } })).toMatchObject({ outcome: 'failed' }));

  it('F44: end when something cannot be written, after the rest of the wave', () => {
    const plan = planFor([wave('ConfigMap', 'bad', 1), wave('Deployment', 'good', 1), wave('Deployment', 'later', 2)]);
    const { log, outcome } = drive(plan, { refused: ['bad'] });
    expect(log).toEqual(['write ConfigMap/bad', 'write Deployment/good']);
    expect(outcome).toBe('failed');
  });

  it('do not wait for the last one, however it is', () =>
    expect(drive(planFor(objects), { seen: { last: [degraded] } })).toMatchObject({ outcome: 'synced' }));

  it('wait for what was right already, unless only what is out of sync counts (ApplyOutOfSyncOnly)', () => {
    const inventory = owned('/ConfigMap/shop/first', 'apps/Deployment/shop/middle');
    const script = { compared: { first: 'same', middle: 'same' }, seen: { middle: [degraded] } } as const;
    expect(drive(planFor(objects, { inventory }), script)).toMatchObject({ outcome: 'failed' });
    const policy = { sync: { applyOutOfSyncOnly: true } };
    expect(drive(planFor(objects, { inventory, policy }), script)).toMatchObject({
      outcome: 'synced',
      log: ['compare ConfigMap/first Deployment/middle', 'write Deployment/last'],
    });
  });

  it('are not walked through again when nothing is out of sync', () => {
    const plan = planFor(objects, {
      inventory: owned('/ConfigMap/shop/first', 'apps/Deployment/shop/middle', 'apps/Deployment/shop/last'),
    });
    const same = { first: 'same', middle: 'same', last: 'same' } as const;
    expect(drive(plan, { compared: same, seen: { middle: [degraded] } })).toMatchObject({
      log: { length: 1 },
      outcome: 'synced',
    });
  });

  it('bring a namespace and a definition forward to where they are needed', () => {
    const definition = {
      ...wave('CustomResourceDefinition', 'widgets.x.example.com', 3),
      spec: { group: 'x.example.com', names: { kind: 'Widget' }, scope: 'Namespaced', versions: [{ name: 'v1' }] },
    };
    const plan = planFor([wave('Namespace', 'shop', 5), definition, wave('Widget', 'w', -2), wave('ConfigMap', 'a', 1)]);
    const steps = plan.steps.map((step) => [step.wave, step.stages.flat().map(({ object }) => object.ref.kind)]);
    expect(steps).toEqual([
      [-2, ['Namespace', 'CustomResourceDefinition', 'Widget']],
      [1, ['ConfigMap']],
    ]);
  });

  it('bring a namespace forward to the PreSync hooks that live in it', () => {
    const plan = planFor([manifest('Namespace', 'shop'), hook('PreSync', 'migrate')]);
    expect(plan.steps.map(({ phase }) => phase)).toEqual(['PreSync']);
  });

  it('are what an object of an unknown kind waits for: its wave looks again, and those behind are not begun', () => {
    const objects = [wave('Deployment', 'operator', 0), wave('Widget', 'w', 1), wave('ConfigMap', 'later', 2)];
    const plan = planFor(objects, { unserved: ['Widget'] });
    expect(drive(plan)).toMatchObject({
      log: ['write Deployment/operator', 'await Deployment/operator', 'discover Widget/w'],
      outcome: 'failed',
    });
    expect(drive(plan, { served: true })).toMatchObject({ outcome: 'replan' });
  });
});

describe('pruning', () => {
  const keys = ['/ConfigMap/shop/a', '/ConfigMap/shop/b', '/ConfigMap/shop/c', '/ConfigMap/shop/d'];
  const policies = (waves: Record<string, number>, pruneLast: readonly string[] = []) =>
    new Map(
      Object.entries(waves).map(([name, at]) => [
        `/ConfigMap/shop/${name}`,
        { wave: at, prune: 'yes', delete: 'yes', pruneLast: pruneLast.includes(name) } as const,
      ]),
    );

  it('goes through the waves in reverse, the first taking the place of the last', () => {
    const plan = planFor([], {
      inventory: owned(...keys),
      prunePolicies: policies({ a: 1, b: 3, c: 7, d: 7 }),
      policy: { allowEmpty: true },
    });
    expect(plan.steps.map(({ wave: at, prunes }) => [at, prunes.flat().map((key) => key.slice(-1))])).toEqual([
      [1, ['c', 'd']],
      [3, ['b']],
      [7, ['a']],
    ]);
  });

  it('keeps waves in between in the middle', () => {
    const plan = planFor([wave('ConfigMap', 'new', 3)], {
      inventory: owned('/ConfigMap/shop/a', '/ConfigMap/shop/b'),
      prunePolicies: policies({ a: 0, b: 5 }),
    });
    expect(drive(plan).log).toEqual(['prune ConfigMap/b', 'write ConfigMap/new', 'await ConfigMap/new', 'prune ConfigMap/a']);
  });

  it('with PruneLast comes after everything else is healthy', () => {
    const plan = planFor([manifest('Deployment', 'web'), wave('ConfigMap', 'new', 4)], {
      inventory: owned('/ConfigMap/shop/a'),
      prunePolicies: policies({ a: -3 }, ['a']),
    });
    expect(drive(plan).log).toEqual([
      'write Deployment/web',
      'await Deployment/web',
      'write ConfigMap/new',
      'await ConfigMap/new',
      'prune ConfigMap/a',
    ]);
  });

  it('comes before writing in the same wave', () =>
    expect(drive(planFor([manifest('ConfigMap', 'new')], { inventory: owned('/ConfigMap/shop/a') })).log).toEqual([
      'prune ConfigMap/a',
      'write ConfigMap/new',
    ]));

  it('F17: waits until what was deleted is gone before the next wave, and not after the last', () => {
    const plan = planFor([wave('ConfigMap', 'new', 1)], { inventory: owned('/ConfigMap/shop/a') });
    expect(drive(plan, { going: { a: 3 } })).toMatchObject({
      log: ['prune ConfigMap/a', 'await gone:ConfigMap/a', 'write ConfigMap/new'],
      outcome: 'synced',
    });
    const last = planFor([], { inventory: owned('/ConfigMap/shop/a'), policy: { allowEmpty: true } });
    expect(drive(last, { going: { a: 3 } })).toMatchObject({ log: ['prune ConfigMap/a'], outcome: 'synced' });
  });

  it('that fails ends the step before anything is written', () =>
    expect(
      drive(planFor([manifest('ConfigMap', 'new')], { inventory: owned('/ConfigMap/shop/a') }), { refused: ['a'] }),
    ).toMatchObject({
      log: ['prune ConfigMap/a'],
      outcome: 'failed',
    }));

  it('keeps what says Prune=false, holds what says Prune=confirm, and lets go what is released', () => {
    const prunePolicies = new Map([
      ['/ConfigMap/shop/a', { wave: 0, prune: 'no', delete: 'yes', pruneLast: false } as const],
      ['/ConfigMap/shop/b', { wave: 0, prune: 'confirm', delete: 'yes', pruneLast: false } as const],
      ['/Namespace//shop', { wave: 0, prune: 'release', delete: 'no', pruneLast: false } as const],
    ]);
    const inventory = owned('/ConfigMap/shop/a', '/ConfigMap/shop/b', '/Namespace//shop', '/ConfigMap/shop/c');
    const input = { inventory, prunePolicies, policy: { allowEmpty: true } };
    const plan = planFor([], input);
    expect(plan).toMatchObject({ kept: ['/ConfigMap/shop/a'], orphaned: ['/Namespace//shop'] });
    expect(plan.held.map(({ key }) => key)).toEqual(['/ConfigMap/shop/b']);
    expect(drive(plan)).toMatchObject({ log: ['prune ConfigMap/c'], outcome: 'held' });
    expect(drive(planFor([], { ...input, confirmed: true })).log).toEqual(['prune ConfigMap/b ConfigMap/c']);
  });
});
