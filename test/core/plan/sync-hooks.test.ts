import { describe, expect, it } from 'vitest';
import type { KnownObject } from '../../../core/plan/plan-types.ts';
import { problem } from '../../../core/problem/problem.ts';
import { drive, hook, manifest, planFor } from './drive.ts';

const owned = (...keys: string[]): Map<string, KnownObject> =>
  new Map(keys.map((key) => [key, { hash: undefined, current: false }]));
const progressing = { status: 'Progressing' } as const;
const healthy = { status: 'Healthy' } as const;
const degraded = { status: 'Degraded', message: 'it crashes' } as const;
const invalid = problem('apply.invalid', 'no');

const web = manifest('Deployment', 'web');

describe('hooks', () => {
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

describe('hooks of a Helm release', () => {
  const action = { disableHooks: false, disableWait: true, timeoutSeconds: 300, retries: 0 };
  const release = {
    name: 'web',
    namespace: 'shop',
    install: action,
    upgrade: { ...action, remediation: 'rollback' as const },
    rollback: action,
    uninstall: action,
    test: { ignoreFailures: false, timeoutSeconds: 60 },
    driftDetection: 'disabled' as const,
  };
  const policy = { dialect: 'flux' as const, release };
  const helm = (types: string, name: string, weight = '0') =>
    manifest('Job', name, { 'helm.sh/hook': types, 'helm.sh/hook-weight': weight });
  const objects = [
    helm('pre-install', 'b'),
    helm('pre-install', 'a'),
    helm('Pre-Install', 'first', '-1'),
    helm('test', 't'),
    web,
  ];

  it('run one after the other: by weight, then by name; tests come last', () =>
    expect(drive(planFor(objects, { policy, release: 'install' })).log).toEqual([
      'write Job/first',
      'await Job/first',
      'write Job/a',
      'await Job/a',
      'write Job/b',
      'await Job/b',
      'write Deployment/web',
      'write Job/t',
      'await Job/t',
      'clean release:Job/first release:Job/a release:Job/b release:Job/t',
    ]));

  it('of another action do not run, nor does one of a type that Helm does not know', () =>
    expect(drive(planFor([...objects, helm('pre-upgrade,whenever', 'odd')], { policy, release: 'upgrade' })).log).toEqual([
      'write Deployment/web',
      'write Job/t',
      'await Job/t',
      'clean release:Job/t',
    ]));

  it('are its tests only, when only those are asked for', () =>
    expect(drive(planFor(objects, { policy, testsOnly: true }), { options: { asked: true } }).log).toEqual([
      'write Job/t',
      'await Job/t',
      'clean release:Job/t',
    ]));

  it('that are tests may fail where the release ignores that', () => {
    const lax = { ...policy, release: { ...release, test: { ignoreFailures: true, timeoutSeconds: 60 } } };
    expect(drive(planFor(objects, { policy, release: 'install' }), { seen: { t: [degraded] } })).toMatchObject({
      outcome: 'failed',
    });
    expect(drive(planFor(objects, { policy: lax, release: 'install' }), { seen: { t: [degraded] } })).toMatchObject({
      outcome: 'synced',
    });
  });
});
