import { describe, expect, it } from 'vitest';
import { computePlan } from '../../../core/plan/plan.ts';
import type { KnownObject } from '../../../core/plan/plan-types.ts';
import { stepSync } from '../../../core/plan/sync.ts';
import { newSync } from '../../../core/plan/sync-state.ts';
import { problem } from '../../../core/problem/problem.ts';
import { drive, hook, manifest, planFor, wave } from './drive.ts';

const owned = (...keys: string[]): Map<string, KnownObject> =>
  new Map(keys.map((key) => [key, { hash: undefined, current: false }]));
const progressing = { status: 'Progressing' } as const;
const healthy = { status: 'Healthy' } as const;
const degraded = { status: 'Degraded', message: 'it crashes' } as const;
const invalid = problem('apply.invalid', 'no');

describe('a sync without waves and hooks', () => {
  it('compares what may have changed, prunes, and writes what differs stage by stage, waiting for nothing', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('ConfigMap', 'b'), manifest('Deployment', 'web')], {
      inventory: owned('/ConfigMap/shop/a', 'apps/Deployment/shop/web', '/ConfigMap/shop/old'),
    });
    const { log, outcome } = drive(plan, { compared: { a: 'same' } });
    expect(log).toEqual([
      'compare ConfigMap/a Deployment/web',
      'prune ConfigMap/old',
      'write ConfigMap/b',
      'write Deployment/web',
    ]);
    expect(outcome).toBe('synced');
  });

  it('does nothing at all when nothing is to be done', () => {
    const object = planFor([manifest('ConfigMap', 'a')]).steps[0]?.stages[0]?.[0]?.object;
    const inventory = new Map([['/ConfigMap/shop/a', { hash: object?.hash, current: true }]]);
    const { log, state, outcome } = drive(planFor([manifest('ConfigMap', 'a')], { inventory }));
    expect([log, outcome]).toEqual([[], 'synced']);
    expect(state.results).toEqual([{ key: '/ConfigMap/shop/a', action: 'unchanged' }]);
  });

  it('writes nothing when the API server refuses one of its objects', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('ConfigMap', 'b')], {
      inventory: owned('/ConfigMap/shop/a', '/ConfigMap/shop/b', '/ConfigMap/shop/old'),
    });
    expect(drive(plan, { compared: { b: invalid } })).toMatchObject({
      log: ['compare ConfigMap/a ConfigMap/b'],
      outcome: 'failed',
    });
  });

  it('F44: writes the rest of its wave when one object fails', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('Deployment', 'web')]);
    const { log, outcome, state } = drive(plan, { refused: ['a'] });
    expect(log).toEqual(['write ConfigMap/a', 'write Deployment/web']);
    expect(outcome).toBe('failed');
    expect(state.results.map(({ key, action }) => [key, action])).toEqual([
      ['/ConfigMap/shop/a', 'failed'],
      ['apps/Deployment/shop/web', 'created'],
    ]);
  });

  it('F44: of Flux ends with the stage in which something failed, and prunes nothing', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('ConfigMap', 'b'), manifest('Deployment', 'web')], {
      policy: { dialect: 'flux' },
      inventory: owned('/ConfigMap/shop/old'),
    });
    expect(drive(plan, { refused: ['a'] })).toMatchObject({ log: ['write ConfigMap/a ConfigMap/b'], outcome: 'failed' });
  });

  it('goes on beside objects that are blocked, fails for their sake, and prunes nothing', () => {
    const secret = { ...manifest('ConfigMap', 'x'), metadata: { name: 'x', namespace: 'plumbline-system' } };
    const plan = planFor([manifest('ConfigMap', 'a'), secret], { inventory: owned('/ConfigMap/shop/old') });
    expect(drive(plan)).toMatchObject({ log: ['write ConfigMap/a'], outcome: 'failed' });
  });

  it('F14: waits for a definition that it made before it goes on', () => {
    const definition = {
      ...manifest('CustomResourceDefinition', 'widgets.x.example.com'),
      spec: { group: 'x.example.com', names: { kind: 'Widget' }, scope: 'Namespaced', versions: [{ name: 'v1' }] },
    };
    const { log } = drive(planFor([manifest('Widget', 'w'), definition], { unserved: ['Widget'] }));
    expect(log).toEqual([
      'write CustomResourceDefinition/widgets.x.example.com',
      'await-definitions CustomResourceDefinition/widgets.x.example.com',
      'write Widget/w',
    ]);
  });

  it('is held when deletions wait for a person', () =>
    expect(drive(planFor([], { inventory: owned('/ConfigMap/shop/a') }))).toMatchObject({ log: [], outcome: 'held' }));

  it('ends after the effect under way when something newer has come', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('Deployment', 'web')]);
    expect(drive(plan, { end: { before: 0, by: 'supersede' } })).toMatchObject({
      log: ['write ConfigMap/a'],
      outcome: 'superseded',
    });
  });

  it('as a dry-run says what would happen and does none of it', () => {
    const plan = planFor([manifest('ConfigMap', 'a'), manifest('ConfigMap', 'b')], {
      inventory: owned('/ConfigMap/shop/a', '/ConfigMap/shop/old'),
    });
    const { log, state } = drive(plan, { compared: { b: 'absent' }, options: { dryRun: true } });
    expect(log).toEqual(['compare ConfigMap/a ConfigMap/b']);
    expect(state.results.map(({ key, action }) => [key, action])).toEqual([
      ['/ConfigMap/shop/a', 'configured'],
      ['/ConfigMap/shop/b', 'created'],
      ['/ConfigMap/shop/old', 'pruned'],
    ]);
  });

  it('does not begin when an object is shared and the App says to fail then', () => {
    const options = { ownedByOther: (key: string) => (key.endsWith('/a') ? 'other' : undefined) };
    const objects = [manifest('ConfigMap', 'a'), manifest('ConfigMap', 'b')];
    const strict = drive(planFor(objects, { ...options, policy: { sync: { failOnSharedResource: true } } }));
    expect(strict).toMatchObject({ log: [], outcome: 'failed' });
    const lax = drive(planFor(objects, options));
    expect(lax).toMatchObject({ log: ['write ConfigMap/b'], outcome: 'synced' });
    expect(lax.state.results[0]).toMatchObject({ action: 'skipped', problem: { code: 'apply.shared' } });
  });

  it('is pure: a state that was stepped is what it was', () => {
    const state = newSync(planFor([manifest('ConfigMap', 'a')]), { dryRun: false, asked: false });
    const before = JSON.stringify(state);
    stepSync(state, { type: 'start' });
    expect(JSON.stringify(state)).toBe(before);
  });
});

describe('a Flux App', () => {
  const policy = { dialect: 'flux' } as const;
  const objects = [manifest('ConfigMap', 'a'), manifest('Deployment', 'web')];

  it('is written, then pruned, and waited for where it says so', () => {
    const inventory = owned('/ConfigMap/shop/old');
    expect(drive(planFor(objects, { policy, inventory })).log).toEqual([
      'write ConfigMap/a',
      'write Deployment/web',
      'prune ConfigMap/old',
    ]);
    expect(drive(planFor(objects, { policy: { ...policy, wait: true }, inventory })).log).toEqual([
      'write ConfigMap/a',
      'write Deployment/web',
      'prune ConfigMap/old',
      'await ConfigMap/a Deployment/web',
    ]);
  });

  it('waits only for what healthChecks name', () => {
    const healthChecks = ['apps/Deployment/other/db'];
    expect(drive(planFor(objects, { policy: { ...policy, healthChecks } })).log.at(-1)).toBe('await Deployment/db');
  });

  it('waits for something that is not there yet, and fails at its deadline with what was not ready', () => {
    const waiting = planFor(objects, { policy: { ...policy, wait: true, timeoutSeconds: 60 } });
    expect(drive(waiting, { seen: { web: ['missing', progressing, healthy] } })).toMatchObject({ outcome: 'synced' });
    const { outcome, state } = drive(waiting, { seen: { web: [progressing] }, late: true });
    expect(outcome).toBe('failed');
    expect(state.results.find(({ key }) => key.endsWith('/web'))).toMatchObject({ problem: { code: 'apply.deadline' } });
  });

  it('fails as soon as something has failed', () =>
    expect(drive(planFor(objects, { policy: { ...policy, wait: true } }), { seen: { web: [degraded] } })).toMatchObject({
      outcome: 'failed',
    }));

  it('takes no notice of waves', () =>
    expect(planFor([wave('ConfigMap', 'a', 5), wave('ConfigMap', 'b', 1)], { policy }).steps).toHaveLength(1));
});

describe('the removal of an App', () => {
  const inventory = owned('/ConfigMap/shop/a', 'apps/Deployment/shop/web');
  const waves = new Map([['apps/Deployment/shop/web', { wave: 2, prune: 'yes', delete: 'yes', pruneLast: false } as const]]);

  it('runs PreDelete hooks, deletes wave after wave in reverse, and runs PostDelete hooks when all is gone', () => {
    const plan = planFor(
      [hook('PreDelete', 'backup'), hook('PostDelete', 'notify'), hook('PreSync', 'migrate'), manifest('ConfigMap', 'a')],
      {
        inventory,
        prunePolicies: waves,
        removed: true,
        policy: { deleteHooks: ['PreDelete', 'PostDelete'] },
      },
    );
    expect(drive(plan, { going: { a: 1 } }).log).toEqual([
      'write Job/backup',
      'await Job/backup',
      'prune Deployment/web',
      'prune ConfigMap/a',
      'await gone:ConfigMap/a',
      'write Job/notify',
      'await Job/notify',
      'clean release:Job/backup release:Job/notify',
    ]);
  });

  it('runs none of them without the finalizers that ask for it', () => {
    const plan = planFor([hook('PreDelete', 'backup')], { inventory, removed: true });
    expect(drive(plan).log).toEqual(['prune Deployment/web', 'prune ConfigMap/a']);
  });

  it('stops when a PreDelete hook fails', () => {
    const plan = planFor([hook('PreDelete', 'backup')], { inventory, removed: true, policy: { deleteHooks: ['PreDelete'] } });
    expect(drive(plan, { seen: { backup: [degraded] } })).toMatchObject({ outcome: 'failed', log: { length: 3 } });
  });

  it('leaves what says Delete=false, and does not begin while something says Delete=confirm', () => {
    const keep = new Map([['/ConfigMap/shop/a', { wave: 0, prune: 'yes', delete: 'no', pruneLast: false } as const]]);
    const plan = planFor([], { inventory, prunePolicies: keep, removed: true });
    expect(plan.orphaned).toEqual(['/ConfigMap/shop/a']);
    expect(drive(plan).log).toEqual(['prune Deployment/web']);
    const ask = new Map([['/ConfigMap/shop/a', { wave: 0, prune: 'yes', delete: 'confirm', pruneLast: false } as const]]);
    const held = planFor([hook('PreDelete', 'backup')], {
      inventory,
      prunePolicies: ask,
      removed: true,
      policy: { deleteHooks: ['PreDelete'] },
    });
    expect(drive(held)).toMatchObject({ log: [], outcome: 'held' });
    expect(drive(planFor([], { inventory, prunePolicies: ask, removed: true, confirmed: true })).log).toHaveLength(2);
  });

  it('takes along what hooks have left', () => {
    const plan = planFor([], { inventory: new Map(), hookObjects: ['batch/Job/shop/migrate'], removed: true });
    expect(drive(plan)).toMatchObject({ log: ['prune Job/migrate'], outcome: 'synced' });
  });
});

it('a plan is computed the same way twice', () => {
  expect(computePlan).toBeDefined();
  const objects = [hook('PreSync', 'a'), wave('ConfigMap', 'b', 3), manifest('Deployment', 'c')];
  expect(JSON.stringify(planFor(objects))).toBe(JSON.stringify(planFor(objects)));
});
