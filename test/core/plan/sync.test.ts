import { describe, expect, it } from 'vitest';
import type { KnownObject } from '../../../core/plan/plan.ts';
import { computePlan } from '../../../core/plan/plan.ts';
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

describe('hooks', () => {
  const web = manifest('Deployment', 'web');

  it('run before, with and after the objects, and each phase is waited for', () => {
    const plan = planFor([hook('PostSync', 'smoke'), hook('PreSync', 'migrate'), web, hook('Sync', 'job')]);
    expect(drive(plan).log).toEqual([
      'write Job/migrate',
      'await Job/migrate',
      'write Deployment/web Job/job',
      'await Deployment/web Job/job',
      'write Job/smoke',
      'await Job/smoke',
      'clean release:Job/migrate release:Job/job release:Job/smoke',
    ]);
  });

  it('go through waves within their phase', () => {
    const at = (number: number) => ({ 'argocd.argoproj.io/sync-wave': String(number) });
    const plan = planFor([hook('PreSync', 'second', at(1)), hook('PreSync', 'first', at(-1)), web]);
    expect(drive(plan).log.slice(0, 4)).toEqual(['write Job/first', 'await Job/first', 'write Job/second', 'await Job/second']);
  });

  it('run in each of their phases', () => {
    const { log } = drive(planFor([hook('PreSync,PostSync', 'twice'), web]));
    expect(log).toEqual([
      'write Job/twice',
      'await Job/twice',
      'write Deployment/web',
      'await Deployment/web',
      'write Job/twice',
      'await Job/twice',
      'clean release:Job/twice release:Job/twice',
    ]);
  });

  it.each([
    ['Degraded', degraded],
    ['Unknown', { status: 'Unknown' }],
    ['gone', 'missing'],
  ] as const)('that are %s fail the sync; nothing behind them is begun', (_, seen) => {
    const { log, outcome, state } = drive(planFor([hook('PreSync', 'migrate'), web]), { seen: { migrate: [progressing, seen] } });
    expect(log).toEqual(['write Job/migrate', 'await Job/migrate', 'clean release:Job/migrate']);
    expect(outcome).toBe('failed');
    expect(state.results.find(({ hook: run }) => run !== undefined)).toMatchObject({
      hook: { phase: 'PreSync', state: 'failed' },
      problem: { code: 'apply.hook_failed' },
    });
  });

  it('that are Suspended or Progressing are waited for', () =>
    expect(
      drive(planFor([hook('PreSync', 'migrate'), web]), { seen: { migrate: [progressing, { status: 'Suspended' }, healthy] } }),
    ).toMatchObject({
      outcome: 'synced',
    }));

  it('after the objects wait until those are healthy', () => {
    const { log } = drive(planFor([hook('PostSync', 'smoke'), web]), { seen: { web: [progressing, degraded] } });
    expect(log).toEqual(['write Deployment/web', 'await Deployment/web']);
  });

  it('for a failure run when a write has failed, and then the sync has failed', () => {
    const plan = planFor([hook('SyncFail', 'alarm'), web]);
    expect(drive(plan, { refused: ['web'] })).toMatchObject({
      log: ['write Deployment/web', 'write Job/alarm', 'await Job/alarm', 'clean release:Job/alarm'],
      outcome: 'failed',
    });
    expect(drive(plan)).toMatchObject({ log: ['write Deployment/web'], outcome: 'synced' });
  });

  it('for a failure run beside hooks that still run, and both are waited for', () => {
    const plan = planFor([hook('SyncFail', 'alarm'), hook('Sync', 'job'), web]);
    const { log } = drive(plan, {
      refused: ['web'],
      seen: { job: [progressing, healthy], alarm: [progressing, progressing, healthy] },
    });
    expect(log).toEqual([
      'write Deployment/web Job/job',
      'write Job/alarm',
      'await Job/job Job/alarm',
      'await Job/alarm',
      'clean release:Job/job release:Job/alarm',
    ]);
  });

  it('for a failure run when a hook has failed', () =>
    expect(
      drive(planFor([hook('SyncFail', 'alarm'), hook('PreSync', 'migrate'), web]), { seen: { migrate: [degraded] } }).log,
    ).toEqual([
      'write Job/migrate',
      'await Job/migrate',
      'write Job/alarm',
      'await Job/alarm',
      'clean release:Job/migrate release:Job/alarm',
    ]));

  it('for a failure do not run when the comparison was refused: nothing was begun', () => {
    const plan = planFor([hook('SyncFail', 'alarm'), web], { inventory: owned('apps/Deployment/shop/web') });
    expect(drive(plan, { compared: { web: invalid } })).toMatchObject({ log: ['compare Deployment/web'], outcome: 'failed' });
  });

  it('are deleted by how the sync ended, each by its policy', () => {
    const policy = (value: string) => ({ 'argocd.argoproj.io/hook-delete-policy': value });
    const objects = [
      hook('PreSync', 'ok', policy('HookSucceeded')),
      hook('PreSync', 'bad', policy('HookFailed')),
      hook('PreSync', 'both', policy('HookSucceeded,HookFailed')),
      hook('PreSync', 'stays'),
      web,
    ];
    expect(drive(planFor(objects)).log.at(-1)).toBe('clean remove:Job/ok remove:Job/both release:Job/bad release:Job/stays');
    expect(drive(planFor(objects), { refused: ['web'] }).log.at(-1)).toBe(
      'clean remove:Job/bad remove:Job/both release:Job/ok release:Job/stays',
    );
  });

  it('do not run when nothing is out of sync, unless a person asked or the last run did not end well', () => {
    const plan = planFor([hook('PreSync', 'migrate'), web], { inventory: owned('apps/Deployment/shop/web') });
    const compared = { web: 'same' } as const;
    expect(drive(plan, { compared })).toMatchObject({ log: ['compare Deployment/web'], outcome: 'synced' });
    expect(drive(plan, { compared, options: { asked: true } }).log).toContain('write Job/migrate');
  });

  it('do not run for a part of the App', () => {
    const selection = new Set(['apps/Deployment/shop/web']);
    const plan = planFor([hook('PreSync', 'migrate'), web, manifest('ConfigMap', 'other')], { selection });
    expect(drive(plan)).toMatchObject({ log: ['write Deployment/web'], outcome: 'synced' });
  });

  it('that cannot be made fail the sync', () =>
    expect(drive(planFor([hook('PreSync', 'migrate'), web]), { refused: ['migrate'] })).toMatchObject({
      log: ['write Job/migrate', 'clean release:Job/migrate'],
      outcome: 'failed',
    }));

  it('I10: that ran before a restart are not run again; one that runs is taken up', () => {
    const objects = [hook('PreSync', 'migrate'), web, hook('PostSync', 'smoke')];
    const plan = planFor(objects, { inventory: owned('apps/Deployment/shop/web') });
    const ran = new Map([
      ['PreSync batch/Job/shop/migrate', 'succeeded'],
      ['PostSync batch/Job/shop/smoke', 'running'],
    ] as const);
    expect(drive(plan, { ran, compared: { web: 'same' } })).toMatchObject({
      log: [
        'compare Deployment/web',
        'await Deployment/web',
        'write Job/smoke',
        'await Job/smoke',
        'clean release:Job/migrate release:Job/smoke',
      ],
      outcome: 'synced',
    });
  });

  it.each(['supersede', 'terminate'] as const)('that run are deleted on %s, and nothing more is begun', (by) => {
    const { log, outcome } = drive(planFor([hook('PreSync', 'migrate'), web]), {
      seen: { migrate: [progressing] },
      end: { before: 3, by },
    });
    expect(log).toEqual(['write Job/migrate', 'await Job/migrate', 'terminate Job/migrate']);
    expect(outcome).toBe(by === 'supersede' ? 'superseded' : 'terminated');
  });

  it('that run for a failure are deleted too when something newer has come', () => {
    const { log, outcome } = drive(planFor([hook('SyncFail', 'alarm'), web]), {
      refused: ['web'],
      seen: { alarm: [progressing] },
      end: { before: 4, by: 'supersede' },
    });
    expect(log.at(-1)).toBe('terminate Job/alarm');
    expect(outcome).toBe('superseded');
  });

  it('with a generated name are named by revision, phase and time', () => {
    const [planned] =
      planFor([hook('PostSync', 'smoke-*'), web])
        .steps.at(-1)
        ?.stages.flat() ?? [];
    expect(planned?.object.ref.name).toBe('smoke-0123456-postsync-1700000000');
    const { metadata } = JSON.parse(planned?.object.body ?? '{}');
    expect(metadata).toMatchObject({
      name: 'smoke-0123456-postsync-1700000000',
      finalizers: ['argocd.argoproj.io/hook-finalizer'],
      annotations: {
        'plumbline.dev/hook-run': 'run.postsync',
        'argocd.argoproj.io/tracking-id': 'web:batch/Job:shop/smoke-0123456-postsync-1700000000',
      },
    });
    expect(metadata.generateName).toBeUndefined();
  });

  it('with a generated name are the only objects that may have one', () => {
    const plan = planFor([manifest('ConfigMap', 'web-*')]);
    expect(plan.blocked.map((entry) => entry.problem.code)).toEqual(['object.generate_name']);
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
