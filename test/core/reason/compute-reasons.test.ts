import { describe, expect, test } from 'vitest';
import type { AppControl } from '../../../core/api/control.ts';
import type { AppView } from '../../../core/api/views.ts';
import type { AppStatus, HealthStatus, ResourceStatus, SyncStatus } from '../../../core/app/status.ts';
import { problem } from '../../../core/problem/problem.ts';
import { type ClusterNow, computeReasons } from '../../../core/reason/compute-reasons.ts';
import { definition } from '../../src/durable/cluster-fixture.ts';

const NOW = Date.UTC(2026, 10, 21, 15, 0);
const MIN = 60_000;
const HERE: ClusterNow = { now: NOW, enrolled: true };
const REVISION = '4f1c2aa'.padEnd(40, '0');
const NEXT = '9abcdef'.padEnd(40, '0');
const BUNDLE = 'sha256:1';

const object = (name: string, change: Partial<ResourceStatus> = {}): ResourceStatus => ({
  ...{ key: `apps/Deployment/shop/${name}`, version: 'apps/v1', sync: 'Synced', health: { status: 'Healthy' } },
  ...change,
});
const status = (change: Partial<AppStatus> = {}): AppStatus => ({
  ...{ app: 'web', generation: 1, revision: REVISION, bundle: BUNDLE, sync: 'Synced', health: { status: 'Healthy' } },
  ...{ resources: [object('web')], problems: [], drift: [], observedAt: NOW },
  ...change,
});
const view = (change: Partial<AppView> = {}, policy: Partial<AppView['definition']['policy']> = {}): AppView => ({
  ...{
    cluster: 'eu-1',
    app: 'web',
    state: 'present',
    definition: definition('web', policy),
    revision: REVISION,
    subject: '',
    author: '',
  },
  ...{ bundle: BUNDLE, problems: [], status: status(), requests: [] },
  ...change,
});
const reasons = (of: AppView, at: ClusterNow = HERE) =>
  computeReasons(of, at).map(({ code, text, severity }) => [code, severity, text]);
const controlled = (control: AppControl, change: Partial<AppView> = {}) => reasons(view({ control, ...change }));
const by = { actor: 'ana', at: NOW - MIN };

test('an App that is Synced and Healthy needs no reason', () => {
  expect(reasons(view())).toEqual([]);
});

describe('the agent', () => {
  test('that is silent comes first', () => {
    const degraded = view({ status: status({ health: { status: 'Degraded' } }) });
    expect(reasons(degraded, { ...HERE, silentSince: NOW - 3 * MIN })[0]).toEqual([
      'agent_silent',
      'bad',
      'agent of eu-1 silent for 3 min',
    ]);
  });

  test('that was never there is missing', () => {
    expect(reasons(view(), { ...HERE, enrolled: false })).toEqual([['agent_missing', 'bad', 'cluster eu-1 has no agent yet']]);
  });

  test('that has not taken up what is wanted is waited for', () => {
    expect(reasons(view({ status: status({ bundle: 'sha256:0', sync: 'OutOfSync' }) }))).toEqual([
      ['syncing', 'wait', 'the agent has not taken up 4f1c2aa yet'],
    ]);
  });
});

describe('what people decided', () => {
  const pin = {
    ...{ ...by, revision: REVISION, subject: 'old', bundle: BUNDLE, entry: 'e', until: { kind: 'newer-commit' as const } },
    from: { revision: NEXT, bundle: 'sha256:2' },
  };
  const next = { revision: 'c'.repeat(40), subject: 'new', bundle: 'sha256:3' };

  test.each<[string, AppControl, string, string]>([
    ['a pin', { pin }, 'info', 'pinned to 4f1c2aa by ana until a newer commit'],
    [
      'a pin for a time',
      { pin: { ...pin, until: { kind: 'time', at: NOW + 60 * MIN } } },
      'info',
      'pinned to 4f1c2aa by ana until 2026-11-21 16:00 UTC',
    ],
    [
      'a pin with a reason',
      { pin: { ...pin, reason: '5xx', until: { kind: 'unpin' } } },
      'info',
      'pinned to 4f1c2aa by ana (5xx) until it is unpinned',
    ],
    ['a pin that something waits for', { pin, next }, 'info', 'pinned to 4f1c2aa by ana until a newer commit; ccccccc waits'],
    [
      'a rollback by itself',
      { pin: { ...pin, actor: 'plumbline', automatic: 'deadline', reason: 'not Healthy within 300 s' } },
      'bad',
      'rolled back to 4f1c2aa: not Healthy within 300 s; pinned until a newer commit',
    ],
    ['suspension', { suspended: { ...by, reason: 'incident' } }, 'info', 'suspended by ana (incident)'],
    [
      'break-glass',
      { glass: { ...by, until: NOW + 30 * MIN } },
      'info',
      'drift is not healed until 2026-11-21 15:30 UTC: break-glass by ana',
    ],
    [
      'windows',
      { windows: { ...by, until: NOW + 30 * MIN } },
      'info',
      'sync windows do not hold until 2026-11-21 15:30 UTC, by ana',
    ],
    [
      'approvals',
      { approval: { bundle: 'sha256:3', revision: NEXT, needed: 2, role: 'role:release', approvals: [by], since: 1 } },
      'wait',
      '9abcdef waits for 1 approval of role role:release; approved by ana',
    ],
    [
      'deletions',
      { deletions: { objects: Array.from({ length: 12 }, () => 'k'), total: 14 } },
      'bad',
      'held: would delete 12 of 14 objects',
    ],
    [
      'a rollback that failed',
      { rollbackFailed: { revision: NEXT, text: 'no entry', at: 1 } },
      'bad',
      '9abcdef could not be rolled back: no entry',
    ],
  ])('says %s', (_what, control, severity, text) => {
    expect(controlled(control)).toEqual([[expect.any(String), severity, text]]);
  });

  test('of a deleted App is the only reason', () => {
    const { status: _status, ...gone } = view({ state: 'removed', control: { deleted: { ...by, cascade: 'orphan' } } });
    expect(reasons(gone)).toEqual([['deleted', 'info', 'deleted, its objects stay, by ana though Git defines it']]);
  });

  test('explains what is out of sync, so that nothing else is said of it', () => {
    expect(controlled({ suspended: by }, { status: status({ sync: 'OutOfSync' }) })).toEqual([
      ['suspended', 'info', 'suspended by ana'],
    ]);
  });

  test('that ended is not in force', () => {
    expect(controlled({ glass: { ...by, until: NOW - 1 } })).toEqual([]);
  });
});

describe('the sync', () => {
  const waiting = (code: 'apply.waiting' | 'apply.window' | 'apply.dependency_missing', message: string) =>
    reasons(view({ status: status({ sync: 'OutOfSync', progress: { state: 'waiting', code, message, since: NOW - 40_000 } }) }));

  test('that waits says for what, and whether somebody has to act', () => {
    expect(waiting('apply.waiting', 'waits for wave 2: Job shop/migrate Running')).toEqual([
      ['apply.waiting', 'wait', 'waits for wave 2: Job shop/migrate Running'],
    ]);
    expect(waiting('apply.window', 'outside sync window until 18:00 Europe/Berlin')[0]?.[1]).toBe('wait');
    expect(waiting('apply.dependency_missing', 'there is no App infra')[0]?.[1]).toBe('bad');
  });

  test('that failed says why, and when it is tried again', () => {
    const found = problem('apply.invalid', 'spec.replicas: must be a number', { where: 'Deployment shop/web' });
    const retry = { attempt: 2, limit: 5, at: NOW + MIN };
    const of = view({
      status: status({
        ...{ sync: 'OutOfSync', problems: [found] },
        progress: { state: 'waiting', code: 'apply.invalid', message: found.message, since: NOW, retry },
      }),
    });
    expect(reasons(of)).toEqual([
      ['apply.invalid', 'bad', 'Deployment shop/web: spec.replicas: must be a number'],
      ['retrying', 'wait', 'retry 2 of 5 at 2026-11-21 15:01 UTC: spec.replicas: must be a number'],
    ]);
  });

  test('that nobody asked for is the reason of an App without auto-sync', () => {
    const of = view(
      { status: status({ sync: 'OutOfSync', resources: [object('web', { sync: 'OutOfSync' })] }) },
      { autoSync: false },
    );
    expect(reasons(of)).toEqual([['manual', 'info', 'out of sync: Deployment shop/web; auto-sync is off']]);
  });

  test('leaves drift that is only reported to people', () => {
    const drift = [
      {
        key: 'apps/Deployment/shop/web',
        kind: 'changed',
        fields: ['/spec/replicas'],
        manager: 'kubectl-edit',
        action: 'reported',
      },
    ] as const;
    expect(reasons(view({ status: status({ sync: 'OutOfSync', drift }) }, { selfHeal: false }))).toEqual([
      ['drift', 'bad', 'Deployment shop/web was changed by kubectl-edit (/spec/replicas)'],
    ]);
  });
});

describe('problems', () => {
  test('of the render are told beside an App that runs well', () => {
    const of = view({ problems: [problem('render.kustomize', 'no such base', { where: 'apps/web' })] });
    expect(reasons(of)).toEqual([['render.kustomize', 'bad', 'apps/web: no such base']]);
  });

  test('that stop nothing are no reason', () => {
    expect(reasons(view({ problems: [problem('app.field_ignored', 'spec.info')] }))).toEqual([]);
  });

  test('of held deletions are told once', () => {
    const held = problem('apply.held_deletion', '12 objects would be deleted, 5 are allowed');
    const control = { deletions: { objects: ['a', 'b'], total: 3 } };
    expect(controlled(control, { status: status({ sync: 'OutOfSync', problems: [held] }) }).map(([code]) => code)).toEqual([
      'apply.held_deletion',
    ]);
  });

  test('of a code that this version does not know are told all the same', () => {
    // A newer agent may know more.
    const of = view({ problems: [{ code: 'apply.novel' as 'bug', message: 'something new' }] });
    expect(reasons(of)).toEqual([['apply.novel', 'bad', 'something new']]);
  });
});

describe('health', () => {
  test('that is Degraded names the object and what it says', () => {
    const bad = object('web', { health: { status: 'Degraded', message: 'exceeded its progress deadline' } });
    expect(reasons(view({ status: status({ health: { status: 'Degraded' }, resources: [object('a'), bad] }) }))).toEqual([
      ['degraded', 'bad', 'Deployment shop/web is Degraded: exceeded its progress deadline'],
    ]);
  });

  test('is told behind what somebody has to act on, and before what somebody wanted so', () => {
    const control = { suspended: by };
    const of = view({ control, status: status({ health: { status: 'Progressing' } }), problems: [problem('git.auth', 'no')] });
    expect(reasons(of).map(([code]) => code)).toEqual(['git.auth', 'progressing', 'suspended']);
  });
});

test('every App that is not Synced and Healthy has a reason, whatever else holds', () => {
  const syncs: SyncStatus[] = ['Synced', 'OutOfSync', 'Unknown'];
  const healths: HealthStatus[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];
  const controls: (AppControl | undefined)[] = [
    undefined,
    { suspended: by },
    { glass: { ...by, until: NOW + 1 } },
    { deletions: { objects: ['a'], total: 1 } },
  ];
  for (const sync of syncs)
    for (const health of healths)
      for (const control of controls)
        for (const autoSync of [true, false])
          for (const prune of [true, false])
            for (const bundle of [BUNDLE, 'sha256:0']) {
              const so = status({ sync, health: { status: health }, bundle });
              const of = view({ status: so, ...(control === undefined ? {} : { control }) }, { autoSync, prune });
              const isWell = sync === 'Synced' && health === 'Healthy';
              const count = computeReasons(of, HERE).length;
              expect([sync, health, control, autoSync, prune, bundle, isWell || count > 0]).toEqual([
                sync,
                health,
                control,
                autoSync,
                prune,
                bundle,
                true,
              ]);
            }
  const { status: _status, ...unseen } = view();
  for (const of of [unseen, { ...unseen, state: 'removed' as const }]) expect(computeReasons(of, HERE).length).toBeGreaterThan(0);
});
